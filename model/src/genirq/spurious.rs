//! The spurious-interrupt detector: kernel/irq/spurious.c.
//!
//! The kernel gives a line up when 99,900 of 100,000 interrupts went unhandled, each within a tenth
//! of a second of the one before. So many in a row happen only while nobody else gets to act. The
//! count here therefore stops at [`Unhandled::Limit`], and every step that is neither of the host's
//! interrupt context nor of the interrupt's thread sets it back ([`crate::world`]): a line is given
//! up exactly where the host alone can go round for ever.

use super::{flow, manage};
use crate::guard::require;
use crate::state::Half;
use crate::system::System;
use crate::values::{Stage, Unhandled};
use crate::vfio_pci::handler;
use crate::world::World;

/// `note_interrupt` of an interrupt whose outcome is known.
pub(crate) fn note_interrupt(w: &mut World<'_>, handled: bool) {
    let unhandled = match w.irq().unhandled() {
        Unhandled::GivenUp => Unhandled::GivenUp,
        _ if handled => Unhandled::None,
        Unhandled::None => Unhandled::One,
        Unhandled::One | Unhandled::Limit => Unhandled::Limit,
    };
    w.irq_mut().set_unhandled(unhandled);
}

/// `note_interrupt(IRQ_WAKE_THREAD)`: the outcome is the thread's, so that this interrupt only says
/// whether a thread has handled anything since the one before (5.10 to 7.3).
pub(crate) fn note_woken(w: &mut World<'_>) {
    if !w.irq().deferred() {
        w.irq_mut().set_deferred(true);
        return;
    }
    let handled = w.irq().threads_handled();
    w.irq_mut().set_threads_handled(false);
    note_interrupt(w, handled);
}

/// With a thread, the interrupt before this one is known to be unhandled.
pub(crate) fn thread_failed(system: &System, half: Half) -> bool {
    !system.oneshot || half.deferred() && !half.threads_handled()
}

/// Somebody else acted, so that the interrupts before do not follow each other fast enough to
/// count. The kernel keeps SPURIOUS_DEFERRED then. Here it goes with the count, so that the outcome of
/// a thread is asked for between two interrupts of the same run only: two that stand for 99,900 must
/// not be those that a controller had queued.
pub(crate) fn forget(w: &mut World<'_>) {
    w.irq_mut().set_deferred(false);
    if w.irq().unhandled() != Unhandled::GivenUp {
        w.irq_mut().set_unhandled(Unhandled::None);
    }
}

/// An action runs that may be the last one of an unhandled interrupt too many.
pub(crate) fn may_be_given_up(_: &System, half: Half) -> bool {
    let action = matches!(
        half.flow(),
        Stage::Neighbour | Stage::Action | Stage::SecondAction
    );
    action && half.unhandled() == Unhandled::Limit
}

/// "irq %d: nobody cared": the last action returns, and `note_interrupt` disables the line for
/// good. The poll that the kernel then makes ten times a second is left out: the line counts as
/// dead.
pub(crate) fn nobody_cared(w: &mut World<'_>) -> Option<()> {
    require(thread_failed(w.system, w.irq()))?;
    match w.irq().flow() {
        Stage::Neighbour => flow::neighbour_handler(w)?,
        _ => handler::action_of_any(w)?,
    }
    let was_last = w.irq().flow() == Stage::Exit;
    require(was_last && (w.system.oneshot || !w.irq().handled()))?;
    w.irq_mut().set_unhandled(Unhandled::GivenUp);
    manage::disable_spurious(w);
    Some(())
}
