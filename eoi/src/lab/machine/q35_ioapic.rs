//! A PC with an IO-APIC; the IOMMU does not remap interrupts.

use super::{Container, Machine};
use crate::lab::arch::Arch;

/// The machine.
pub static MACHINE: Machine = Machine {
    name: "q35-ioapic",
    arch: Arch::Amd64,
    chip: "ioapic-qemu",
    prints: "IO-APIC",
    // Behind a port of its own the function can be reset alone: with its bus. The port of the other one is four slots on, so
    // that both have the same line (hw/i386/acpi-build.c:build_q35_routing_table, QEMU 10.0).
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
        "pcie-root-port,id=alone,addr=4",
        "-device",
        "edu,bus=alone",
        "-device",
        "pcie-root-port,id=beside,addr=8,chassis=1",
        "-device",
        "edu,bus=beside",
    ],
    append: "console=ttyS0 intel_iommu=on no_timer_check",
    container: Container::Type1,
    cpus: 2,
    kvm: Some(&["kvm", "kvm_amd"]),
    slowness: 1,
};
