//! J: `vfio_intx_handler` does not disable a DisINTx- line that is masked already.
//!
//! Nobody has proposed it on a mailing list. The VMM's mask can come after the flow handler let go
//! of `desc->lock` and before the handler takes `irqlock`. The handler then disables a second time,
//! the one unmask enables once, and the line stays disabled with nobody left to enable it. The path
//! for PCI 2.3 devices tests `masked` first, and so does this fix.

use super::Fix;

/// The fix.
pub static FIX: Fix = Fix {
    name: "vfio-mask-once",
    letter: 'J',
    about: "vfio_intx_handler leaves a DisINTx- line alone that the VMM has masked meanwhile",
    replaces: &["vfio_intx_handler"],
    applies: |_, _| Ok(()),
    apply: |kernel, _| kernel.vfio_masks_once = true,
};
