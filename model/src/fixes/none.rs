//! A: nothing is fixed; `disable_irq_nosync` is lazy, as before v6.18.

use super::Fix;

/// Takes the merged fix out.
pub static FIX: Fix = Fix {
    name: "none",
    letter: 'A',
    about: "lazy, as before v6.18: takes the merged fix out of a kernel that has it",
    replaces: &[
        "vfio_intx_enable: irq_set_status_flags",
        "vfio_intx_disable",
    ],
    applies: |kernel, _| {
        if kernel.vfio_unlazy {
            Ok(())
        } else {
            Err("this kernel is lazy as it is")
        }
    },
    apply: |kernel, _| kernel.vfio_unlazy = false,
};
