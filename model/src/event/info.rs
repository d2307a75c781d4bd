//! One event: who acts, under which lock, and where its mechanism stands.

use super::when::Guard;
use crate::irqchip::Irqchip;
use crate::world::World;

/// The kind of participant that acts, in the order in which they act when nobody races.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The host's CPUs in interrupt context.
    Host,
    /// The host kernel's threads, eventfds and work items.
    Work,
    /// The VMM, and KVM on the VMM's or the guest's behalf.
    Vmm,
    /// The guest's vCPU.
    Guest,
    /// The device.
    Device,
    /// A timer of the VMM: it runs out later than anything else happens.
    Timer,
    /// Somebody's decision: a control of the VMM, the guest's set-up, the operator. Nobody can rely
    /// on it.
    Control,
}

impl Kind {
    /// Whether events of this kind go on by themselves: nothing new from device, control or
    /// operator.
    #[must_use]
    pub const fn is_system(self) -> bool {
        !matches!(self, Self::Device | Self::Control)
    }

    /// Whether the step runs in interrupt context, or on no CPU of the host: a flow handler on the
    /// only CPU does not hold it up.
    pub(crate) const fn needs_no_thread(self) -> bool {
        matches!(self, Self::Host | Self::Device)
    }
}

/// The part that an event plays in the laws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// None: no law asks for it.
    Other,
    /// A cause of the device comes up.
    Cause,
    /// The host takes an interrupt.
    HostIrq,
    /// The kernel gives the line up.
    NobodyCared,
    /// The guest takes an interrupt.
    GuestIrq,
    /// The guest clears what it was interrupted for.
    Service,
    /// The guest clears the cause of the emulated device on the pin.
    ServiceOfEmulated,
    /// The driver of the host's function on the same line gets its turn.
    Neighbour,
}

/// One entry of [`EVENTS`](super::EVENTS).
#[derive(Clone, Copy)]
pub struct EventInfo {
    /// `who.what`
    pub name: &'static str,
    /// The kind of participant that acts.
    pub kind: Kind,
    /// The lock or the wire that makes it one step.
    pub atomic_by: &'static str,
    pub(super) cites: Cites,
    /// The part that it plays in the laws.
    pub role: Role,
    /// It happens to a line, not to one of the functions on it.
    pub(crate) of_the_line: bool,
    /// It goes on with an interrupt that the host has taken: it is of the interrupt context, or of the
    /// interrupt's thread.
    pub(crate) of_the_round: bool,
    /// The first part of its guard.
    pub(crate) guard: Guard,
    /// The rest of its guard, and its effect.
    pub(crate) step: fn(&mut World<'_>) -> Option<()>,
}

/// Where the mechanism of an event stands.
#[derive(Clone, Copy)]
pub(super) enum Cites {
    /// Here, whatever the system.
    Source(&'static str),
    /// Where the host's controller, or its flow handler, has it.
    Chip(fn(&Irqchip) -> &'static str),
}

impl EventInfo {
    /// The participant whose step it is: the name up to the dot.
    #[must_use]
    pub fn participant(&self) -> &'static str {
        self.name
            .split_once('.')
            .map_or(self.name, |(participant, _)| participant)
    }

    pub(super) const fn of_chip(mut self, cites: fn(&Irqchip) -> &'static str) -> Self {
        self.cites = Cites::Chip(cites);
        self
    }

    pub(super) const fn role(mut self, role: Role) -> Self {
        self.role = role;
        self
    }

    pub(super) const fn of_the_round(mut self) -> Self {
        self.of_the_round = true;
        self
    }

    pub(super) const fn line(mut self) -> Self {
        self.of_the_line = true;
        self
    }
}

/// An event without a part in the laws, which happens to one function.
pub(super) const fn event(
    name: &'static str,
    kind: Kind,
    step: fn(&mut World<'_>) -> Option<()>,
    atomic_by: &'static str,
    cites: &'static str,
) -> EventInfo {
    EventInfo {
        name,
        kind,
        atomic_by,
        cites: Cites::Source(cites),
        role: Role::Other,
        of_the_line: false,
        of_the_round: matches!(kind, Kind::Host),
        guard: Guard::of(kind),
        step,
    }
}
