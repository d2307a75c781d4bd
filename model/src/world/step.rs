//! The step: guard and effect of one event, and the state in which a scenario starts.

use super::World;
use crate::cost::Cost;
use crate::event::{EVENTS, Event, Kind};
use crate::genirq::spurious;
use crate::log::Log;
use crate::state::State;
use crate::system::System;
use crate::{scenario, vmm};

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
        let mut w = World::at(self, state, event.function(), None);
        w.step(event)?;
        let cost = w.cost;
        Some((w.into_state(), cost))
    }

    /// [`System::step`], with a record of the step: its cost, the kernel functions that it called,
    /// and the registers that it touched. It takes longer.
    #[must_use]
    pub fn step_logged(&self, state: State, event: Event) -> Option<(State, Log)> {
        let mut log = Log::default();
        let mut w = World::at(self, state, event.function(), Some(&mut log));
        w.step(event)?;
        let (cost, state) = (w.cost, w.into_state());
        log.cost = cost;
        Some((state, log))
    }

    /// Every event that any state of this system can have, in order of the table.
    pub fn events(&self) -> impl Iterator<Item = Event> + use<> {
        let functions = self.scenario.functions();
        (0..functions)
            .flat_map(|function| (0..EVENTS.len()).map(move |index| Event::new(index, function)))
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
    #[inline]
    fn step(&mut self, event: Event) -> Option<()> {
        let info = event.info();
        if info.of_the_line && !self.is_first_on_line() {
            return None; // it is the first function's
        }
        if !info.kind.needs_no_thread() && self.cpus_in_interrupt() >= self.system.cpus {
            return None;
        }
        if info.kind == Kind::Guest && vmm::holds_the_vcpu(self) {
            return None;
        }
        (info.step)(self)?;
        if info.kind != Kind::Host {
            spurious::forget(self);
        }
        Some(())
    }
}
