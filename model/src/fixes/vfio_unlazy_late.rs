//! K: vfio-pci sets `IRQ_DISABLE_UNLAZY` on a line that it has got, and nobody but `free_irq` clears
//! it.
//!
//! The merged fix sets the flag before `request_irq` and clears it where that fails, and after
//! `free_irq`. At both moments the line may be somebody else's. `free_irq` clears the flag itself,
//! when the last action goes. The line is requested with `IRQF_NO_AUTOEN`, since an interrupt that
//! came before the flag is set would be disabled lazily.

use super::Fix;

/// The fix.
pub static FIX: Fix = Fix {
    name: "vfio-unlazy-late",
    letter: 'K',
    about: "vfio-pci sets IRQ_DISABLE_UNLAZY on a DisINTx- line that it has got, before enable_irq; only free_irq clears it",
    replaces: &[
        "vfio_intx_enable: irq_set_status_flags",
        "vfio_intx_enable: request_irq",
        "vfio_intx_disable",
    ],
    applies: |_, _| Ok(()),
    apply: |kernel, _| {
        kernel.vfio_unlazy = true;
        kernel.vfio_unlazy_late = true;
    },
};
