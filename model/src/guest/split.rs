//! QEMU's split irqchip: its own IO-APIC in front of KVM's local APIC, past which an irqfd sends a
//! message (hw/intc/ioapic.c and accel/kvm/kvm-all.c, 10.0 and 10.2).
//!
//! An irqfd of a pin is one on the route of a message, without KVM's resampler: it asks neither mask
//! nor Remote IRR. `ioapic_update_kvm_routes` writes the route of a pin while it is unmasked, so that
//! a pin that never was has a route without a vector, and a message on it is lost; a masked pin keeps
//! its last one. QEMU keeps the resample eventfds in a list of its own, and looks into it at each EOI
//! of a level pin's vector (`ioapic_eoi_broadcast`), masked or not. It signals the first one that it
//! finds for the pin, which is the newest (`kvm_resample_fd_insert`, `kvm_resample_fd_notify`).
//! Emulated devices have the IO-APIC's own level.

use super::{GuestChip, Reports, chips};
use crate::bits::pin_bits;
use crate::irqchip::{Access, Pin, Reply, ioapic};

pin_bits! {
    /// Bit 16 of the redirection table entry (RTE): the pin is masked.
    MASK,
    /// Bit 14 of the RTE, Remote IRR: an emulated device's message is open.
    RIRR,
    /// The bit of the vector in the LAPIC's IRR: the CPU has still to take the interrupt.
    IRR,
    /// The bit of the vector in the LAPIC's ISR: the CPU has taken the interrupt and not ended it.
    ISR,
    /// The pin's route in KVM has a vector: the pin has been unmasked.
    ROUTED,
}

/// The pin and the LAPIC's part of its vector. [`Access::Retrigger`] is the message of an irqfd.
fn hw(pin: Pin, access: Access) -> Reply {
    if access == Access::Retrigger && pin & ROUTED == 0 {
        return pin.into();
    }
    let routed = if access == Access::Unmask {
        ROUTED
    } else {
        pin & ROUTED
    };
    let reply = ioapic::hw(pin & !ROUTED, access);
    Reply {
        pin: reply.pin | routed,
        ..reply
    }
}

/// The controller. The EOI leaves the guest after the LAPIC has it (`kvm_ioapic_send_eoi`).
pub(crate) static QEMU_SPLIT_IOAPIC: GuestChip = GuestChip {
    name: "qemu-split-ioapic",
    about: "QEMU's IO-APIC in front of KVM's LAPIC; an irqfd sends messages past the pin, and QEMU resamples",
    hw,
    bits: BITS,
    signals: |pin| ioapic::signals(pin & !ROUTED),
    level: ROUTED,
    edge: None,
    reports: Reports::AfterEoi,
    reports_edge: false,
    unmask_resamples: false,
    has_sources: false,
    messages: true,
    inatomic: true, // a message is (arch/x86/kvm/irq.c:kvm_arch_set_irq_inatomic, 7.3)
    ..chips::KVM_IOAPIC
};

/// The pin of a guest that has just been reset: nobody has unmasked it.
pub(crate) const fn unprogrammed(pin: Pin) -> Pin {
    pin & !ROUTED
}

/// The pin where another QEMU goes on: it writes the routes of the pins that are unmasked then
/// (`ioapic_update_kvm_routes` as `post_load`).
pub(crate) const fn restored(pin: Pin) -> Pin {
    if pin & MASK == 0 {
        pin
    } else {
        unprogrammed(pin)
    }
}

const _: () = {
    assert!(MASK == ioapic::MASK && RIRR == ioapic::RIRR);
    assert!(IRR == ioapic::IRR && ISR == ioapic::ISR);
};
