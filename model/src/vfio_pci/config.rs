//! The guest's DisINTx: vfio-pci traps config writes and virtualises Command bit 10
//! (`vfio_basic_config_write`).

use super::ioctl::{vfio_pci_intx_mask, vfio_pci_intx_unmask};
use crate::cost::Metric;
use crate::scenario::Scenario;
use crate::world::World;

/// `vfio_pci_core_device::virq_disabled`: false where the VMM keeps the guest's DisINTx to itself.
pub(crate) fn virq_disabled(w: &World<'_>) -> bool {
    w.function().virq_disabled() && w.system.scenario != Scenario::OwnDisintx
}

/// The guest sets DisINTx: first `virq_disabled`, outside `irqlock`. [`finish`] masks.
pub(crate) fn set(w: &mut World<'_>) {
    w.function_mut().set_virq_disabled(true);
}

/// The guest clears DisINTx.
pub(crate) fn clear(w: &mut World<'_>) {
    w.function_mut().set_virq_disabled(false);
}

/// The second half of the write, under `irqlock`.
pub(crate) fn finish(w: &mut World<'_>) {
    w.operation(Metric::ConfigWrites, "PCI_COMMAND, emulated");
    if w.function().virq_disabled() {
        vfio_pci_intx_mask(w);
    } else {
        vfio_pci_intx_unmask(w);
    }
}
