//! The interrupt's thread: `irq_thread`, `irq_forced_thread_fn` and `irq_finalize_oneshot` of kernel/irq/manage.c.

use super::flow;
use super::manage::unmask_irq;
use super::spurious;
use crate::vfio_pci;
use crate::world::World;

/// The thread sleeps.
pub const NONE: u8 = 0;
/// Woken: the handler is next.
pub const WOKEN: u8 = 1;
/// The handler returned `IRQ_HANDLED` and has still to signal the trigger eventfd.
pub const SIGNAL: u8 = 2;
/// `irq_finalize_oneshot` is next.
pub const FINALIZE: u8 = 3;
/// Woken once more while it ran (`IRQTF_RUNTHREAD`).
pub const AGAIN: u8 = 4;

/// `irq_default_primary_handler` and `__irq_wake_thread`.
pub(crate) fn wake(w: &mut World<'_>) {
    let thread = w.irq().thread();
    w.irq_mut().set_thread(if thread == NONE { WOKEN } else { thread | AGAIN });
}

/// The thread runs the handler.
pub(crate) fn run(w: &mut World<'_>) -> Option<()> {
    let thread = w.irq().thread();
    (thread & !AGAIN == WOKEN).then_some(())?;
    let handled = vfio_pci::handler::vfio_intx_handler(w);
    spurious::note_interrupt(w, handled); // note_interrupt counts threads_handled one interrupt later
    w.irq_mut().set_thread((thread & AGAIN) | if handled { SIGNAL } else { FINALIZE });
    Some(())
}

/// The handler signals, outside every lock.
pub(crate) fn signal(w: &mut World<'_>) -> Option<()> {
    let thread = w.irq().thread();
    (thread & !AGAIN == SIGNAL).then_some(())?;
    w.irq_mut().set_thread((thread & AGAIN) | FINALIZE);
    vfio_pci::handler::vfio_send_intx_eventfd(w);
    Some(())
}

/// `irq_finalize_oneshot`: unmasks unless the line is disabled or the thread has to run again. It waits for the flow
/// handler.
pub(crate) fn finalize(w: &mut World<'_>) -> Option<()> {
    let thread = w.irq().thread();
    (thread & !AGAIN == FINALIZE && !flow::in_progress(w)).then_some(())?;
    if thread & AGAIN != 0 {
        w.irq_mut().set_thread(WOKEN);
        return Some(());
    }
    w.irq_mut().set_thread(NONE);
    if !w.irq().disabled() && w.irq().masked() {
        unmask_irq(w);
    }
    Some(())
}
