//! F: a chip flag, set by XIVE, that has the effect of `IRQ_DISABLE_UNLAZY` in `irq_disable`.

use super::{Fix, only_xive};

/// The fix.
pub static FIX: Fix = Fix {
    name: "chip-unlazy-flag",
    letter: 'F',
    about: "a chip flag, set by XIVE, that irq_disable consults as it does IRQ_DISABLE_UNLAZY",
    replaces: &["irq_disable"],
    applies: only_xive,
    apply: |_, chip| chip.unlazy = true,
};
