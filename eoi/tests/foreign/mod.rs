//! A system as stateright sees it: the same steps, an engine that is not ours. For the tests and the benchmark.

use eoi_model::event::Event;
use eoi_model::state::State;
use eoi_model::system::System;
use stateright::{Model, Property};

/// A system with all of its events.
pub struct Foreign(pub System, pub Vec<Event>);

impl Model for Foreign {
    type State = State;
    type Action = Event;

    fn init_states(&self) -> Vec<State> {
        vec![self.0.initial()]
    }

    fn actions(&self, _: &State, actions: &mut Vec<Event>) {
        actions.extend_from_slice(&self.1);
    }

    fn next_state(&self, state: &State, event: Event) -> Option<State> {
        self.0.step(*state, event)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![Property::always("it goes on", |_, _| true)]
    }
}
