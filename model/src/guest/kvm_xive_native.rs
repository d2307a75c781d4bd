//! KVM's XIVE in a guest that drives it natively: an LSI that QEMU makes out of the ESB of a hardware
//! IPI, and the part of the guest's driver that decides what is written to it.
//!
//! QEMU hw/intc/spapr_xive_kvm.c (10.0 to 10.2). `h_int_get_source_info` (spapr_xive.c) tells the
//! guest to reach the ESB of an LSI by `H_INT_ESB` only, so that each access to it leaves the guest
//! and ends in the VMM: `kvmppc_xive_esb_rw` makes a SET_PQ_00 of the EOI, and triggers the IPI again
//! if the line is up. A change of the line is a trigger, the falling one too
//! (`kvmppc_xive_source_set_irq`). QEMU tells vfio-pci nothing of the EOI: the path `vmm` is one that
//! it could take. It would have to lower the line before the EOI goes on, as the machine of `eoi-intx`
//! does; the falling line then only sets Q, which the EOI clears.
//!
//! Driver: arch/powerpc/sysdev/xive/common.c (5.10 to 7.3), as in [`crate::irqchip::xive`].

use crate::bits::pin_bits;
use crate::irqchip::{Access, LINE, Pin, Reply, put};

pin_bits! {
    /// The P bit of the IPI's ESB.
    P,
    /// The Q bit; with P clear the source is off.
    Q,
    /// The vCPU's event queue has an entry.
    EQ_ENTRY,
    /// The event queue has a second entry.
    EQ_SECOND,
    /// `xive_irq_data::saved_p` of the guest's driver: P was set when it masked.
    SAVED_P,
}

/// A store to the trigger page of a message source.
const fn trigger(pin: Pin) -> Pin {
    if pin & P != 0 {
        pin | Q
    } else if pin & Q != 0 {
        pin // off
    } else if pin & EQ_ENTRY == 0 {
        pin | P | EQ_ENTRY
    } else {
        pin | P | EQ_SECOND
    }
}

/// The source, its queue, and the guest's driver.
pub fn hw(pin: Pin, access: Access) -> Reply {
    let pin = match access {
        Access::Line(level) if level != (pin & LINE != 0) => trigger(put(pin, LINE, level)),
        Access::Accept if pin & EQ_SECOND != 0 => pin & !EQ_SECOND,
        Access::Accept => pin & !EQ_ENTRY,
        // SET_PQ_01
        Access::Mask => {
            let saved = if pin & P != 0 { SAVED_P } else { 0 };
            (pin & !P) | Q | saved
        }
        // SET_PQ_10, or SET_PQ_00: neither looks at the level
        Access::Unmask if pin & SAVED_P != 0 => (pin & !(Q | SAVED_P)) | P,
        Access::Unmask => pin & !(P | Q),
        Access::Eoi if pin & LINE != 0 => trigger(pin & !(P | Q | SAVED_P)),
        Access::Eoi => pin & !(P | Q | SAVED_P),
        _ => pin,
    };
    pin.into()
}

/// The queue has an entry.
pub fn signals(pin: Pin) -> bool {
    pin & EQ_ENTRY != 0
}
