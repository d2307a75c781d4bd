//! KVM's XICS on XIVE, which a guest has on a POWER9 or POWER10: an emulated LSI on the ESB of a
//! hardware IPI.
//!
//! arch/powerpc/kvm/book3s_xive.c (6.12): `kvmppc_xive_set_irq`, `xive_vm_h_eoi`,
//! `xive_lock_and_mask`, `xive_finish_unmask`. The ESB is a message source: P is "notified", Q is
//! "once more". A guest that drives the XIVE itself has [`super::kvm_xive_native`].

use crate::bits::pin_bits;
use crate::irqchip::{Access, LINE, Pin, Reply};

pin_bits! {
    /// `guest_priority` is 0xff. The P bit of the ESB is then 1, whatever the P bit here says.
    MASKED,
    /// The P bit of the ESB; while masked, `old_p`.
    P,
    /// The Q bit of the ESB; while masked, Q or `old_q`, which unmasking does not tell apart.
    Q,
    /// The guest's event queue has an entry.
    EQ_ENTRY,
}

/// A store to the trigger page.
const fn trigger(pin: Pin) -> Pin {
    if pin & (P | MASKED) == 0 {
        pin | P | EQ_ENTRY
    } else {
        pin | Q
    }
}

/// `xive_vm_source_eoi`: clears P and Q, and triggers again if Q was set.
const fn source_eoi(pin: Pin) -> Pin {
    let cleared = pin & !(P | Q);
    if pin & Q != 0 {
        trigger(cleared)
    } else {
        cleared
    }
}

/// The source and its queue.
pub fn hw(pin: Pin, access: Access) -> Reply {
    let pin = match access {
        Access::Line(true) => trigger(pin | LINE), // each call, not each rise
        Access::Line(false) => pin & !LINE,
        Access::Accept => pin & !EQ_ENTRY,
        Access::Mask => pin | MASKED,
        Access::Unmask if pin & (MASKED | P) == MASKED => source_eoi(pin & !MASKED),
        Access::Unmask => pin & !MASKED,
        Access::Eoi if pin & MASKED != 0 => pin & !P, // the unmask ends it
        Access::Eoi if pin & LINE != 0 => trigger(source_eoi(pin)),
        Access::Eoi => source_eoi(pin),
        _ => pin,
    };
    pin.into()
}

/// The queue has an entry.
pub fn signals(pin: Pin) -> bool {
    pin & EQ_ENTRY != 0
}
