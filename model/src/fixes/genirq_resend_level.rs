//! G: `check_irq_resend` resends a level interrupt that came while it was disabled.

use super::Fix;
use crate::genirq::resend::irq_sw_resend;
use crate::world::World;

fn check_irq_resend(w: &mut World<'_>) {
    w.call("check_irq_resend");
    if w.irq().pending() {
        w.irq_mut().set_pending(false);
        w.system.chip.irq_retrigger.unwrap_or(irq_sw_resend)(w);
    }
}

/// The fix.
pub static FIX: Fix = Fix {
    name: "genirq-resend-level",
    letter: 'G',
    about: "check_irq_resend resends a level interrupt when PENDING",
    replaces: &["check_irq_resend"],
    applies: |_, _| Ok(()),
    apply: |kernel, _| kernel.check_irq_resend = check_irq_resend,
};
