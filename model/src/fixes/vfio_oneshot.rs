//! I: the handler of a device without DisINTx is a thread with `IRQF_ONESHOT`.

use super::Fix;

/// The fix.
pub static FIX: Fix = Fix {
    name: "vfio-oneshot",
    letter: 'I',
    about: "vfio-pci requests the line of a DisINTx- device with a thread and IRQF_ONESHOT",
    replaces: &["vfio_intx_enable: request_irq"],
    applies: |_, _| Ok(()),
    apply: |kernel, _| kernel.vfio_oneshot = true,
};
