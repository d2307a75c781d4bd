//! The world as a step of one function sees it: that function, its line, and which shared things the others hold.
//!
//! The rooms' functions take `&mut World` and reach a state in no other way. They read and write the function's own half
//! ([`World::function`]) and the half of its line ([`World::irq`]). Of another function on another line they learn which
//! of the shared things it holds ([`World::others`]), and nothing else: the halves are private to this file and to the
//! step, so that the compiler keeps every other room out. [`crate::busy`] says why this matters.

use crate::busy::Busy;
use crate::cost::Metric;
use crate::irqchip::Access;
use crate::log::Log;
use crate::state::{Half, More, State};
use crate::system::System;

mod step;

/// A state during one step of one function.
pub struct World<'a> {
    pub(crate) system: &'a System,
    halves: [Half; 2],
    /// The rest of the VMM's machine, where a half has no room for it ([`System::is_wide`]).
    pub(crate) more: More,
    /// The function that the event happens to.
    function: usize,
    /// The line that it is on: the half that holds the line's share of the state.
    line: usize,
    log: Log,
}

impl<'a> World<'a> {
    #[inline]
    fn at(system: &'a System, state: State, function: usize) -> Self {
        let more = if system.is_wide() { More(state.halves()[1].0) } else { More(0) };
        let line = system.scenario.line_of(function);
        Self { system, halves: system.halves(state), more, function, line, log: Log::default() }
    }

    /// Only the step ends a world: a room has `&mut World` and cannot look at the halves this way.
    #[inline]
    fn into_state(self) -> State {
        let [first, second] = self.halves;
        State::from_halves([first, if self.system.is_wide() { Half(self.more.0) } else { second }])
    }

    /// The function's half.
    #[inline(always)]
    pub(crate) fn function(&self) -> Half {
        self.halves[self.function]
    }

    #[inline(always)]
    pub(crate) fn function_mut(&mut self) -> &mut Half {
        &mut self.halves[self.function]
    }

    /// The half of the function's line.
    #[inline(always)]
    pub(crate) fn irq(&self) -> Half {
        self.halves[self.line]
    }

    #[inline(always)]
    pub(crate) fn irq_mut(&mut self) -> &mut Half {
        &mut self.halves[self.line]
    }

    /// The functions on this line, and none on another line.
    pub(crate) fn on_line(&self) -> impl Iterator<Item = Half> {
        let Self { system: System { scenario, .. }, halves, line, .. } = self;
        let functions = (0..scenario.functions()).filter(|&function| scenario.line_of(function) == *line);
        functions.map(|function| halves[function])
    }

    /// All that a step can tell of the other function: which of the shared things it holds.
    #[inline]
    pub(crate) fn others(&self) -> Busy {
        Busy::of(self.halves[1 - self.function])
    }

    /// The function is the first one on its line, whose half holds the line's share of the state.
    pub(crate) fn is_first_on_line(&self) -> bool {
        self.function == self.line
    }

    /// The function is the second one of the system.
    pub(crate) fn is_second(&self) -> bool {
        self.function == 1
    }

    /// Lets the second function on this line take a step; `None` if there is none on this line.
    pub(crate) fn as_second(&mut self, step: fn(&mut Self) -> Option<()>) -> Option<()> {
        if self.system.scenario.line_of(1) != self.line {
            return None;
        }
        let function = core::mem::replace(&mut self.function, 1);
        let done = step(self);
        self.function = function;
        done
    }

    /// Host CPUs on which a flow handler runs.
    fn cpus_in_interrupt(&self) -> u8 {
        u8::from(self.function().flow() != 0) + self.others().cpus()
    }

    /// No flow handler runs on this CPU.
    pub(crate) fn cpu_idle(&self, cpu: bool) -> bool {
        !Busy::of(self.function()).has_cpu(cpu) && !self.others().has_cpu(cpu)
    }

    /// An access to the controller's pin that costs nothing, and what a load would have returned.
    pub fn chip(&mut self, access: Access) -> u8 {
        let reply = (self.system.chip.hw)(self.irq().pin(), access);
        self.irq_mut().set_pin(reply.pin);
        reply.value
    }

    /// A store to the controller.
    pub fn write(&mut self, access: Access) {
        self.count(Metric::ChipWrites);
        self.chip(access);
    }

    /// A load from the controller, with its value.
    pub fn read(&mut self, access: Access) -> u8 {
        self.count(Metric::ChipReads);
        self.chip(access)
    }

    /// Loads and stores that do not change the pin.
    pub fn touch(&mut self, reads: u8, writes: u8) {
        self.counts(Metric::ChipReads, reads);
        self.counts(Metric::ChipWrites, writes);
    }

    /// Calls to firmware or hypervisor.
    pub fn firmware(&mut self, calls: u8) {
        self.counts(Metric::FirmwareCalls, calls);
    }

    pub(crate) fn count(&mut self, metric: Metric) {
        self.counts(metric, 1);
    }

    pub(crate) fn counts(&mut self, metric: Metric, n: u8) {
        self.log.cost.add(metric, n);
    }

    /// A kernel function that a tracer can show is called.
    pub fn call(&mut self, function: &'static str) {
        self.log.call(function);
    }
}
