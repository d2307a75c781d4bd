//! A RISC-V board with an APLIC that interrupts its CPUs directly.

use super::{Container, Machine};
use crate::lab::arch::Arch;

/// The machine.
pub static MACHINE: Machine = Machine {
    name: "riscv64-aplic",
    arch: Arch::Riscv64,
    chip: "aplic-direct-qemu",
    prints: "APLIC-DIRECT",
    qemu: &["-M", "virt,aia=aplic", "-nic", "none", "-device", "edu"],
    append: "console=ttyS0",
    container: Container::NoIommu,
    cpus: 2,
    kvm: None,
    slowness: 1,
};
