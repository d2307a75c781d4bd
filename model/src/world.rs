//! The world as a step of one function sees it: that function, its line, and which shared things
//! the others hold.
//!
//! The rooms' functions take `&mut World` and reach a state in no other way. They read and write
//! the function's own half (`World::function`) and the half of its line (`World::irq`). Of
//! another function on another line they learn which of the shared things it holds
//! (`World::others`), and nothing else: the halves are private to this file and to the step, so
//! that the compiler keeps every other room out. [`crate::busy`] says why this matters.

use crate::busy::Busy;
use crate::cost::{Cost, Metric};
use crate::irqchip::Access;
use crate::log::Log;
use crate::register::Register;
use crate::state::{Half, State};
use crate::system::System;

mod step;

/// A state during one step of one function.
pub struct World<'a> {
    pub(crate) system: &'a System,
    halves: [Half; 2],
    /// The function that the event happens to.
    function: usize,
    /// The line that it is on: the half that holds the line's share of the state.
    line: usize,
    cost: Cost,
    /// Where the step is recorded, if it is.
    log: Option<&'a mut Log>,
}

impl<'a> World<'a> {
    #[inline]
    fn at(system: &'a System, state: State, function: usize, log: Option<&'a mut Log>) -> Self {
        let line = system.scenario.line_of(function);
        Self {
            system,
            halves: state.halves(),
            function,
            line,
            cost: Cost::default(),
            log,
        }
    }

    /// Only the step ends a world: a room has `&mut World` and cannot look at the halves this way.
    #[inline]
    fn into_state(self) -> State {
        State::from_halves(self.halves)
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
        let Self {
            system: System { scenario, .. },
            halves,
            line,
            ..
        } = self;
        let functions =
            (0..scenario.functions()).filter(|&function| scenario.line_of(function) == *line);
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

    /// An access to the controller's pin that costs nothing, and what a load would have returned.
    pub fn chip(&mut self, access: Access) -> u8 {
        let reply = (self.system.chip.hw)(self.irq().pin(), access);
        self.irq_mut().set_pin(reply.pin);
        reply.value
    }

    /// A load from the controller, and its value.
    pub fn read(&mut self, register: Register) -> u8 {
        self.touch(Metric::ChipReads, register)
    }

    /// A store to the controller.
    pub fn write(&mut self, register: Register) {
        self.touch(Metric::ChipWrites, register);
    }

    /// A call to firmware or hypervisor about the controller, and the value that it returns.
    pub fn firmware(&mut self, call: Register) -> u8 {
        self.touch(Metric::FirmwareCalls, call)
    }

    fn touch(&mut self, metric: Metric, register: Register) -> u8 {
        self.operation(metric, register.name);
        register.access.map_or(0, |access| self.chip(access))
    }

    /// Counts one more of something that has no name.
    pub(crate) fn count(&mut self, metric: Metric) {
        self.cost.add(metric, 1);
    }

    /// Counts one more of something, and records its name.
    pub(crate) fn operation(&mut self, metric: Metric, name: &'static str) {
        self.count(metric);
        if let Some(log) = &mut self.log {
            log.operation(metric, name);
        }
    }

    /// The step depends on this value, which the last operation has read.
    pub(crate) fn looks_at(&mut self, value: u8) {
        if let Some(log) = &mut self.log {
            log.value(value);
        }
    }

    /// A kernel function that a tracer can show is called.
    pub fn call(&mut self, function: &'static str) {
        if let Some(log) = &mut self.log {
            log.call(function);
        }
    }
}
