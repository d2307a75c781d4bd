//! The spurious-interrupt detector: kernel/irq/spurious.c.
//!
//! The kernel gives a line up when 99,900 of 100,000 interrupts went unhandled, each within a tenth of a second of the
//! one before. That many in a row happen only while nobody else gets to act. So the count here saturates at
//! [`LIMIT`], and whatever anybody but the host's interrupt context does sets it back
//! ([`crate::system::System::step`]): a line is given up exactly where the host alone can go round for ever.

use super::{flow, manage, oneshot};
use crate::irqchip::LINE;
use crate::vfio_pci::handler;
use crate::world::World;

/// Unhandled interrupts in a row, with nothing else happening, that stand for the kernel's 99,900; the next one is too
/// many, if the line is still up.
pub const LIMIT: u8 = 2;
/// `IRQS_SPURIOUS_DISABLED`: given up, until the next `request_irq`.
pub const GIVEN_UP: u8 = 3;

/// `note_interrupt`
pub(crate) fn note_interrupt(w: &mut World<'_>, handled: bool) {
    let unhandled = w.irq().unhandled();
    if unhandled != GIVEN_UP {
        w.irq_mut().set_unhandled(if handled { 0 } else { (unhandled + 1).min(LIMIT) });
    }
}

/// Somebody else acted: whatever was counted is history.
pub(crate) fn forget(w: &mut World<'_>) {
    if w.irq().unhandled() != GIVEN_UP {
        w.irq_mut().set_unhandled(0);
    }
}

/// "irq %d: nobody cared": the last action returns, and `note_interrupt` has had enough. The line is disabled for good.
/// The poll that the kernel then makes ten times a second is left out: the line counts as dead.
pub(crate) fn nobody_cared(w: &mut World<'_>) -> Option<()> {
    let goes_on = w.irq().pin() & LINE != 0; // what a controller has queued ends by itself
    (w.irq().unhandled() == LIMIT && goes_on).then_some(())?;
    match w.irq().flow() {
        flow::NEIGHBOUR => flow::neighbour_handler(w)?,
        _ => handler::action_of_any(w)?,
    }
    (w.irq().flow() == flow::EXIT && (oneshot(w) || !w.irq().handled())).then_some(())?;
    w.irq_mut().set_unhandled(GIVEN_UP);
    manage::disable_spurious(w);
    Some(())
}
