//! The guest's controllers as KVM emulates them; those of a VMM are in [`own`]. Where an emulation
//! is like the hardware, it uses the hardware's function.
//!
//! In KVM a controller tells of the guest's EOI if it calls `kvm_notify_acked_irq`:
//! arch/x86/kvm/ioapic.c and i8259.c do, arch/arm64/kvm/vgic/, arch/powerpc/kvm/book3s_xics.c, and
//! nobody else that has a PCI line (6.12 and mainline).

use super::{GuestChip, Reports, kvm_vgic, kvm_xics, kvm_xive, kvm_xive_native, own, split};
use crate::genirq::handlers::{HANDLE_FASTEOI_IRQ, HANDLE_LEVEL_IRQ};
use crate::irqchip::{Access, Pin, Reply, aplic, gic, i8259, ioapic, pch_pic};
use crate::kernels::Span;

/// KVM's IO-APIC (arch/x86/kvm/ioapic.c). `kvm_ioapic_scan_entry` asks for the EOI of every vector
/// whose pin has an ack notifier, edge or level, and `kvm_ioapic_update_eoi_one` acks before it
/// looks at the trigger mode (5.10 to 7.3).
pub(crate) static KVM_IOAPIC: GuestChip = GuestChip {
    name: "kvm-ioapic",
    about: "KVM's IO-APIC; acks before Remote IRR is cleared, and for edge pins as well where a resampler listens",
    hw: ioapic::hw,
    bits: ioapic::IOAPIC.bits,
    signals: ioapic::signals,
    flow: &HANDLE_FASTEOI_IRQ,
    level: 0,
    edge: Some(ioapic::EDGE),
    reports: Reports::BeforeEoi,
    reports_edge: true,
    unmask_resamples: true,
    eoi_register: false,
    kernels: Span::ALL,
    acks_what_it_saw: false,
    has_sources: true,
    messages: false,
    inatomic: false,
};

/// KVM's IO-APIC on a vCPU whose LAPIC is AMD's AVIC: the CPU takes the EOI of an edge-triggered
/// vector without an exit (AMD APM vol. 2, 15.29 "EOI"; `APICV_INHIBIT_REASON_PIT_REINJ` says so
/// too), and nothing inhibits AVIC for a resampler.
pub(crate) static KVM_IOAPIC_AVIC: GuestChip = GuestChip {
    name: "kvm-ioapic-avic",
    about: "KVM's IO-APIC with AMD's AVIC: the EOI of an edge pin does not leave the guest",
    reports_edge: false,
    ..KVM_IOAPIC
};

/// KVM's 8259A pair (arch/x86/kvm/i8259.c). `pic_clear_isr` acks whatever the ELCR says, after the
/// ISR bit is clear. fef8f2b90edb did not touch it: an unmask delivers a pending level that may be
/// stale.
pub(crate) static KVM_I8259: GuestChip = GuestChip {
    name: "kvm-i8259",
    about: "KVM's 8259A pair; acks after the ISR bit is cleared, edge or level",
    hw: i8259::hw,
    bits: i8259::I8259.bits,
    signals: i8259::signals,
    flow: &HANDLE_LEVEL_IRQ,
    level: 0,
    edge: Some(i8259::EDGE),
    reports: Reports::AfterEoi,
    reports_edge: true,
    unmask_resamples: false,
    eoi_register: false,
    kernels: Span::ALL,
    acks_what_it_saw: false,
    has_sources: true,
    messages: false,
    inatomic: false,
};

/// KVM's GIC on a host with GICv2 (arch/arm64/kvm/vgic/). The ack comes when the list register is
/// folded after an exit, which it asks for by its EOI-maintenance bit; only level interrupts get
/// that bit. `vgic_v2_fold_lr` acks whatever it has seen before (5.10 to 7.3).
pub(crate) static KVM_VGICV2: GuestChip = GuestChip {
    name: "kvm-vgicv2",
    about: "KVM's GIC on a GICv2 host; acks level SPIs when their list register is folded",
    hw: gic::hw,
    bits: gic::GICV2.bits,
    signals: gic::signals,
    flow: &HANDLE_FASTEOI_IRQ,
    level: 0,
    edge: Some(gic::EDGE),
    reports: Reports::BeforeEoi,
    reports_edge: false,
    unmask_resamples: false,
    eoi_register: false,
    kernels: Span::ALL,
    acks_what_it_saw: false,
    has_sources: false,
    messages: false,
    inatomic: true,
};

/// KVM's GIC on a host with GICv3, for GICv2 guests as well: the host's GIC decides
/// (`vgic_fold_state`, `kvm_vgic_global_state.type`).
pub(crate) static KVM_VGICV3: GuestChip = GuestChip {
    name: "kvm-vgicv3",
    about: "KVM's GIC on a GICv3 host; since 6.19 it acks only what it has seen active after an exit",
    hw: kvm_vgic::hw,
    bits: kvm_vgic::BITS,
    signals: kvm_vgic::signals,
    acks_what_it_saw: true,
    ..KVM_VGICV2
};

/// KVM's XICS. The VMM says by `KVM_DEV_XICS_GRP_SOURCES` that a source is a level; the guest
/// cannot change it.
pub(crate) static KVM_XICS: GuestChip = GuestChip {
    name: "kvm-xics",
    about: "KVM's XICS; an EOI first presents a line that is still up, then acks",
    hw: kvm_xics::hw,
    bits: kvm_xics::BITS,
    signals: kvm_xics::signals,
    flow: &HANDLE_FASTEOI_IRQ,
    level: 0,
    edge: None,
    reports: Reports::AfterEoi,
    reports_edge: false,
    unmask_resamples: false,
    eoi_register: false,
    kernels: Span::ALL,
    acks_what_it_saw: false,
    has_sources: false,
    messages: false,
    inatomic: true,
};

/// KVM's XICS on XIVE. The EOI is answered in the kernel, which tells nobody.
pub(crate) static KVM_XIVE: GuestChip = GuestChip {
    name: "kvm-xive",
    about: "KVM's interrupt sources on a XIVE host; nobody hears of the EOI",
    hw: kvm_xive::hw,
    bits: kvm_xive::BITS,
    signals: kvm_xive::signals,
    reports: Reports::Never,
    ..KVM_XICS
};

/// KVM's XIVE for a guest that drives it natively. The EOI of an LSI is a hypercall that the VMM answers.
pub(crate) static KVM_XIVE_NATIVE: GuestChip = GuestChip {
    name: "kvm-xive-native",
    about: "KVM's XIVE in a guest that drives it itself; the EOI is a hypercall to the VMM",
    hw: kvm_xive_native::hw,
    bits: kvm_xive_native::BITS,
    signals: kvm_xive_native::signals,
    reports: Reports::ToVmm,
    ..KVM_XIVE
};

/// KVM's AIA (arch/riscv/kvm/aia_aplic.c), driven as Linux drives it ([`aplic`]): mask and unmask
/// are both the APLIC's and the IMSIC's, and the EOI is setipnum. There are edge modes too; KVM
/// acks neither.
pub(crate) static KVM_AIA: GuestChip = GuestChip {
    name: "kvm-aia",
    about: "KVM's RISC-V APLIC and IMSIC; nobody hears of the EOI",
    hw: aia,
    bits: aplic::APLIC_MSI.bits,
    signals: aplic::signals_msi,
    ..KVM_XIVE
};

pub(crate) fn aia(pin: Pin, access: Access) -> Reply {
    let both = |first, then| aplic::hw_msi_emulated(aplic::hw_msi_emulated(pin, first).pin, then);
    match access {
        Access::Mask => both(Access::Mask, Access::Disable),
        Access::Unmask => both(Access::Enable, Access::Unmask),
        Access::Eoi => aplic::hw_msi_emulated(pin, Access::Setip),
        _ => aplic::hw_msi_emulated(pin, access),
    }
}

/// KVM's PCH-PIC and EIOINTC (arch/loongarch/kvm/intc/, since v6.13). A guest that does not mask a
/// level interrupt while it serves gets no second one.
pub(crate) static KVM_PCH_PIC: GuestChip = GuestChip {
    name: "kvm-pch-pic",
    about: "KVM's LoongArch PCH-PIC; nobody hears of the EOI",
    hw: pch_pic::hw,
    bits: pch_pic::PCH_PIC.bits,
    signals: pch_pic::signals,
    flow: &HANDLE_LEVEL_IRQ,
    kernels: Span::since(6, 13),
    ..KVM_XIVE
};

/// Every guest controller.
pub static ALL: &[&GuestChip] = &[
    &KVM_IOAPIC,
    &KVM_IOAPIC_AVIC,
    &KVM_I8259,
    &KVM_VGICV2,
    &KVM_VGICV3,
    &KVM_XICS,
    &KVM_XIVE,
    &KVM_XIVE_NATIVE,
    &KVM_AIA,
    &KVM_PCH_PIC,
    &split::QEMU_SPLIT_IOAPIC,
    &own::QEMU_IOAPIC,
    &own::QEMU_I8259,
    &own::QEMU_GIC,
    &own::QEMU_XICS,
    &own::QEMU_OPENPIC,
    &own::QEMU_PLIC,
    &own::QEMU_APLIC,
    &own::QEMU_PCH_PIC,
];

/// The guest controller of this name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static GuestChip> {
    ALL.iter().copied().find(|chip| chip.name == name)
}
