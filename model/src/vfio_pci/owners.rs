//! A line that two ask for: each step of `vfio_intx_enable`, its error path and
//! `vfio_intx_disable` that touches the line.
//!
//! The second one is another DisINTx- function on the line, set up by another VMM, or a host driver
//! that does not share the line. It has no guest here. Its own function never interrupts, and the
//! first one's does while a VMM has the line: the second's handler then disables the line, and its
//! VMM unmasks at any time. A driver gets the line only while the first function is quiet, since
//! nobody could serve that one's interrupts.
//!
//! A function with DisINTx shares its line and sets no flag for it, so that it is not in these
//! scenarios: two of them are in `shared-guest`.

use super::ioctl::{Progress, begin_enable, end_disable};
use crate::genirq::manage;
use crate::guard::require;
use crate::irqchip::LINE;
use crate::scenario::Scenario;
use crate::state::Half;
use crate::system::System;
use crate::values::Ownership;
use crate::world::World;

/// `request_irq` of `vfio_intx_enable` and what it does to the line before and after, in one step.
pub(super) fn request(w: &mut World<'_>, masked: bool) {
    flag(w);
    if asks(w, masked) == Ownership::Requested {
        finish(w, Ownership::Requested, masked);
    }
}

/// `vfio_intx_enable` sets `IRQ_DISABLE_UNLAZY`, whoever the line belongs to.
fn flag(w: &mut World<'_>) {
    if w.system.vfio_is_unlazy() && !w.system.vfio_is_unlazy_late() {
        w.irq_mut().set_unlazy(true);
    }
}

/// `request_irq` for a line without an action.
fn asks(w: &mut World<'_>, masked: bool) -> Ownership {
    let late = w.system.vfio_is_unlazy_late();
    manage::request_irq(w, late || masked && !w.system.device.pci_2_3());
    if late {
        Ownership::Requested
    } else {
        Ownership::Owns
    }
}

/// The last step of `vfio_intx_enable`, of its error path, or of `vfio_intx_disable`.
fn finish(w: &mut World<'_>, ownership: Ownership, masked: bool) -> Ownership {
    if ownership == Ownership::Requested {
        w.irq_mut().set_unlazy(true);
        if !masked {
            manage::enable_irq(w);
        }
        return Ownership::Owns;
    }
    // Whoever the line belongs to by now.
    if w.system.vfio_is_unlazy() && !w.system.vfio_is_unlazy_late() {
        w.irq_mut().set_unlazy(false);
    }
    Ownership::Away
}

/// `__setup_irq` of somebody who does not share the line, while the other one is this far with it. It
/// waits for `desc->request_mutex`, and returns -EBUSY without a change to the line.
fn is_refused(other: Ownership) -> Option<bool> {
    require(other != Ownership::Freeing)?;
    Some(other.has_action())
}

/// The next step of `vfio_intx_enable` of the function that is looked at.
pub(super) fn enable(w: &mut World<'_>) -> Option<Progress> {
    let masked = w.function().vfio_masked();
    let ownership = match w.function().own() {
        Ownership::Away => {
            begin_enable(w);
            flag(w);
            Ownership::Asking
        }
        Ownership::Asking if is_refused(w.irq().second())? => Ownership::Refused,
        Ownership::Asking => asks(w, masked),
        ownership => finish(w, ownership, masked),
    };
    w.function_mut().set_own(ownership);
    Some(match ownership {
        Ownership::Owns => Progress::Done,
        Ownership::Away => {
            end_disable(w);
            Progress::Refused
        }
        _ => Progress::Under,
    })
}

/// The next step of `vfio_intx_disable`, and whether it was the last one.
pub(super) fn disable(w: &mut World<'_>) -> Option<bool> {
    let ownership = match w.function().own() {
        Ownership::Owns => {
            manage::free_irq(w);
            Ownership::Freeing
        }
        Ownership::Freeing => {
            require(manage::synchronized(w))?;
            manage::freed(w);
            Ownership::Freed
        }
        Ownership::Freed => {
            end_disable(w);
            finish(w, Ownership::Freed, false)
        }
        ownership => ownership, // the line is not its own, and the ioctl returns -EINVAL
    };
    w.function_mut().set_own(ownership);
    Some(ownership == Ownership::Away)
}

/// The second one begins. A driver touches nothing before `request_irq`.
pub(crate) fn second_asks(w: &mut World<'_>) -> Option<()> {
    if !is_driver(w.system) {
        flag(w);
    }
    w.irq_mut().set_second(Ownership::Asking);
    Some(())
}

/// `request_irq` of the second one.
pub(crate) fn second_requests(w: &mut World<'_>) -> Option<()> {
    let refused = is_refused(w.function().own())?;
    let second = match (is_driver(w.system), refused) {
        (false, true) => Ownership::Refused,
        (false, false) => asks(w, false),
        (true, true) => Ownership::Away,
        (true, false) => {
            require(w.irq().pin() & LINE == 0)?;
            manage::request_irq(w, false);
            Ownership::Owns
        }
    };
    w.irq_mut().set_second(second);
    Some(())
}

/// The last step of the second one's set-up, error path, or teardown.
pub(crate) fn second_finishes(w: &mut World<'_>) -> Option<()> {
    let second = finish(w, w.irq().second(), false);
    w.irq_mut().set_second(second);
    Some(())
}

/// The second one's VMM unmasks.
pub(crate) fn second_unmasks(w: &mut World<'_>) -> Option<()> {
    manage::enable_irq(w);
    Some(())
}

/// `free_irq` of the second one, up to where it waits.
pub(crate) fn second_frees(w: &mut World<'_>) -> Option<()> {
    manage::free_irq(w);
    w.irq_mut().set_second(Ownership::Freeing);
    Some(())
}

/// `free_irq` of the second one returns.
pub(crate) fn second_is_synchronized(w: &mut World<'_>) -> Option<()> {
    require(manage::synchronized(w))?;
    manage::freed(w);
    let second = if is_driver(w.system) {
        Ownership::Away
    } else {
        Ownership::Freed
    };
    w.irq_mut().set_second(second);
    Some(())
}

/// The second one's handler, and whether it returns `IRQ_HANDLED`. Its own function has no cause;
/// vfio-pci cannot tell, and a driver can.
pub(super) fn second_handler(w: &mut World<'_>) -> bool {
    if is_driver(w.system) {
        return false;
    }
    w.call("vfio_intx_handler");
    manage::disable_irq_nosync(w);
    true
}

/// Whether the first function may get a cause: not while a driver has the line.
pub(crate) fn lets_the_first_interrupt(system: &System, half: Half) -> bool {
    !(is_driver(system) && half.second().has_handler())
}

fn is_driver(system: &System) -> bool {
    system.scenario == Scenario::SecondDriver
}
