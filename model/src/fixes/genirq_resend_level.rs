//! G: `check_irq_resend` resends a level interrupt that came while it was disabled.

use super::Fix;
use crate::genirq::resend::resend_if_pending;
use crate::world::World;

fn check_irq_resend(w: &mut World<'_>) {
    w.call("check_irq_resend");
    resend_if_pending(w);
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
