//! D: the XIVE chip gets an `irq_enable` that pays the EOI which the driver owes.

use super::{Fix, only_xive};
use crate::irqchip::xive;
use crate::world::World;

/// DISABLED is already clear. If `saved_p` is set, a flow handler still runs and will EOI the
/// source. If `stale_p` or MASKED is set, nobody will. Otherwise a flow handler still runs, and
/// will find the interrupt enabled.
fn xive_irq_enable(w: &mut World<'_>) {
    w.call("xive_irq_enable");
    if !xive::restore_saved_p(w) && (xive::is_stale(w) || w.irq().masked()) {
        xive::xive_do_source_eoi(w);
    }
}

/// The fix.
pub static FIX: Fix = Fix {
    name: "xive-irq-enable",
    letter: 'D',
    about: "the XIVE chip gets an irq_enable callback that EOIs the source if stale_p or MASKED",
    replaces: &["xive_irq_enable"],
    applies: only_xive,
    apply: |_, chip| chip.irq_enable = Some(xive_irq_enable),
};
