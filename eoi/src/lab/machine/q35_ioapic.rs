//! A PC with an IO-APIC; the IOMMU does not remap interrupts.

use super::{Container, Machine};
use crate::lab::arch::Arch;

/// The machine.
pub static MACHINE: Machine = Machine {
    name: "q35-ioapic",
    arch: Arch::Amd64,
    chip: "ioapic-qemu",
    prints: "IO-APIC",
    qemu: &["-M", "q35", "-cpu", "max", "-device", "intel-iommu,intremap=off", "-nic", "none", "-device", "edu"],
    append: "console=ttyS0 intel_iommu=on",
    container: Container::Type1,
    cpus: 2,
    kvm: Some(&["kvm", "kvm_amd"]),
    slowness: 1,
};
