//! An ARM board with a GICv2, Linux at EL2, so that there is KVM: EOImode 1.

use super::{Machine, arm64_gicv2};

/// The machine.
pub static MACHINE: Machine = Machine {
    name: "arm64-gicv2-el2",
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
    kvm: Some(&[]),
    ..arm64_gicv2::MACHINE
};
