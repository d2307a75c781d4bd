//! stateright, and our steps for it without the events that cannot happen.

use std::hash::Hash;

use eoi::check::searched::Searched;
use eoi_model::event::Event;
use eoi_search::{TransitionSystem, Words};
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
