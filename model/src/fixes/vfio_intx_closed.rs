//! L: vfio-pci keeps DisINTx set while it has not got the line, so that a function that nobody handles
//! does not assert it.
//!
//! Nobody has proposed it on a mailing list. Mainline clears the bit when a device is opened
//! (`vfio_pci_core_enable`) and before it asks for the line (`vfio_intx_enable`), and leaves it clear
//! where `request_irq` fails, after `free_irq` (`vfio_intx_disable`), and where the guest clears its own
//! without INTx set up (`vfio_pci_intx_unmask_handler`).

use super::Fix;

/// The fix.
pub static FIX: Fix = Fix {
    name: "vfio-intx-closed",
    letter: 'L',
    about: "vfio-pci clears DisINTx of a DisINTx+ device once request_irq gave it the line, and sets it before free_irq",
    replaces: &[
        "vfio_pci_core_enable",
        "vfio_intx_enable: pci_intx",
        "vfio_intx_disable: pci_intx",
    ],
    applies: |_, _| Ok(()),
    apply: |kernel, _| kernel.vfio_intx_closed = true,
};
