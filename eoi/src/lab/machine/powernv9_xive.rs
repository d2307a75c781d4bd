//! A POWER9 without a hypervisor, XIVE.

use super::{Container, Machine};
use crate::lab::arch::Arch;

/// The machine.
pub static MACHINE: Machine = Machine {
    name: "powernv9-xive",
    arch: Arch::Ppc64el,
    chip: "xive-qemu",
    prints: "XIVE-IRQ",
    // Both functions of the slot have INTA.
    qemu: &[
        "-M",
        "powernv9",
        "-vga",
        "none",
        "-nic",
        "none",
        "-device",
        "edu,bus=pcie.0,addr=0.0,multifunction=on",
        "-device",
        "edu,bus=pcie.0,addr=0.1",
    ],
    append: "console=hvc0",
    container: Container::Spapr,
    cpus: 2,
    kvm: None,
    slowness: 2,
};
