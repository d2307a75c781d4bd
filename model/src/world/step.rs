//! The step: guard and effect of one event, and the state in which a scenario starts.

use super::World;
use crate::busy::Busy;
use crate::cost::Cost;
use crate::event::when::{Taken, When};
use crate::event::{EVENTS, Event, EventInfo};
use crate::genirq::spurious;
use crate::guard::require;
use crate::log::Log;
use crate::scenario;
use crate::state::State;
use crate::system::System;

impl System {
    /// Guard and effect of one event: the next state, or `None` where it cannot happen.
    #[inline]
    #[must_use]
    pub fn step(&self, state: State, event: Event) -> Option<State> {
        self.step_counted(state, event).map(|(state, _)| state)
    }

    /// [`System::step`], with the cost of the step.
    #[inline]
    #[must_use]
    pub fn step_counted(&self, state: State, event: Event) -> Option<(State, Cost)> {
        require(self.allows(state, event))?;
        self.step_allowed(state, event)
    }

    /// [`System::step_counted`] of an event that [`Guards`](crate::guards::Guards) allow in this
    /// state, so that the first part of its guard is not looked at again. Of another event the
    /// result means nothing.
    #[inline]
    #[must_use]
    pub fn step_allowed(&self, state: State, event: Event) -> Option<(State, Cost)> {
        debug_assert!(
            self.allows(state, event),
            "{} is refused",
            event.info().name
        );
        let mut w = World::at(self, state, event.function(), None);
        w.act(event.info())?;
        let cost = w.cost;
        Some((w.into_state(), cost))
    }

    /// [`System::step`], with a record of the step: its cost, the kernel functions that it called,
    /// and the registers that it touched. It takes longer.
    #[must_use]
    pub fn step_logged(&self, state: State, event: Event) -> Option<(State, Log)> {
        require(self.allows(state, event))?;
        let mut log = Log::default();
        let mut w = World::at(self, state, event.function(), Some(&mut log));
        w.act(event.info())?;
        let (cost, state) = (w.cost, w.into_state());
        log.cost = cost;
        Some((state, log))
    }

    /// The first part of an event's guard.
    #[inline]
    fn allows(&self, state: State, event: Event) -> bool {
        let (halves, info) = (state.halves(), event.info());
        let function = event.function();
        let (own, line) = (halves[function], halves[self.scenario.line_of(function)]);
        let half = |when: &When| if when.of_the_line { line } else { own };
        let mut conditions = info.guard.conditions().iter();
        let taken = || Taken::of(self, own, line, Busy::of(halves[1 - function]));
        (self.scenario.line_of(function) == function || !info.of_the_line)
            && conditions.all(|when| when.holds(self, half(when)))
            && info.guard.exists(self)
            && !info.guard.needs().meets(taken())
    }

    /// Every event that any state of this system can have, in order of the table.
    pub fn events(&self) -> impl Iterator<Item = Event> + use<'_> {
        let functions = self.scenario.functions();
        let exists = move |&index: &usize| EVENTS[index].guard.exists(self);
        let of = move |function| {
            let events = (0..EVENTS.len()).filter(exists);
            events.map(move |index| Event::new(index, function))
        };
        (0..functions).flat_map(of)
    }

    /// The state in which the scenario starts. The machines make it themselves, one action at a
    /// time.
    #[must_use]
    pub fn initial(&self) -> State {
        (0..self.scenario.functions()).fold(State::default(), |state, function| {
            let mut w = World::at(self, state, function, None);
            scenario::set_up(&mut w);
            w.into_state()
        })
    }
}

impl World<'_> {
    /// The rest of an event's guard, and its effect.
    #[inline]
    fn act(&mut self, info: &EventInfo) -> Option<()> {
        (info.step)(self)?;
        if !info.of_the_round {
            spurious::forget(self);
        }
        Some(())
    }
}
