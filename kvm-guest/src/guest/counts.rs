//! The progress of the guest, as its registers tell it.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// The progress of one vCPU.
#[derive(Debug, Default)]
pub(super) struct Count {
    pub ready: AtomicBool,
    pub taken: AtomicU32,
    pub stray: AtomicU32,
    pub cleared: AtomicU32,
}

/// The progress of the guest, for any thread.
#[derive(Debug)]
pub struct Counts(Vec<Count>);

impl Counts {
    pub(super) fn new(vcpus: usize) -> Self {
        Self((0..vcpus).map(|_| Count::default()).collect())
    }

    /// The progress of one vCPU, to be written by its thread.
    pub(super) fn of(&self, vcpu: usize) -> Option<&Count> {
        self.0.get(vcpu)
    }

    fn sum(&self, of: impl Fn(&Count) -> &AtomicU32) -> u32 {
        self.0
            .iter()
            .map(|count| of(count).load(Ordering::Acquire))
            .sum()
    }

    /// Its controller is programmed, and every vCPU waits for interrupts.
    pub fn ready(&self) -> bool {
        self.0
            .iter()
            .all(|count| count.ready.load(Ordering::Acquire))
    }

    /// Interrupts that it took and ended, by its own count.
    pub fn taken(&self) -> u32 {
        self.sum(|count| &count.taken)
    }

    /// Those of one vCPU; none where it has no such vCPU.
    pub fn taken_by(&self, vcpu: usize) -> u32 {
        self.0
            .get(vcpu)
            .map_or(0, |count| count.taken.load(Ordering::Acquire))
    }

    /// Of those, interrupts for which it found no cause.
    pub fn stray(&self) -> u32 {
        self.sum(|count| &count.stray)
    }

    /// Interrupts for which it cleared the causes and then ended.
    pub fn cleared(&self) -> u32 {
        self.sum(|count| &count.cleared)
    }
}
