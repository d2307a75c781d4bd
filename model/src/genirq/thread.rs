//! The interrupt's thread: `irq_thread`, `irq_forced_thread_fn` and `irq_finalize_oneshot` of
//! kernel/irq/manage.c.

use super::manage::unmask_irq;
use crate::values::Thread;
use crate::vfio_pci;
use crate::world::World;

/// `irq_default_primary_handler` and `__irq_wake_thread`: a thread that runs already will run once
/// more.
pub(crate) fn wake(w: &mut World<'_>) {
    if w.irq().thread() == Thread::Asleep {
        w.irq_mut().set_thread(Thread::Woken);
    } else {
        w.irq_mut().set_thread_again(true);
    }
}

/// The thread runs the handler.
pub(crate) fn run(w: &mut World<'_>) -> Option<()> {
    let handled = vfio_pci::handler::vfio_intx_handler(w);
    w.irq_mut().set_thread(if handled {
        Thread::Signal
    } else {
        Thread::Finalize
    });
    Some(())
}

/// The handler signals, outside every lock, and returns: `irq_thread_fn` counts it
/// (in 6.12 and before, `irq_forced_thread_fn` does).
pub(crate) fn signal(w: &mut World<'_>) -> Option<()> {
    w.irq_mut().set_thread(Thread::Finalize);
    w.irq_mut().set_threads_handled(true);
    vfio_pci::handler::vfio_send_intx_eventfd(w);
    Some(())
}

/// `irq_finalize_oneshot`: unmasks unless the line is disabled or the thread has to run again. It
/// waits for the flow handler.
pub(crate) fn finalize(w: &mut World<'_>) -> Option<()> {
    if w.irq().thread_again() {
        w.irq_mut().set_thread_again(false);
        w.irq_mut().set_thread(Thread::Woken);
        return Some(());
    }
    w.irq_mut().set_thread(Thread::Asleep);
    if !w.irq().disabled() && w.irq().masked() {
        unmask_irq(w);
    }
    Some(())
}
