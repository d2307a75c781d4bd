//! C: the XIVE driver EOIs the source of a disabled interrupt as well.

use super::{Fix, only_xive};
use crate::irqchip::xive;
use crate::world::World;

fn xive_irq_eoi(w: &mut World<'_>) {
    w.call("xive_irq_eoi");
    xive::xive_do_source_eoi(w);
    xive::finish_eoi(w);
}

/// The fix.
pub static FIX: Fix = Fix {
    name: "xive-eoi-always",
    letter: 'C',
    about: "xive_irq_eoi drops its test of DISABLED and always EOIs the source",
    replaces: &["xive_irq_eoi"],
    applies: only_xive,
    apply: |_, chip| chip.irq_eoi = Some(xive_irq_eoi),
};
