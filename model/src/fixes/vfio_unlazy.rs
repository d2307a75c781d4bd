//! B, merged: vfio-pci sets `IRQ_DISABLE_UNLAZY` for devices without DisINTx (8b9f128947dd, v6.18).

use super::Fix;

/// The fix.
pub static FIX: Fix = Fix {
    name: "vfio-unlazy",
    letter: 'B',
    about: "merged in v6.18: IRQ_DISABLE_UNLAZY for DisINTx- devices, so that disable_irq_nosync masks at once",
    replaces: &[
        "vfio_intx_enable: irq_set_status_flags",
        "vfio_intx_disable",
    ],
    applies: |kernel, _| {
        if kernel.vfio_unlazy {
            Err("this kernel has it already")
        } else {
            Ok(())
        }
    },
    apply: |kernel, _| kernel.vfio_unlazy = true,
};
