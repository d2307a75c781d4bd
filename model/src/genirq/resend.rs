//! Resending an interrupt that was dropped while the line was disabled: kernel/irq/resend.c.

use crate::world::World;

/// `check_irq_resend(desc, false)` of mainline. The line's settings have `IRQ_LEVEL`, so that
/// nothing is resent: the hardware is expected to present the level again.
pub(crate) fn check_irq_resend(w: &mut World<'_>) {
    w.call("check_irq_resend");
    w.irq_mut().set_pending(false);
}

/// Schedules the tasklet that calls the flow handler again (`irq_sw_resend`).
pub(crate) fn irq_sw_resend(w: &mut World<'_>) {
    w.irq_mut().set_resend(true);
}

/// The tasklet runs (`resend_irqs`).
pub(crate) fn taken(w: &mut World<'_>) {
    w.irq_mut().set_resend(false);
}
