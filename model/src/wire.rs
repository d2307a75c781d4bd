//! The wire: the level that the functions on one line make together, shown to the controller's pin.

use crate::device;
use crate::irqchip::{Access, LINE};
use crate::system::World;

/// Whether anything on the line is asserted: its functions, or the host driver's function beside them (wired OR).
pub(crate) fn level(w: &World<'_>) -> bool {
    let on_line = |&function: &usize| w.sys.scenario.line_of(function) == w.line;
    let mut functions = (0..w.sys.scenario.functions()).filter(on_line);
    functions.any(|function| device::asserted(w.sys.device, w.s[function])) || w.irq().neighbour()
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
    (w.sys.neighbour() && !w.irq().neighbour()).then_some(())?;
    w.irq_mut().set_neighbour(true);
    w.settle();
    Some(())
}
