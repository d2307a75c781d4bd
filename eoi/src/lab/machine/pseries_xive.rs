//! A POWER9 partition whose hypervisor, QEMU, offers XIVE.

use super::{Container, Machine};
use crate::lab::arch::Arch;

/// The machine.
pub static MACHINE: Machine = Machine {
    name: "pseries-xive",
    arch: Arch::Ppc64el,
    chip: "xive-pseries-qemu",
    prints: "XIVE-IRQ",
    // The two functions are four slots apart, so that both have the same line (hw/ppc/spapr_pci.c:pci_spapr_map_irq, QEMU 10.0).
    qemu: &[
        "-M",
        "pseries,ic-mode=xive,x-vof=on",
        "-cpu",
        "power9",
        "-vga",
        "none",
        "-nic",
        "none",
        "-device",
        "edu,addr=1",
        "-device",
        "edu,addr=5",
    ],
    append: "console=hvc0",
    container: Container::Spapr,
    cpus: 2,
    kvm: None,
    slowness: 1,
};
