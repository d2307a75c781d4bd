//! eventfds: a counter. A signal wakes all who poll it, and their callbacks run in the signaller's
//! own context (fs/eventfd.c, `eventfd_signal_mask`, 6.12).

use crate::cost::Metric;
use crate::irqfd;
use crate::vfio_pci;
use crate::world::World;

/// Somebody signals the trigger eventfd. KVM's irqfd consumes it at once; otherwise it stays
/// readable for the VMM.
pub(crate) fn signal_trigger(w: &mut World<'_>) {
    w.call("eventfd_signal_mask");
    w.operation(Metric::EventfdSignals, "trigger eventfd");
    if w.function().wired() {
        irqfd::irqfd_wakeup(w);
    } else {
        w.function_mut().set_trigger(true);
    }
}

/// KVM or the VMM signals the resample eventfd; vfio's unmask virqfd runs inside the signal.
pub(crate) fn signal_resample(w: &mut World<'_>) {
    w.call("eventfd_signal_mask");
    w.operation(Metric::EventfdSignals, "resample eventfd");
    vfio_pci::ioctl::unmask_virqfd(w);
}
