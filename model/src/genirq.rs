//! genirq: one interrupt descriptor, its flow handlers, its thread.
//!
//! Everything here runs under `desc->lock` unless a comment says otherwise. `flow::in_progress`
//! is `IRQD_IRQ_INPROGRESS`, which the state does not store.

use crate::device::Device;
use crate::irqchip::Irqchip;
use crate::kernels::Kernel;

pub mod flow;
pub mod handlers;
pub mod manage;
pub mod resend;
pub mod spurious;
pub mod thread;

/// `irq_settings_disable_unlazy`, as vfio-pci (or a candidate fix) has set it for this line.
pub(crate) const fn unlazy(kernel: &Kernel, chip: &Irqchip, device: Device) -> bool {
    (kernel.vfio_unlazy && !device.pci_2_3()) || chip.unlazy
}

/// The line's action is threaded with `IRQF_ONESHOT`: by `threadirqs`
/// (`irq_setup_forced_threading`), or because the driver asked for it.
pub(crate) const fn oneshot(kernel: &Kernel, device: Device, threadirqs: bool) -> bool {
    threadirqs || (kernel.vfio_oneshot && !device.pci_2_3())
}
