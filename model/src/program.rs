//! A program that uses vfio-pci's ABI and has no guest: the lab's, or the one of a recorded trace.
//!
//! It may at any time wait for the trigger, clear causes, mask and unmask, set up and tear down.

use crate::device;
use crate::vfio_pci::ioctl::{self, Progress};
use crate::world::World;

/// Sets INTx up, or is refused.
pub(crate) fn enable(w: &mut World<'_>) -> Option<()> {
    while ioctl::vfio_intx_enable(w)? == Progress::Under {}
    Some(())
}

/// Tears INTx down; `free_irq` and the rest are two steps.
pub(crate) fn disable(w: &mut World<'_>) -> Option<()> {
    ioctl::vfio_intx_disable(w).map(|_| ())
}

/// Masks by ioctl.
pub(crate) fn mask(w: &mut World<'_>) -> Option<()> {
    ioctl::vfio_pci_intx_mask(w);
    Some(())
}

/// Unmasks by ioctl.
pub(crate) fn unmask(w: &mut World<'_>) -> Option<()> {
    ioctl::vfio_pci_intx_unmask(w);
    Some(())
}

/// Unmasks through the unmask eventfd: `eventfd_write` wakes the virqfd without
/// `eventfd_signal_mask`.
pub(crate) fn unmask_eventfd(w: &mut World<'_>) -> Option<()> {
    ioctl::unmask_virqfd(w);
    Some(())
}

/// Reads the trigger eventfd.
pub(crate) fn wait(w: &mut World<'_>) -> Option<()> {
    w.function_mut().set_trigger(false);
    Some(())
}

/// Clears every cause at the device.
pub(crate) fn clear(w: &mut World<'_>) -> Option<()> {
    device::clear(w, 3);
    Some(())
}
