//! The guest's controllers as KVM and QEMU emulate them, on the hardware of the host's seat where they are the same.

use super::{GuestChip, Reports};
use crate::irqchip::ioapic;

/// KVM's IO-APIC (arch/x86/kvm/ioapic.c).
static KVM_IOAPIC: GuestChip = GuestChip {
    name: "kvm-ioapic",
    about: "KVM's IO-APIC; acks before Remote IRR is cleared, and for edge pins as well where a resampler listens",
    hw: ioapic::hw,
    signals: ioapic::signals,
    level: 0,
    edge: Some(ioapic::EDGE),
    reports: Reports::BeforeEoi,
    reports_edge: true,
    unmask_resamples: true,
};

/// QEMU's IO-APIC, or any VMM's own (hw/intc/ioapic.c).
static QEMU_IOAPIC: GuestChip = GuestChip {
    name: "qemu-ioapic",
    about: "the VMM's own IO-APIC; reports the EOI of level pins to the VMM",
    reports: Reports::ToVmm,
    reports_edge: false,
    unmask_resamples: false,
    ..KVM_IOAPIC
};

/// Every guest controller.
pub static ALL: &[&GuestChip] = &[&KVM_IOAPIC, &QEMU_IOAPIC];

/// The guest controller of this name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static GuestChip> {
    ALL.iter().copied().find(|chip| chip.name == name)
}
