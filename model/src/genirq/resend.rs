//! Resending an interrupt that was dropped while the line was disabled: kernel/irq/resend.c.

use crate::world::World;

/// `check_irq_resend(desc, false)` of mainline. Where the line's settings have `IRQ_LEVEL`
/// ([`crate::irqchip::Irqchip::irq_level`]) nothing is resent: the hardware is expected to present
/// the level again.
pub(crate) fn check_irq_resend(w: &mut World<'_>) {
    w.call("check_irq_resend");
    if w.system.chip.irq_level {
        w.irq_mut().set_pending(false);
    } else {
        resend_if_pending(w);
    }
}

/// The rest of `check_irq_resend`: `try_retrigger`, and where the chip does not, `irq_sw_resend`.
/// `IRQS_REPLAY` refuses nothing here: PENDING is set by a flow handler only, which clears it first.
pub(crate) fn resend_if_pending(w: &mut World<'_>) {
    if w.irq().pending() {
        w.irq_mut().set_pending(false);
        w.system.chip.irq_retrigger.unwrap_or(irq_sw_resend)(w);
    }
}

/// Schedules the tasklet that calls the flow handler again, where the kernel has it
/// (`CONFIG_HARDIRQS_SW_RESEND`).
fn irq_sw_resend(w: &mut World<'_>) {
    if w.system.chip.sw_resend.has(&w.system.kernel) {
        w.irq_mut().set_resend(true);
    }
}

/// The tasklet runs (`resend_irqs`).
pub(crate) fn taken(w: &mut World<'_>) {
    w.irq_mut().set_resend(false);
}
