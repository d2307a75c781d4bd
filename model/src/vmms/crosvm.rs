//! crosvm.
//!
//! With KVM's irqchip a device's level events are an irqfd with resample from its registration on,
//! before INTx is set up (devices/src/irqchip/kvm/mod.rs `register_level_irq_event`,
//! devices/src/pci/vfio_pci.rs `enable_intx`). With its split irqchip `end_of_interrupt` of
//! devices/src/irqchip/ioapic.rs lowers the pin, signals the resample event of each device on it, and
//! clears Remote IRR then; the event is vfio-pci's unmask eventfd, so that no ioctl unmasks.

use super::{Config, Refusal, Vmm};
use crate::config::Path;
use crate::scenario::Scenario;

/// Read at f1e797a68dad.
pub(super) static VMM: Vmm = Vmm {
    name: "crosvm",
    about: "crosvm: registers its irqfd before it sets INTx up, and unmasks by eventfd on every path",
    cites: "crosvm f1e797a68dad, devices/src/pci/vfio_pci.rs:enable_intx, devices/src/irqchip/ioapic.rs:end_of_interrupt",
    does,
    asserts_first: false,
    wires_first: true,
    signals_unmask: true,
};

fn does(config: &Config<'_>) -> Result<(), Refusal> {
    if !matches!(config.path, Path::Irqfd | Path::Vmm) {
        return Err(Refusal {
            reason: "crosvm hears of the EOI, by KVM's resampler or by its own controller",
            instead: "take --path irqfd or --path vmm, or leave --vmm away",
        });
    }
    let modelled = matches!(
        config.scenario,
        Scenario::Steady
            | Scenario::Startup
            | Scenario::Affinity
            | Scenario::SharedLine
            | Scenario::TwoResamplers
    );
    if !modelled || config.edge {
        return Err(Refusal {
            reason: "of crosvm it is modelled how it sets INTx up and serves an interrupt of a level pin",
            instead: "take --scenario steady or startup, or leave --vmm away",
        });
    }
    Ok(())
}
