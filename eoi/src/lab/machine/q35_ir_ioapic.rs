//! A PC with an IO-APIC behind interrupt remapping.

use super::{Container, Machine};
use crate::lab::arch::Arch;

/// The machine.
pub static MACHINE: Machine = Machine {
    name: "q35-ir-ioapic",
    arch: Arch::Amd64,
    chip: "ir-ioapic-qemu",
    prints: "IR-IO-APIC",
    qemu: &[
        "-M",
        "q35,kernel-irqchip=split",
        "-cpu",
        "max",
        "-device",
        "intel-iommu,intremap=on",
        "-nic",
        "none",
        "-device",
        "edu",
    ],
    append: "console=ttyS0 intel_iommu=on no_timer_check",
    container: Container::Type1,
    cpus: 2,
    kvm: Some(&["kvm", "kvm_amd"]),
    slowness: 1,
};
