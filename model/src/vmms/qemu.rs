//! QEMU.
//!
//! With KVM's irqfd it sets up, routes and tears down in the order of `eoi-intx`
//! (`vfio_intx_enable_kvm`, `vfio_intx_disable_kvm`, `vfio_intx_update`). Without, it asserts the
//! guest's line before it takes the mappings away, and maps the BARs again by a timer that waits
//! while an interrupt is pending (`vfio_intx_interrupt`, `vfio_intx_mmap_enable`). Its split irqchip
//! is a guest's controller, `qemu-split-ioapic`; its CPR is a scenario, `cpr`.

use super::{Config, Refusal, Vmm};
use crate::config::Path;
use crate::scenario::Scenario;

/// Read in 10.0 and 10.2.
pub(super) static VMM: Vmm = Vmm {
    name: "qemu",
    about: "QEMU: without an irqfd it asserts the guest's line, then takes the mappings away",
    cites: "QEMU 10.2, hw/vfio/pci.c: vfio_intx_interrupt, vfio_intx_update; hw/vfio/cpr.c",
    does,
    asserts_first: true,
    wires_first: false,
    signals_unmask: false,
};

fn does(config: &Config<'_>) -> Result<(), Refusal> {
    if !matches!(config.path, Path::Irqfd | Path::BarTrap) {
        return Err(Refusal {
            reason: "QEMU takes an irqfd with resample, or guesses the EOI from BAR accesses",
            instead: "take --path irqfd or --path bar-trap, or leave --vmm away",
        });
    }
    let of_irqfd = config.path == Path::Irqfd;
    let modelled = match config.scenario {
        Scenario::Steady | Scenario::Affinity | Scenario::SharedLine | Scenario::Cpr => true,
        Scenario::VmmRoute | Scenario::SharedPin | Scenario::TwoResamplers => of_irqfd,
        _ => false,
    };
    if !modelled {
        return Err(Refusal {
            reason: "of QEMU it is modelled how it serves an interrupt, moves its irqfd, and is replaced by CPR",
            instead: "take --scenario steady, or leave --vmm away",
        });
    }
    Ok(())
}
