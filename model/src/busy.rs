//! What two functions share, and who holds it: all that a step of one function can tell of the other.
//!
//! Two functions on two lines meet at the host's CPUs, the VMM's thread and the guest's vCPU, and nowhere else. So a
//! step of one function depends on its own [`Half`] and on four bits of the other's, which is what lets a search walk
//! each function's own states once and then their pairs. The guards are asked here, not repeated; that they ask for
//! nothing else, and that a thing held by the other can only refuse a step and never change what it does, is what a
//! test holds against [`System::step`] on every half of the matrix.

use crate::event::Event;
use crate::guest::{self, Phase};
use crate::state::{Half, State};
use crate::system::{System, World};
use crate::vmm;

/// Which of the shared things one function holds: a set of four bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Busy(u8);

impl Busy {
    /// Its flow handler runs on host CPU 0.
    pub const CPU0: u8 = 1;
    /// Its flow handler runs on host CPU 1.
    pub const CPU1: u8 = 2;
    /// The VMM's thread is at work for it.
    pub const VMM: u8 = 4;
    /// Its interrupt routine is on the vCPU.
    pub const VCPU: u8 = 8;
    /// Nothing is held.
    pub const NOTHING: Self = Self(0);
    /// Values that there are.
    pub const COUNT: usize = 16;

    /// The set as a number below [`Busy::COUNT`].
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// Every value, those that no half has included.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..Self::COUNT as u8).map(Self)
    }

    /// A half that holds exactly this.
    const fn half(self) -> Half {
        let mut half = Half(0);
        half.set_flow(if self.0 & (Self::CPU0 | Self::CPU1) == 0 { 0 } else { 1 });
        half.set_flow_cpu(self.0 & Self::CPU1 != 0);
        half.set_resignal(self.0 & Self::VMM != 0);
        half.set_guest_phase(if self.0 & Self::VCPU == 0 { Phase::Idle as u8 } else { Phase::Taken as u8 });
        half
    }
}

impl System {
    /// Whether these are two functions on a line each, so that they meet in nothing but what [`Busy`] is about.
    #[must_use]
    pub fn has_two_lines(&self) -> bool {
        self.scenario.functions() == 2 && self.scenario.line_of(1) == 1
    }

    /// What this half holds of what the functions share, as the guards of the steps see it.
    #[must_use]
    pub fn busy(&self, half: Half) -> Busy {
        let w = World::new(self, [half, Half::default()], 0);
        let held = [
            (Busy::CPU0, !w.cpu_idle(false)),
            (Busy::CPU1, !w.cpu_idle(true)),
            (Busy::VMM, !vmm::idle(&w)),
            (Busy::VCPU, !guest::vcpu_idle(&w)),
        ];
        Busy(held.iter().map(|&(bit, held)| if held { bit } else { 0 }).sum())
    }

    /// As [`System::step`] for the half of the event's function alone, where the other function holds `other`. What
    /// comes out is what comes out with [`Busy::NOTHING`] held, or `None`.
    #[must_use]
    pub fn step_half(&self, half: Half, other: Busy, event: Event) -> Option<Half> {
        let mut halves = [other.half(); 2];
        halves[event.function()] = half;
        self.step(State::from_halves(halves), event).map(|state| state.halves()[event.function()])
    }
}
