//! J: `vfio_intx_handler` does not disable a DisINTx- line that is masked already.
//!
//! Not from the mailing list. The VMM's mask can come between the flow handler's letting go of `desc->lock` and the
//! handler's taking `irqlock`. The handler then disables a second time, the one unmask enables once, and the line stays
//! disabled with nobody left to enable it. The path for PCI 2.3 devices tests `masked` first; so does this.

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
