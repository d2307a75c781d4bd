//! The things that two functions share, and who holds them: all that a step of one function can
//! tell of the other.
//!
//! Two functions on two lines meet at the host's CPUs, the VMM's thread and the guest's vCPU, and
//! nowhere else. A search may therefore walk each function's own states once, and then the pairs of
//! them. This rests on three properties of a step of one function, for every controller, kernel,
//! fix and path:
//!
//! 1. It changes only that function's half. By construction: a room gets `&mut World`, and
//!    [`World`](crate::world::World) hands out for writing the half of the event's function and the
//!    half of its line, which is the same one where each function has a line of its own.
//! 2. It depends only on that function's half and on a [`Busy`] of the other. By construction: the
//!    halves are private to `world.rs`, and `World::others`, which returns a [`Busy`], is the only
//!    way from there to the other half. A room that reads anything else of the other function does
//!    not compile. The conditions of an event see the half of its function or of its line, and of
//!    the other function its [`Busy`] ([`crate::event`]). So the step has the same outcome for all halves of the other function that hold
//!    the same things, and [`System::step_half`] tries it with one of them.
//! 3. A thing that the other function holds can refuse the step and cannot change its effect. Every
//!    guard that asks for [`Busy`] asks whether a thing is free. The search compares the effects
//!    itself, for each step and each [`Busy`] that occurs, and stops if they differ.
//!
//! A test also compares [`System::step`] with [`System::step_half`] over whole state spaces.

use crate::event::Event;
use crate::guest;
use crate::state::{Half, State};
use crate::system::System;
use crate::values::{Cpu, Phase, Stage};
use crate::vmm;

/// The shared things that one function holds: a set of four bits.
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
    /// The number of values.
    pub const COUNT: usize = 16;

    /// The set as a number below [`Busy::COUNT`].
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// The set of this number, if it is below [`Busy::COUNT`].
    #[must_use]
    pub const fn from_bits(bits: u8) -> Option<Self> {
        if (bits as usize) < Self::COUNT {
            Some(Self(bits))
        } else {
            None
        }
    }

    /// Every value, also those that no half has.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..Self::COUNT as u8).map(Self)
    }

    /// The shared things that this half holds.
    #[inline]
    pub(crate) const fn of(half: Half) -> Self {
        let cpu = if half.in_flow_handler() {
            Self::cpu(half.flow_cpu())
        } else {
            0
        };
        let vmm = if vmm::works_for(half) { Self::VMM } else { 0 };
        let vcpu = if guest::occupies_the_vcpu(half) {
            Self::VCPU
        } else {
            0
        };
        Self(cpu | vmm | vcpu)
    }

    /// A flow handler runs on this host CPU.
    pub(crate) const fn has_cpu(self, cpu: Cpu) -> bool {
        self.0 & Self::cpu(cpu) != 0
    }

    const fn cpu(cpu: Cpu) -> u8 {
        match cpu {
            Cpu::Cpu0 => Self::CPU0,
            Cpu::Cpu1 => Self::CPU1,
        }
    }

    /// The host CPUs that are held, by number.
    pub(crate) const fn cpus(self) -> u8 {
        (self.0 & (Self::CPU0 | Self::CPU1)).count_ones() as u8
    }

    /// The VMM's thread is held.
    pub(crate) const fn has_vmm(self) -> bool {
        self.0 & Self::VMM != 0
    }

    /// The vCPU is held.
    pub(crate) const fn has_vcpu(self) -> bool {
        self.0 & Self::VCPU != 0
    }

    /// A half that holds exactly this. One half is on one CPU at most, so that CPU 1 stands for
    /// both.
    const fn half(self) -> Half {
        let mut half = Half(0);
        half.set_flow(if self.cpus() == 0 {
            Stage::Idle
        } else {
            Stage::Action
        });
        half.set_flow_cpu(if self.has_cpu(Cpu::Cpu1) {
            Cpu::Cpu1
        } else {
            Cpu::Cpu0
        });
        half.set_resignal(self.has_vmm());
        half.set_guest_phase(if self.has_vcpu() {
            Phase::Taken
        } else {
            Phase::Idle
        });
        half
    }
}

/// Every value that a half can have is that of the half which stands for it.
const _: () = {
    let mut bits = 0;
    while bits < Busy::COUNT as u8 {
        let both_cpus = bits & (Busy::CPU0 | Busy::CPU1) == Busy::CPU0 | Busy::CPU1;
        assert!(both_cpus || Busy::of(Busy(bits).half()).0 == bits);
        bits += 1;
    }
};

impl System {
    /// Whether these are two functions on a line each, so that they share nothing but what [`Busy`]
    /// is about.
    #[must_use]
    pub fn has_two_lines(&self) -> bool {
        self.scenario.functions() == 2 && self.scenario.line_of(1) == 1
    }

    /// The shared things that this half holds, as the guards of the steps see it.
    #[must_use]
    pub fn busy(&self, half: Half) -> Busy {
        Busy::of(half)
    }

    /// [`System::step`] for the half of the event's function alone, while the other function holds
    /// `other`. The result is the one with [`Busy::NOTHING`] held, or `None`.
    #[must_use]
    pub fn step_half(&self, half: Half, other: Busy, event: Event) -> Option<Half> {
        let mut halves = [other.half(); 2];
        halves[event.function()] = half;
        self.step(State::from_halves(halves), event)
            .map(|state| state.halves()[event.function()])
    }
}
