//! The guest's controllers as a VMM emulates them, each after QEMU's (10.0). The VMM sees every EOI.
//!
//! A controller here has the name of QEMU's, and may be any VMM's that behaves like it. QEMU itself
//! tells vfio-pci of no EOI but through KVM's resampler, so that it is not on the path `vmm`.

use super::{GuestChip, Reports, chips};
use crate::irqchip::{gic, i8259, mpic, plic, xics};

/// The IO-APIC (hw/intc/ioapic.c).
pub(crate) static QEMU_IOAPIC: GuestChip = GuestChip {
    name: "qemu-ioapic",
    about: "the VMM's own IO-APIC; reports the EOI of level pins to the VMM",
    eoi_register: true,
    reports: Reports::ToVmm,
    reports_edge: false,
    unmask_resamples: false,
    ..chips::KVM_IOAPIC
};

/// The 8259A pair (hw/intc/i8259.c).
pub(crate) static QEMU_I8259: GuestChip = GuestChip {
    name: "qemu-i8259",
    about: "the VMM's own 8259A pair",
    hw: i8259::hw,
    signals: i8259::signals,
    reports: Reports::ToVmm,
    reports_edge: false,
    ..chips::KVM_I8259
};

/// The GIC (hw/intc/arm_gic.c, arm_gicv3_dist.c).
pub(crate) static QEMU_GIC: GuestChip = GuestChip {
    name: "qemu-gic",
    about: "the VMM's own GICv2 or GICv3",
    hw: gic::hw,
    signals: gic::signals,
    reports: Reports::ToVmm,
    ..chips::KVM_VGICV2
};

/// XICS (hw/intc/xics.c, xics_spapr.c): unlike KVM's it presents an open level once.
pub(crate) static QEMU_XICS: GuestChip = GuestChip {
    name: "qemu-xics",
    about: "the VMM's own XICS",
    hw: xics::hw,
    bits: xics::XICS.bits,
    signals: xics::signals,
    reports: Reports::ToVmm,
    ..chips::KVM_XICS
};

/// OpenPIC (hw/intc/openpic.c).
pub(crate) static QEMU_OPENPIC: GuestChip = GuestChip {
    name: "qemu-openpic",
    about: "the VMM's own OpenPIC",
    hw: mpic::hw,
    bits: mpic::MPIC.bits,
    signals: mpic::signals,
    ..QEMU_XICS
};

/// The PLIC (hw/intc/sifive_plic.c), with the source enabled.
pub(crate) static QEMU_PLIC: GuestChip = GuestChip {
    name: "qemu-plic",
    about: "the VMM's own PLIC, as QEMU emulates it: a completion does not look at the level",
    hw: plic::hw_qemu,
    bits: plic::PLIC.bits,
    signals: plic::signals_qemu,
    level: plic::ENABLED,
    ..QEMU_XICS
};

/// The APLIC in MSI mode (hw/intc/riscv_aplic.c): its EOI is the store to setipnum.
pub(crate) static QEMU_APLIC: GuestChip = GuestChip {
    name: "qemu-aplic",
    about: "the VMM's own APLIC in MSI mode",
    reports: Reports::ToVmm,
    ..chips::KVM_AIA
};

/// The PCH-PIC (hw/intc/loongarch_pch_pic.c).
pub(crate) static QEMU_PCH_PIC: GuestChip = GuestChip {
    name: "qemu-pch-pic",
    about: "the VMM's own LoongArch PCH-PIC",
    reports: Reports::ToVmm,
    kernels: crate::kernels::Span::ALL,
    ..chips::KVM_PCH_PIC
};
