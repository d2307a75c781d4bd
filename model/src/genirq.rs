//! genirq: one interrupt descriptor, its flow handlers, its thread.
//!
//! Everything here runs under `desc->lock` unless a comment says otherwise. `IRQD_IRQ_INPROGRESS` is not stored: it is
//! "a flow handler has let go of the lock to run the actions" ([`flow`]).

use crate::system::World;

pub mod flow;
pub mod manage;
pub mod resend;
pub mod spurious;
pub mod thread;

/// `irq_settings_disable_unlazy`, as vfio-pci (or a candidate fix) has set it for this line.
pub(crate) fn unlazy(w: &World<'_>) -> bool {
    (w.sys.kernel.vfio_unlazy && !w.sys.device.pci_2_3()) || w.sys.chip.unlazy
}

/// The line's action is threaded with `IRQF_ONESHOT`: by `threadirqs` (`irq_setup_forced_threading`), or because the
/// driver asked for it.
pub(crate) fn oneshot(w: &World<'_>) -> bool {
    w.sys.threadirqs || (w.sys.kernel.vfio_oneshot && !w.sys.device.pci_2_3())
}
