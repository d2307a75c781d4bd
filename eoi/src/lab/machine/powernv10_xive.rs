//! A POWER10 without a hypervisor, XIVE2.

use super::{Container, Machine};
use crate::lab::arch::Arch;

/// The machine.
pub static MACHINE: Machine = Machine {
    name: "powernv10-xive",
    arch: Arch::Ppc64el,
    chip: "xive-p10-qemu",
    prints: "XIVE-IRQ",
    qemu: &[
        "-M",
        "powernv10",
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
    slowness: 2,
};
