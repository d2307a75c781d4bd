//! stateright, our steps for it without the events that cannot happen, and these steps alone.

use std::hash::Hash;

use eoi::check::searched::Searched;
use eoi_model::event::Event;
use eoi_search::{States, TransitionSystem, Words};
use stateright::{Checker, Model, Property};

/// A system as stateright sees it that tries the events only that may be enabled, as our search does.
pub struct Masked(pub Searched, pub Vec<Event>);

impl Model for Masked {
    type State = Words;
    type Action = Event;

    fn init_states(&self) -> Vec<Words> {
        vec![self.0.initial()]
    }

    fn actions(&self, state: &Words, actions: &mut Vec<Event>) {
        let enabled = self.0.enabled(*state).below(self.1.len());
        actions.extend(enabled.map(|label| self.1[usize::from(label)]));
    }

    fn next_state(&self, state: &Words, event: Event) -> Option<Words> {
        self.0.step(*state, event).map(|(state, _)| state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![Property::always("it goes on", |_, _| true)]
    }
}

/// stateright, breadth first, one thread.
pub fn foreign<M>(model: M) -> u64
where
    M: Model<State: Clone + PartialEq + Hash + Send + Sync + 'static, Action: Clone + PartialEq>
        + Send
        + Sync
        + 'static,
{
    model
        .checker()
        .threads(1)
        .spawn_bfs()
        .join()
        .unique_state_count() as u64
}

/// Every step out of every state of a system, and nothing else: what no search can do without.
pub fn stepped(system: &Searched, states: &States<Words>) -> u64 {
    let (events, mut bits) = (system.events(), 0);
    for state in states.iter() {
        system.successors(state, &events, |_, to, _| {
            bits = to.iter().fold(bits, |bits, word| bits ^ word);
        });
    }
    std::hint::black_box(bits);
    states.len() as u64
}
