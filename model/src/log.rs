//! A record of one step, beside the state: its cost, the kernel functions that it called, and the
//! registers that it touched.

use crate::cost::{Cost, Metric};

/// Something that a step did and that counts: a load or store, a firmware call, an access to
/// configuration space, an eventfd signal, or an ioctl.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation {
    /// The counter that it raises by one.
    pub metric: Metric,
    /// The register, call or ioctl, by the name that its manual or driver has for it.
    pub name: &'static str,
    /// The kernel function that did it; `None` where no function that a tracer can show did.
    pub by: Option<&'static str>,
    /// The value that was read, where somebody looked at it.
    pub value: Option<u8>,
}

/// The record of one step.
#[derive(Clone, Copy, Debug, Default)]
pub struct Log {
    /// The cost of the step.
    pub cost: Cost,
    calls: List<&'static str, 16>,
    operations: List<Operation, 16>,
}

impl Log {
    /// The kernel functions that the step called and a function tracer can show, in order.
    #[must_use]
    pub fn calls(&self) -> &[&'static str] {
        self.calls.all()
    }

    /// The registers, calls and system calls of the step, in order.
    #[must_use]
    pub fn operations(&self) -> &[Operation] {
        self.operations.all()
    }

    pub(crate) fn call(&mut self, function: &'static str) {
        self.calls.push(function);
    }

    pub(crate) fn operation(&mut self, metric: Metric, name: &'static str) {
        let by = self.calls.all().last().copied();
        self.operations.push(Operation {
            metric,
            name,
            by,
            value: None,
        });
    }

    /// Somebody looks at the value that the last operation returned.
    pub(crate) fn value(&mut self, value: u8) {
        if let Some(operation) = self.operations.last_mut() {
            operation.value = Some(value);
        }
    }
}

impl Default for Operation {
    fn default() -> Self {
        Self {
            metric: Metric::ChipReads,
            name: "",
            by: None,
            value: None,
        }
    }
}

/// A list of so many entries at most. No step has more; one that had would stop with a panic in
/// every test.
#[derive(Clone, Copy, Debug)]
struct List<T, const MOST: usize> {
    entries: [T; MOST],
    len: usize,
}

impl<T: Copy + Default, const MOST: usize> Default for List<T, MOST> {
    fn default() -> Self {
        Self {
            entries: [T::default(); MOST],
            len: 0,
        }
    }
}

impl<T, const MOST: usize> List<T, MOST> {
    fn all(&self) -> &[T] {
        &self.entries[..self.len]
    }

    fn push(&mut self, entry: T) {
        self.entries[self.len] = entry;
        self.len += 1;
    }

    fn last_mut(&mut self) -> Option<&mut T> {
        self.entries[..self.len].last_mut()
    }
}
