//! The wire: the functions on one line make one level together, and the controller's pin sees it.

use crate::device;
use crate::irqchip::{Access, LINE};
use crate::vfio_pci::refused;
use crate::world::World;

/// Whether anything on the line is asserted: its functions, the host driver's function
/// beside them, or one that was refused (wired OR).
pub(crate) fn level(w: &World<'_>) -> bool {
    w.on_line()
        .any(|half| device::asserted(w.system.device, half))
        || w.irq().neighbour()
        || refused::drives(w.irq())
}

/// Shows the level to the controller if it has changed. The wire has no delay of its own.
pub(crate) fn settle(w: &mut World<'_>) {
    let level = level(w);
    if (w.irq().pin() & LINE != 0) != level {
        w.chip(Access::Line(level));
    }
}

/// The host driver's function on the same line gets a cause.
pub(crate) fn neighbour_assert(w: &mut World<'_>) -> Option<()> {
    w.irq_mut().set_neighbour(true);
    settle(w);
    Some(())
}
