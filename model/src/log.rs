//! What a step did beside changing the state: what it cost, and which kernel functions it called.

use crate::cost::Cost;

/// What a step did beside changing the state.
#[derive(Clone, Copy, Debug, Default)]
pub struct Log {
    /// What it cost.
    pub cost: Cost,
    calls: [&'static str; Self::CALLS],
    len: usize,
}

impl Log {
    /// More calls than any one step makes.
    const CALLS: usize = 16;

    /// The kernel functions that the step called and a function tracer can show, in order.
    #[must_use]
    pub fn calls(&self) -> &[&'static str] {
        &self.calls[..self.len]
    }

    pub(crate) fn call(&mut self, function: &'static str) {
        self.calls[self.len] = function;
        self.len += 1;
    }
}
