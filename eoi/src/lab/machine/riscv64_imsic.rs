//! A RISC-V board with an APLIC that sends messages to IMSICs.

use super::{Container, Machine};
use crate::lab::arch::Arch;

/// The machine.
pub static MACHINE: Machine = Machine {
    name: "riscv64-imsic",
    arch: Arch::Riscv64,
    chip: "aplic-msi-qemu",
    prints: "APLIC-MSI-d000000.interrupt-controller",
    qemu: &[
        "-M",
        "virt,aia=aplic-imsic",
        "-nic",
        "none",
        "-device",
        "edu",
    ],
    append: "console=ttyS0",
    container: Container::NoIommu,
    cpus: 2,
    kvm: None,
    // The IMSIC of another CPU is updated from a timer tick of that CPU (drivers/irqchip/irq-riscv-imsic-state.c).
    slowness: 3,
};
