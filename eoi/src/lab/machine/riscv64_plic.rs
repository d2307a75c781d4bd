//! A RISC-V board with a PLIC.

use super::{Container, Machine};
use crate::lab::arch::Arch;

/// The machine.
pub static MACHINE: Machine = Machine {
    name: "riscv64-plic",
    arch: Arch::Riscv64,
    chip: "plic-qemu",
    prints: "SiFive PLIC",
    qemu: &["-M", "virt", "-nic", "none", "-device", "edu"],
    append: "console=ttyS0",
    container: Container::NoIommu,
    cpus: 2,
    kvm: None,
    slowness: 1,
};
