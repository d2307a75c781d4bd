//! E: `irq_enable` unmasks the controller even where MASKED is not set.

use super::Fix;
use crate::world::World;

fn irq_enable(w: &mut World<'_>) {
    w.call("irq_enable");
    w.irq_mut().set_disabled(false);
    let unmask = w.system.chip.irq_enable.unwrap_or(w.system.chip.irq_unmask);
    unmask(w);
    w.irq_mut().set_masked(false);
}

/// The fix.
pub static FIX: Fix = Fix {
    name: "genirq-unmask-on-enable",
    letter: 'E',
    about: "irq_enable calls the chip's unmask even where MASKED is not set",
    replaces: &["irq_enable"],
    applies: |_, _| Ok(()),
    apply: |kernel, _| kernel.irq_enable = irq_enable,
};
