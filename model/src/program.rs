//! A program that uses vfio-pci's ABI with no guest behind it: the lab's, and whoever made a recording.
//!
//! It waits for the trigger, clears causes, masks and unmasks, sets up and tears down, all whenever it likes.

use crate::config::Path;
use crate::device;
use crate::vfio_pci::ioctl;
use crate::world::World;

/// The program may call: it exists, and no other ioctl is half done (`igate`).
fn free(w: &World<'_>) -> Option<()> {
    (w.system.path == Path::Program && !w.function().resignal() && w.function().is_intx() == w.irq().started())
        .then_some(())
}

/// Sets INTx up.
pub(crate) fn enable(w: &mut World<'_>) -> Option<()> {
    free(w)?;
    (!w.function().is_intx()).then_some(())?;
    ioctl::vfio_intx_enable(w);
    Some(())
}

/// Tears INTx down; `free_irq` and the rest are two steps.
pub(crate) fn disable(w: &mut World<'_>) -> Option<()> {
    (w.system.path == Path::Program && w.function().is_intx() && !w.function().resignal()).then_some(())?;
    ioctl::vfio_intx_disable(w).map(|_| ())
}

/// Masks by ioctl.
pub(crate) fn mask(w: &mut World<'_>) -> Option<()> {
    free(w)?;
    w.function().is_intx().then_some(())?;
    ioctl::vfio_pci_intx_mask(w);
    Some(())
}

/// Unmasks by ioctl.
pub(crate) fn unmask(w: &mut World<'_>) -> Option<()> {
    free(w)?;
    w.function().is_intx().then_some(())?;
    ioctl::vfio_pci_intx_unmask(w);
    Some(())
}

/// Unmasks through the unmask eventfd: `eventfd_write` wakes the virqfd without `eventfd_signal_mask`.
pub(crate) fn unmask_eventfd(w: &mut World<'_>) -> Option<()> {
    free(w)?;
    w.function().is_intx().then_some(())?;
    ioctl::unmask_virqfd(w);
    Some(())
}

/// Reads the trigger eventfd.
pub(crate) fn wait(w: &mut World<'_>) -> Option<()> {
    (w.system.path == Path::Program && w.function().trigger()).then_some(())?;
    w.function_mut().set_trigger(false);
    Some(())
}

/// Clears every cause at the device.
pub(crate) fn clear(w: &mut World<'_>) -> Option<()> {
    (w.system.path == Path::Program && w.function().causes() != 0).then_some(())?;
    device::clear(w, 3);
    Some(())
}
