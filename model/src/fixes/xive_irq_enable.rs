//! D: the XIVE chip gets an `irq_enable` that pays the EOI which the driver owes.

use super::{Fix, only_xive};
use crate::irqchip::{Access, xive};
use crate::world::World;

/// Runs with DISABLED already clear. `saved_p`: a flow handler still runs and will EOI. `stale_p` or MASKED: nobody
/// will. Otherwise the flow handler that still runs sees the interrupt enabled.
fn xive_irq_enable(w: &mut World<'_>) {
    w.call("xive_irq_enable");
    if xive::take_saved(w) {
        w.read(Access::SetPq(2));
    } else if xive::stale(w) || w.irq().masked() {
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
