//! A POWER9 partition whose hypervisor, QEMU, offers XICS.

use super::{Container, Machine};
use crate::lab::arch::Arch;

/// The machine.
pub static MACHINE: Machine = Machine {
    name: "pseries-xics",
    arch: Arch::Ppc64el,
    chip: "xics-pseries",
    prints: "XICS",
    qemu: &[
        "-M",
        "pseries,ic-mode=xics,x-vof=on",
        "-cpu",
        "power9",
        "-vga",
        "none",
        "-nic",
        "none",
        "-device",
        "edu",
    ],
    append: "console=hvc0",
    container: Container::Spapr,
    cpus: 2,
    kvm: None,
    slowness: 1,
};
