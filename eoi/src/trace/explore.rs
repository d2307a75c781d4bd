//! Explores the system of a configuration: of a program, which has neither a VMM nor a guest.

use eoi_model::event::Event;
use eoi_model::system::System;
use eoi_search::{Class, EventSet, Facts, Search, TooManyStates, TransitionSystem, Words};

use crate::check::searched::{Explored, Searched};

/// States at which a configuration is given up. A program's systems have some thousands.
pub const MOST_STATES: usize = 1 << 20;

/// Who acts where a program holds the device.
const PARTICIPANTS: [&str; 4] = ["device", "host", "vfio", "program"];

/// A system as the search sees it, without the events of those who do not exist, and without what only laws ask for.
struct OfProgram {
    searched: Searched,
    enabled: EventSet,
}

impl TransitionSystem for OfProgram {
    type State = Words;
    type Event = Event;
    type Cost = ();

    fn initial(&self) -> Words {
        self.searched.initial()
    }

    fn events(&self) -> Vec<Event> {
        self.searched.events()
    }

    fn step(&self, state: Words, event: Event) -> Option<(Words, ())> {
        self.searched.step(state, event).map(|(to, _)| (to, ()))
    }

    fn class(&self, event: Event) -> Class {
        self.searched.class(event)
    }

    fn facts(&self, _: Words) -> Facts {
        Facts::NONE
    }

    fn enabled(&self, _: Words) -> EventSet {
        self.enabled
    }
}

/// Explores all that a program's system can reach.
///
/// # Errors
/// The limit, if the system has more than [`MOST_STATES`].
///
/// # Panics
/// If the system has more than one function: a program has one.
pub fn explore(system: &System) -> Result<Explored, TooManyStates> {
    assert_eq!(
        system.scenario().functions(),
        1,
        "a program has one function"
    );
    let acts = |event: &Event| {
        let name = event.info().name;
        name.split_once('.')
            .is_some_and(|(participant, _)| PARTICIPANTS.contains(&participant))
    };
    let numbered = (0..).zip(system.events());
    let enabled = numbered
        .filter(|(_, event)| acts(event))
        .fold(EventSet::NONE, |set, (label, _)| set.with(label));
    let system = OfProgram {
        searched: Searched::new(*system),
        enabled,
    };
    Ok(Search::new().limit(MOST_STATES).graph(&system)?.into())
}

#[cfg(test)]
mod tests {
    use eoi_model::device::Device;
    use eoi_model::{irqchip, kernels};

    use super::*;
    use crate::check::configuration::Configuration;
    use crate::check::searched;
    use crate::trace::configurations;

    #[test]
    fn nobody_else_acts_where_a_program_holds_the_device() {
        let kernels: Vec<_> = kernels::ALL.iter().collect();
        for one in configurations::all(irqchip::ALL, &kernels, &Device::ALL) {
            for threadirqs in [false, true] {
                let Ok(system) = Configuration {
                    threadirqs,
                    ..one.clone()
                }
                .system() else {
                    continue;
                };
                let (all, few) = (
                    searched::explore(&system, MOST_STATES).unwrap(),
                    explore(&system).unwrap(),
                );
                assert_eq!(few.states, all.states);
                assert_eq!(few.graph.transitions(), all.graph.transitions());
            }
        }
    }
}
