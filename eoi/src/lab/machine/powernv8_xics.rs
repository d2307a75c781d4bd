//! A POWER8 without a hypervisor, XICS.

use super::{Container, Machine};
use crate::lab::arch::Arch;

/// The machine.
pub static MACHINE: Machine = Machine {
    name: "powernv8-xics",
    arch: Arch::Ppc64el,
    chip: "xics",
    prints: "OPAL ICS",
    qemu: &[
        "-M",
        "powernv8",
        "-vga",
        "none",
        "-nic",
        "none",
        "-device",
        "edu,bus=pcie.0",
    ],
    append: "console=hvc0",
    container: Container::Spapr,
    cpus: 2,
    kvm: None,
    slowness: 4,
};
