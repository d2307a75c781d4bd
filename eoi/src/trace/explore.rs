//! Explores the system of a configuration: of a program, which has neither a VMM nor a guest.

use eoi_model::event::Event;
use eoi_model::system::System;
use eoi_search::{Class, EventSet, Facts, Label, Search, TooManyStates, TransitionSystem, Words};

use crate::check::searched::{Explored, Searched};

/// States at which a configuration is given up. A program's systems have some thousands.
pub const MOST_STATES: usize = 1 << 20;

/// A system as the search sees it, without what only laws and costs ask for.
struct OfProgram(Searched);

impl TransitionSystem for OfProgram {
    type State = Words;
    type Event = Event;
    type Cost = ();

    fn initial(&self) -> Words {
        self.0.initial()
    }

    fn events(&self) -> Vec<Event> {
        self.0.events()
    }

    fn step(&self, state: Words, event: Event) -> Option<(Words, ())> {
        self.0.step(state, event).map(|(to, _)| (to, ()))
    }

    fn class(&self, event: Event) -> Class {
        self.0.class(event)
    }

    fn facts(&self, _: Words) -> Facts {
        Facts::NONE
    }

    fn enabled(&self, state: Words) -> EventSet {
        self.0.enabled(state)
    }

    fn varying(&self) -> Words {
        self.0.varying()
    }

    fn successors(&self, state: Words, events: &[Event], mut visit: impl FnMut(Label, Words, ())) {
        self.0
            .successors(state, events, |label, to, _| visit(label, to, ()));
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
    let system = OfProgram(Searched::new(*system));
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

    /// Who acts where a program holds the device. Of a controller only a store can be on its way.
    const PARTICIPANTS: [&str; 5] = ["device", "chip", "host", "vfio", "program"];

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
                for (_, edge) in few.graph.edges() {
                    let who = few.events[usize::from(edge.label)].info().participant();
                    assert!(PARTICIPANTS.contains(&who), "{who}");
                }
            }
        }
    }
}
