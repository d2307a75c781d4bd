//! A DisINTx+ function on the line of a DisINTx- one, opened by another VMM, which asks for INTx and
//! is refused.
//!
//! `request_irq` of the first owner is exclusive, so that the second one's gets -EBUSY for as long as
//! the first one has the line (`__setup_irq`). `vfio_pci_core_enable` has cleared the second one's
//! DisINTx when it was opened, `vfio_intx_enable` clears it before it asks, and its error path leaves
//! it so (6.12 and 7.3): the function can assert a line on which nobody handles it. The function is
//! quiet before it is opened. Its guest programs it by its BARs, and so gives it causes.

use crate::guard::require;
use crate::scenario::Scenario;
use crate::state::Half;
use crate::system::System;
use crate::values::Ownership;
use crate::wire;
use crate::world::World;

impl System {
    /// The line has a function that is refused.
    pub(crate) fn has_refused(&self) -> bool {
        self.scenario == Scenario::SecondRefused
    }
}

/// Clears the refused function's DisINTx. Nothing sets it again.
fn lets_assert(w: &mut World<'_>) {
    w.irq_mut().set_second_asserts(true);
    wire::settle(w);
}

/// `vfio_pci_core_enable`: the function is opened.
pub(crate) fn open(w: &mut World<'_>) -> Option<()> {
    require(!w.system.kernel.vfio_intx_closed)?;
    lets_assert(w);
    Some(())
}

/// `vfio_intx_enable` begins. Of the line it touches nothing.
pub(super) fn asks(w: &mut World<'_>) {
    if !w.system.kernel.vfio_intx_closed {
        lets_assert(w);
    }
    w.irq_mut().set_second(Ownership::Asking);
}

/// The error path of `vfio_intx_enable`.
pub(super) fn finishes(w: &mut World<'_>) {
    w.irq_mut().set_second(Ownership::Away);
}

/// The refused function gets a cause.
pub(crate) fn assert(w: &mut World<'_>) -> Option<()> {
    w.irq_mut().set_second_cause(true);
    wire::settle(w);
    Some(())
}

/// Its guest polls it, and the cause is gone.
pub(crate) fn withdraw(w: &mut World<'_>) -> Option<()> {
    w.irq_mut().set_second_cause(false);
    wire::settle(w);
    Some(())
}

/// The refused function drives the line.
pub(crate) const fn drives(line: Half) -> bool {
    line.second_cause() && line.second_asserts()
}
