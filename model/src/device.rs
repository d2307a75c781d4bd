//! The device: its causes, and its INTx pin as the PCI specification of its day defines it.

use crate::state::Half;
use crate::values::IrqType;
use crate::wire;
use crate::world::World;

/// Whether the function's Command bit 10 (DisINTx) and Status bit 3 (Interrupt) work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Device {
    /// PCI 2.3 and later: both bits work (PCI Local Bus Specification 2.3, 6.2.2 and 6.2.3).
    Disintx,
    /// Before PCI 2.3, or `vfio-pci.nointxmask=1`: vfio-pci has neither bit (DisINTx-).
    NoDisintx,
    /// DisINTx can be written, so that the kernel's probe trusts it, but it does not keep the pin
    /// from being driven.
    LyingDisintx,
}

impl Device {
    /// Every kind, for tables.
    pub const ALL: [Self; 3] = [Self::Disintx, Self::NoDisintx, Self::LyingDisintx];

    /// The name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Disintx => "disintx",
            Self::NoDisintx => "no-disintx",
            Self::LyingDisintx => "lying-disintx",
        }
    }

    /// A sentence about it.
    #[must_use]
    pub const fn about(self) -> &'static str {
        match self {
            Self::Disintx => "PCI 2.3: DisINTx and Status.Interrupt work (DisINTx+)",
            Self::NoDisintx => "before PCI 2.3, or vfio-pci.nointxmask=1 (DisINTx-)",
            Self::LyingDisintx => "DisINTx can be written and the line does not care",
        }
    }

    /// The result of `pci_intx_mask_supported`: the bit can be toggled (drivers/pci/probe.c,
    /// `pci_intx_mask_broken`).
    #[must_use]
    pub const fn pci_2_3(self) -> bool {
        !matches!(self, Self::NoDisintx)
    }

    /// Whether a function with these causes drives its INTx pin, by its DisINTx and by whether its
    /// MSI is enabled, which keeps it from that (PCI 2.3, 6.8.2).
    #[must_use]
    pub const fn drives(self, causes: u8, disintx: bool, msi: bool) -> bool {
        let held_back = disintx && matches!(self, Self::Disintx);
        causes != 0 && !held_back && !msi
    }
}

/// Whether the function drives its INTx pin.
pub(crate) fn asserted(device: Device, half: Half) -> bool {
    device.drives(
        half.causes(),
        half.disintx(),
        half.irq_type() == IrqType::Msi,
    )
}

/// Status.Interrupt: a cause is there, whatever DisINTx says (PCI 2.3, 6.2.3).
pub(crate) fn status_interrupt(w: &World<'_>) -> bool {
    w.function().causes() != 0
}

/// A cause comes up. While MSI is enabled the device sends a message instead, which is not on this
/// path.
fn cause(w: &mut World<'_>, bit: u8) -> Option<()> {
    let causes = w.function().causes();
    w.function_mut().set_causes(causes | bit);
    wire::settle(w);
    Some(())
}

pub(crate) fn assert(w: &mut World<'_>) -> Option<()> {
    cause(w, 1)
}

pub(crate) fn assert_second(w: &mut World<'_>) -> Option<()> {
    cause(w, 2)
}

/// The device takes a cause back before anybody cleared it (a FIFO drained by other means, a link
/// that went down).
fn withdraw_cause(w: &mut World<'_>, bit: u8) -> Option<()> {
    let causes = w.function().causes();
    w.function_mut().set_causes(causes & !bit);
    wire::settle(w);
    Some(())
}

pub(crate) fn withdraw(w: &mut World<'_>) -> Option<()> {
    withdraw_cause(w, 1)
}

pub(crate) fn withdraw_second(w: &mut World<'_>) -> Option<()> {
    withdraw_cause(w, 2)
}

/// The driver clears causes at the device.
pub(crate) fn clear(w: &mut World<'_>, causes: u8) {
    let left = w.function().causes() & !causes;
    w.function_mut().set_causes(left);
    wire::settle(w);
}
