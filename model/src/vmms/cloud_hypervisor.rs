//! cloud-hypervisor, which does what `eoi-intx` does on the path `bar-guess`.
//!
//! INTx is an irqfd without a resample eventfd on the route of a message, for each entry of its
//! IO-APIC; a masked entry's irqfd is deassigned (vmm/src/interrupt.rs `update`). It unmasks the host
//! after each BAR access that it sees, and the BARs are mapped into the guest (pci/src/vfio.rs
//! `read_bar`, `write_bar`, `intx_in_use`), so that it need not see one.

use super::{Config, Refusal, Vmm};
use crate::config::Path;
use crate::scenario::Scenario;

/// Read at ae44c2971c83.
pub(super) static VMM: Vmm = Vmm {
    name: "cloud-hypervisor",
    about: "cloud-hypervisor: unmasks after BAR accesses, with the BARs mapped into the guest",
    cites: "cloud-hypervisor ae44c2971c83, pci/src/vfio.rs:read_bar, vmm/src/interrupt.rs:update",
    does,
    asserts_first: false,
    wires_first: false,
    signals_unmask: false,
};

fn does(config: &Config<'_>) -> Result<(), Refusal> {
    if config.path != Path::BarGuess {
        return Err(Refusal {
            reason: "cloud-hypervisor guesses the EOI from BAR accesses and leaves the BARs mapped",
            instead: "take --path bar-guess, or leave --vmm away",
        });
    }
    if !matches!(
        config.scenario,
        Scenario::Steady | Scenario::Affinity | Scenario::SharedLine
    ) {
        return Err(Refusal {
            reason: "of cloud-hypervisor it is modelled how it serves an interrupt",
            instead: "take --scenario steady, or leave --vmm away",
        });
    }
    Ok(())
}
