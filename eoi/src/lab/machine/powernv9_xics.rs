//! A POWER9 whose kernel was told to leave XIVE to the firmware, which makes XICS out of it.

use super::{Container, Machine};
use crate::lab::arch::Arch;

/// The machine.
pub static MACHINE: Machine = Machine {
    name: "powernv9-xics",
    arch: Arch::Ppc64el,
    chip: "xics-on-xive-qemu",
    prints: "OPAL ICS",
    qemu: &[
        "-M",
        "powernv9",
        "-vga",
        "none",
        "-nic",
        "none",
        "-device",
        "edu,bus=pcie.0",
    ],
    append: "console=hvc0 xive=off",
    container: Container::Spapr,
    cpus: 2,
    kvm: None,
    slowness: 2,
};
