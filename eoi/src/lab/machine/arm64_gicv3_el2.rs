//! An ARM board with a GICv3, Linux at EL2, so that there is KVM: EOImode 1.

use super::{Container, Machine};
use crate::lab::arch::Arch;

/// The machine.
pub static MACHINE: Machine = Machine {
    name: "arm64-gicv3-el2",
    arch: Arch::Arm64,
    chip: "gicv3-eoimode1",
    prints: "GICv3",
    qemu: &[
        "-M",
        "virt,virtualization=on,gic-version=3,iommu=smmuv3",
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
    kvm: Some(&[]),
    slowness: 1,
};
