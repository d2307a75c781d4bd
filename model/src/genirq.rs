//! genirq: one interrupt descriptor, its flow handlers, its thread.
//!
//! Everything here runs under `desc->lock` unless a comment says otherwise. `flow::in_progress`
//! is `IRQD_IRQ_INPROGRESS`, which the state does not store.

use crate::device::Device;
use crate::kernels::Kernel;

pub mod flow;
pub mod handlers;
pub mod manage;
pub mod resend;
pub mod spurious;
pub mod thread;

/// The line's action is threaded with `IRQF_ONESHOT`: by `threadirqs`
/// (`irq_setup_forced_threading`), or because the driver asked for it.
pub(crate) const fn oneshot(kernel: &Kernel, device: Device, threadirqs: bool) -> bool {
    threadirqs || (kernel.vfio_oneshot && !device.pci_2_3())
}
