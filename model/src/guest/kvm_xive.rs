//! KVM's XICS on XIVE, which a guest has on a POWER9 or POWER10: an emulated LSI on the ESB of a hardware IPI.
//!
//! arch/powerpc/kvm/book3s_xive.c (6.12): `kvmppc_xive_set_irq`, `xive_vm_h_eoi`, `xive_lock_and_mask`,
//! `xive_finish_unmask`. The ESB is a message source: P is "notified", Q is "once more". A guest with XIVE of its own
//! has the same source and the same silence about its EOI.

use crate::irqchip::{Access, LINE, Pin, Reply};

/// `guest_priority` is 0xff. The ESB's P is then 1, whatever [`P`] says.
pub const MASKED: Pin = 1 << 1;
/// P; while masked, `old_p`.
pub const P: Pin = 1 << 2;
/// Q; while masked, Q or `old_q`, which unmasking does not tell apart.
pub const Q: Pin = 1 << 3;
/// The guest's event queue has an entry.
pub const QUEUED: Pin = 1 << 4;

/// A store to the trigger page.
const fn trigger(pin: Pin) -> Pin {
    if pin & (P | MASKED) == 0 { pin | P | QUEUED } else { pin | Q }
}

/// `xive_vm_source_eoi`: clears P and Q, and triggers again if Q was set.
const fn source_eoi(pin: Pin) -> Pin {
    let cleared = pin & !(P | Q);
    if pin & Q != 0 { trigger(cleared) } else { cleared }
}

/// The source and its queue.
pub fn hw(pin: Pin, access: Access) -> Reply {
    let pin = match access {
        Access::Line(true) => trigger(pin | LINE), // each call, not each rise
        Access::Line(false) => pin & !LINE,
        Access::Accept => pin & !QUEUED,
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
    pin & QUEUED != 0
}
