//! An ARM board with a GICv2, Linux at EL2, so that there is KVM: EOImode 1.

use super::{Container, Machine};
use crate::lab::arch::Arch;

/// The machine.
pub static MACHINE: Machine = Machine {
    name: "arm64-gicv2-el2",
    arch: Arch::Arm64,
    chip: "gicv2-eoimode1",
    prints: "GICv2",
    qemu: &[
        "-M",
        "virt,virtualization=on,gic-version=2,iommu=smmuv3",
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
