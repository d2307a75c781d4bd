//! The state of the whole system, as one integer.

use crate::packed::packed;

packed! {
    /// One function and the line it is on: everything that any participant remembers about them.
    pub struct Half {
        /// The function's causes, one bit each.
        causes / set_causes: 2,
        /// Command register bit 10 as the device holds it.
        disintx / set_disintx: 1,
        /// The controller's bits for this line ([`crate::irqchip`]); bit 0 is the level of the line.
        pin / set_pin: 8,
        /// What the chip's driver remembers about this line (XIVE: `stale_p`, `saved_p`).
        drv / set_drv: 2,
        /// `irq_desc::depth`; 3 stands for "WARN: Unbalanced enable" and stays.
        depth / set_depth: 2,
        /// `IRQD_IRQ_DISABLED`.
        disabled / set_disabled: 1,
        /// `IRQD_IRQ_MASKED`.
        masked / set_masked: 1,
        /// `IRQS_PENDING`.
        pending / set_pending: 1,
        /// `IRQD_IRQ_STARTED`.
        started / set_started: 1,
        /// A software resend of the interrupt is scheduled.
        resend / set_resend: 1,
        /// Unhandled interrupts in a row, or `IRQS_SPURIOUS_DISABLED` ([`crate::genirq::spurious`]).
        unhandled / set_unhandled: 2,
        /// The CPU that the line is routed to.
        target / set_target: 1,
        /// The CPU on which the flow handler runs, while it runs.
        flow_cpu / set_flow_cpu: 1,
        /// Where the flow handler is ([`crate::genirq::flow`]); 0 when none runs. `IRQD_IRQ_INPROGRESS` is every value
        /// but that and "accepted".
        flow / set_flow: 3,
        /// An action of this interrupt returned `IRQ_HANDLED`.
        handled / set_handled: 1,
        /// Where the interrupt's thread is ([`crate::genirq::thread`]).
        thread / set_thread: 3,
        /// A host driver's function on the same line has a cause.
        neighbour / set_neighbour: 1,
        /// `vfio_pci_irq_ctx::masked`.
        vfio_masked / set_vfio_masked: 1,
        /// The guest's own DisINTx; `vfio_pci_core_device::virq_disabled` where the VMM passes it on.
        virq_disabled / set_virq_disabled: 1,
        /// `vfio_pci_core_device::irq_type`, and for INTx whether it has a trigger: one of the constants below.
        irq_type / set_irq_type: 2,
        /// The trigger eventfd's counter is not 0.
        trigger / set_trigger: 1,
        /// The work item that signals the trigger again is queued (`vfio_send_intx_eventfd` from a virqfd).
        vfio_work / set_vfio_work: 1,
        /// The unmask ioctl still has to signal the trigger again, after it let go of `irqlock`.
        resignal / set_resignal: 1,
        /// `KVM_IRQFD` is assigned.
        wired / set_wired: 1,
        /// `irqfd_inject` is queued.
        irqfd_work / set_irqfd_work: 1,
        /// What the VMM still has to do (`eoi_intx::Actions::bits`).
        todo / set_todo: 7,
        /// The VMM's machine: the low bits of `eoi_intx::Intx::bits`, mode and pending. The rest is [`More`].
        intx / set_intx: 3,
        /// The BARs are not mapped into the guest; its accesses trap.
        mmap_off / set_mmap_off: 1,
        /// The guest controller's bits for this line ([`crate::guest`]).
        guest_pin / set_guest_pin: 6,
        /// Where the guest's driver is ([`crate::guest::Phase`]).
        guest_phase / set_guest_phase: 4,
        /// The causes that the guest's driver has read and not yet cleared.
        snapshot / set_snapshot: 2,
    }
}

impl Half {
    /// `irq_type`: none.
    pub const NONE: u8 = 0;
    /// `irq_type`: INTx.
    pub const INTX: u8 = 1;
    /// `irq_type`: INTx, and `vfio_pci_irq_ctx::trigger` is NULL: the VMM has taken the eventfd away.
    pub const INTX_NO_TRIGGER: u8 = 2;
    /// `irq_type`: MSI or MSI-X.
    pub const MSI: u8 = 3;

    /// `vfio_pci_core_device::irq_type` is INTx.
    #[inline(always)]
    #[must_use]
    pub const fn is_intx(self) -> bool {
        matches!(self.irq_type(), Self::INTX | Self::INTX_NO_TRIGGER)
    }
}

packed! {
    /// What is left of the VMM's machine where a function's own half has no room for it. It is kept in the half of the
    /// function that such a system does not have ([`System::is_wide`](crate::system::System::is_wide)).
    pub struct More {
        /// Held, masked, edge, DisINTx: bits 3 to 7 of `eoi_intx::Intx::bits`.
        flags / set_flags: 5,
        /// What is left of the budget: bits 8 to 15.
        left / set_left: 8,
    }
}

/// One system state. The low half is function 0, the high half function 1, or [`More`] of function 0, or 0.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
#[repr(transparent)]
pub struct State(pub u128);

impl State {
    /// The two halves.
    #[inline(always)]
    #[must_use]
    pub const fn halves(self) -> [Half; 2] {
        [Half(self.0 as u64), Half((self.0 >> 64) as u64)]
    }

    /// The state that has these halves.
    #[inline(always)]
    #[must_use]
    pub const fn from_halves(halves: [Half; 2]) -> Self {
        Self(halves[0].0 as u128 | (halves[1].0 as u128) << 64)
    }
}

impl core::fmt::Debug for Half {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let mut first = true;
        for &(name, offset, width) in Self::FIELDS {
            let value = (self.0 >> offset) & ((1 << width) - 1);
            if value != 0 {
                write!(f, "{}{name}={value}", if first { "" } else { " " })?;
                first = false;
            }
        }
        Ok(())
    }
}
