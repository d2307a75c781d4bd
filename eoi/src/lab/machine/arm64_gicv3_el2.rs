//! An ARM board with a GICv3, Linux at EL2, so that there is KVM: EOImode 1.

use super::{Machine, arm64_gicv3};

/// The machine.
pub static MACHINE: Machine = Machine {
    name: "arm64-gicv3-el2",
    chip: "gicv3-eoimode1",
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
    kvm: Some(&[]),
    ..arm64_gicv3::MACHINE
};
