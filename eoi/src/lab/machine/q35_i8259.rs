//! A PC that was told not to use its IO-APIC: two i8259, which also means one CPU.

use super::{Container, Machine};
use crate::lab::arch::Arch;

/// The machine.
pub static MACHINE: Machine = Machine {
    name: "q35-i8259",
    arch: Arch::Amd64,
    chip: "i8259",
    prints: "XT-PIC",
    qemu: &[
        "-M",
        "q35",
        "-cpu",
        "max",
        "-device",
        "intel-iommu,intremap=off",
        "-nic",
        "none",
        "-device",
        "edu",
    ],
    append: "console=ttyS0 intel_iommu=on noapic no_timer_check",
    container: Container::Type1,
    cpus: 1,
    kvm: Some(&["kvm", "kvm_amd"]),
    slowness: 1,
};
