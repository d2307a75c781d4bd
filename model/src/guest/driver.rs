//! The guest of a system, and the order in which its driver works.

use super::{GuestChip, Reports};
use crate::values::Phase;

/// In which order the driver ends the interrupt and serves the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// A hardirq handler: serve, then EOI.
    ServiceThenEoi,
    /// A ONESHOT thread: mask the pin, EOI, then serve, then unmask.
    EoiThenService,
    /// EOI, and serve later with the pin open, out of the interrupt routine: a deferred call.
    EoiThenDefer,
}

/// The guest of a system.
#[derive(Clone, Copy)]
pub struct Guest {
    /// Its controller.
    pub chip: &'static GuestChip,
    /// It programs the pin as edge.
    pub edge: bool,
    /// Its driver's order.
    pub order: Order,
    /// Its driver masks the pin while it serves.
    pub masks: bool,
    /// It suppresses EOI broadcasts and writes the IO-APIC's EOI register.
    pub directed_eoi: bool,
}

impl Guest {
    /// Its controller's line is the VMM's own, so that the VMM needs no `KVM_IRQ_LINE` to move it.
    pub(crate) const fn is_of_the_vmm(&self) -> bool {
        matches!(self.chip.reports, Reports::ToVmm)
    }

    /// Its driver reads the causes next.
    pub(crate) fn reads_in(&self, phase: Phase) -> bool {
        match phase {
            Phase::Taken => self.order == Order::ServiceThenEoi && !self.masks,
            Phase::Masked => self.order == Order::ServiceThenEoi,
            Phase::Thread => true,
            _ => false,
        }
    }

    /// Its driver ends the interrupt next.
    pub(crate) fn ends_in(&self, phase: Phase) -> bool {
        match self.order {
            Order::ServiceThenEoi => phase == Phase::Serviced,
            Order::EoiThenService => phase == Phase::Masked,
            Order::EoiThenDefer if self.masks => phase == Phase::Masked,
            Order::EoiThenDefer => phase == Phase::Taken,
        }
    }

    /// Its driver unmasks its pin next.
    pub(crate) fn unmasks_in(&self, phase: Phase) -> bool {
        match self.order {
            Order::EoiThenService => phase == Phase::Serviced,
            Order::ServiceThenEoi | Order::EoiThenDefer => phase == Phase::Unmask,
        }
    }
}
