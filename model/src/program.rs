//! A program that uses vfio-pci's ABI and has no guest: the lab's, or the one of a recorded trace.
//!
//! It may at any time wait for the trigger, clear causes, mask and unmask, set up and tear down.

use crate::config::Path;
use crate::device;
use crate::guard::require;
use crate::vfio_pci::ioctl;
use crate::world::World;

/// The program may call: it exists, and no other ioctl is half done (`igate`).
fn free(w: &World<'_>) -> Option<()> {
    require(
        w.system.path == Path::Program
            && !w.function().resignal()
            && w.function().is_intx() == w.irq().started(),
    )
}

/// Sets INTx up.
pub(crate) fn enable(w: &mut World<'_>) -> Option<()> {
    free(w)?;
    require(!w.function().is_intx())?;
    ioctl::vfio_intx_enable(w);
    Some(())
}

/// Tears INTx down; `free_irq` and the rest are two steps.
pub(crate) fn disable(w: &mut World<'_>) -> Option<()> {
    require(w.system.path == Path::Program && w.function().is_intx() && !w.function().resignal())?;
    ioctl::vfio_intx_disable(w).map(|_| ())
}

/// Masks by ioctl.
pub(crate) fn mask(w: &mut World<'_>) -> Option<()> {
    free(w)?;
    require(w.function().is_intx())?;
    ioctl::vfio_pci_intx_mask(w);
    Some(())
}

/// Unmasks by ioctl.
pub(crate) fn unmask(w: &mut World<'_>) -> Option<()> {
    free(w)?;
    require(w.function().is_intx())?;
    ioctl::vfio_pci_intx_unmask(w);
    Some(())
}

/// Unmasks through the unmask eventfd: `eventfd_write` wakes the virqfd without
/// `eventfd_signal_mask`.
pub(crate) fn unmask_eventfd(w: &mut World<'_>) -> Option<()> {
    free(w)?;
    require(w.function().is_intx())?;
    ioctl::unmask_virqfd(w);
    Some(())
}

/// Reads the trigger eventfd.
pub(crate) fn wait(w: &mut World<'_>) -> Option<()> {
    require(w.system.path == Path::Program && w.function().trigger())?;
    w.function_mut().set_trigger(false);
    Some(())
}

/// Clears every cause at the device.
pub(crate) fn clear(w: &mut World<'_>) -> Option<()> {
    require(w.system.path == Path::Program && w.function().causes() != 0)?;
    device::clear(w, 3);
    Some(())
}
