//! L: vfio-pci keeps DisINTx set while INTx is not set up, so that a function that nobody handles does
//! not assert its line.
//!
//! Nobody has proposed it on a mailing list. Mainline clears the bit when a device is opened
//! (`vfio_pci_core_enable`), and leaves it clear where `request_irq` fails (`vfio_intx_enable`), after
//! `free_irq` (`vfio_intx_disable`), and where the guest clears its own without INTx set up
//! (`vfio_pci_intx_unmask_handler`).

use super::Fix;

/// The fix.
pub static FIX: Fix = Fix {
    name: "vfio-intx-closed",
    letter: 'L',
    about: "vfio-pci sets DisINTx of a DisINTx+ device when it is opened, when INTx is refused, and when INTx is torn down",
    replaces: &[
        "vfio_pci_core_enable",
        "vfio_intx_enable: error path",
        "vfio_intx_disable: DisINTx",
    ],
    applies: |_, _| Ok(()),
    apply: |kernel, _| kernel.vfio_intx_closed = true,
};
