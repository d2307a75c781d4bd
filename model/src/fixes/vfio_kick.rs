//! H: unmasking a device without DisINTx signals the trigger once more.

use super::Fix;
use crate::vfio_pci::config::virq_disabled;
use crate::vfio_pci::ioctl;
use crate::world::World;

fn intx_unmask(w: &mut World<'_>) -> bool {
    let was_masked = w.function().is_intx() && w.function().vfio_masked() && !virq_disabled(w);
    let signals = ioctl::vfio_pci_intx_unmask_handler(w);
    signals || (was_masked && !w.system.device.pci_2_3())
}

/// The fix.
pub static FIX: Fix = Fix {
    name: "vfio-kick",
    letter: 'H',
    about: "the unmask of a DisINTx- device signals the trigger eventfd once more",
    replaces: &["vfio_pci_intx_unmask_handler"],
    applies: |_, _| Ok(()),
    apply: |kernel, _| kernel.intx_unmask = intx_unmask,
};
