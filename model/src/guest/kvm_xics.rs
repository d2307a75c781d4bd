//! KVM's XICS, which a guest has on a POWER8 or a POWER9 booted with `xive=off`: an LSI's source
//! and its vCPU's ICP.
//!
//! arch/powerpc/kvm/book3s_xics.c (6.12): `ics_deliver_irq`, `icp_deliver_irq`, `write_xive`,
//! `icp_down_cppr`, `ics_eoi`; the real-mode path decides the same. Unlike the hardware
//! ([`crate::irqchip::xics`]) it has no "sent" bit: each rise is delivered, and each EOI delivers a
//! level that is still high before anybody is told.

use crate::bits::pin_bits;
use crate::irqchip::{Access, LINE, Pin, Reply};

pin_bits! {
    /// The source has priority 0xff.
    MASKED,
    /// The ICP's XISR has the source.
    XISR,
    /// The ICP's CPPR has the priority of the source: the vCPU has the interrupt in service.
    CPPR,
    /// `resend`: the ICP could not take the interrupt; the next change of CPPR tries again.
    RESEND,
    /// `masked_pending`: the interrupt came while masked. Unmasking delivers it, whatever the line
    /// has done since.
    MASKED_PENDING,
}

/// `icp_deliver_irq`
const fn deliver(pin: Pin) -> Pin {
    let pin = pin & !RESEND;
    if pin & MASKED != 0 {
        pin | MASKED_PENDING
    } else if pin & (XISR | CPPR) != 0 {
        pin | RESEND // not more favoured than the interrupt that the ICP has
    } else {
        pin | XISR
    }
}

/// `kvmppc_h_eoi`: first the CPPR goes down, with the resends, then the source.
const fn eoi(pin: Pin) -> Pin {
    let pin = pin & !CPPR;
    let pin = if pin & RESEND != 0 { deliver(pin) } else { pin };
    if pin & LINE != 0 { deliver(pin) } else { pin }
}

/// Source and ICP.
pub fn hw(pin: Pin, access: Access) -> Reply {
    let pin = match access {
        Access::Line(true) if pin & LINE == 0 => deliver(pin | LINE),
        Access::Line(false) => pin & !LINE, // the ICP keeps what it has
        Access::Accept if signals(pin) => (pin & !XISR) | CPPR,
        Access::Mask => pin | MASKED,
        Access::Unmask if pin & (MASKED_PENDING | RESEND) != 0 => {
            deliver(pin & !(MASKED | MASKED_PENDING))
        }
        Access::Unmask => pin & !MASKED,
        Access::Eoi => eoi(pin),
        _ => pin,
    };
    pin.into()
}

/// The ICP interrupts the vCPU.
pub fn signals(pin: Pin) -> bool {
    pin & XISR != 0
}
