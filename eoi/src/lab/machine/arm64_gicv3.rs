//! An ARM board with a GICv3, Linux at EL1: EOImode 0.

use super::{Container, Machine};
use crate::lab::arch::Arch;

/// The machine.
pub static MACHINE: Machine = Machine {
    name: "arm64-gicv3",
    arch: Arch::Arm64,
    chip: "gicv3",
    prints: "GICv3",
    qemu: &[
        "-M",
        "virt,gic-version=3,iommu=smmuv3",
        "-cpu",
        "cortex-a57",
        "-nic",
        "none",
        "-device",
        "edu",
    ],
    append: "console=ttyAMA0",
    container: Container::Type1,
    cpus: 2,
    kvm: None,
    slowness: 1,
};
