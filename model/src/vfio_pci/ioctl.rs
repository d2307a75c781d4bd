//! In process context: mask, unmask, set up and tear down, each under `igate`.

use super::config::virq_disabled;
use super::handler::{pci_check_and_unmask_intx, set_disintx, vfio_send_intx_eventfd};
use super::owners;
use crate::genirq::manage;
use crate::guard::require;
use crate::values::IrqType;
use crate::world::World;

/// `vfio_pci_intx_mask`
pub(crate) fn vfio_pci_intx_mask(w: &mut World<'_>) {
    w.call("vfio_pci_intx_mask");
    if !w.function().is_intx() {
        if w.system.device.pci_2_3() {
            set_disintx(w, true);
        }
    } else if !w.function().vfio_masked() {
        if w.system.device.pci_2_3() {
            set_disintx(w, true);
        } else {
            manage::disable_irq_nosync(w);
        }
        w.function_mut().set_vfio_masked(true);
    }
}

/// `vfio_pci_intx_unmask_handler` of mainline. It returns whether the trigger has to be signalled
/// again: a device with Status.Interrupt set would interrupt at once, so that it stays masked.
pub(crate) fn vfio_pci_intx_unmask_handler(w: &mut World<'_>) -> bool {
    w.call("vfio_pci_intx_unmask_handler");
    if !w.function().is_intx() {
        if w.system.device.pci_2_3() {
            set_disintx(w, false);
        }
        return false;
    }
    if !w.function().vfio_masked() || virq_disabled(w) {
        return false;
    }
    if w.system.device.pci_2_3() && !pci_check_and_unmask_intx(w) {
        return true;
    }
    if !w.system.device.pci_2_3() {
        manage::enable_irq(w);
    }
    w.function_mut().set_vfio_masked(false);
    false
}

/// `vfio_pci_intx_unmask`: for the ioctl, and for a guest that clears DisINTx. It signals after it
/// let go of `irqlock`.
pub(crate) fn vfio_pci_intx_unmask(w: &mut World<'_>) {
    if (w.system.kernel.intx_unmask)(w) {
        w.function_mut().set_resignal(true);
    }
}

/// The rest of `vfio_pci_intx_unmask`.
pub(crate) fn resignal(w: &mut World<'_>) -> Option<()> {
    w.function_mut().set_resignal(false);
    vfio_send_intx_eventfd(w);
    Some(())
}

/// The unmask eventfd's handler. It runs in the signaller's context (`virqfd_wakeup`, interrupts
/// off, no `igate`), where it may not signal an eventfd, and schedules a work item instead.
pub(crate) fn unmask_virqfd(w: &mut World<'_>) {
    if (w.system.kernel.intx_unmask)(w) {
        w.function_mut().set_vfio_work(true);
    }
}

/// `virqfd_inject`: the work item.
pub(crate) fn virqfd_inject(w: &mut World<'_>) -> Option<()> {
    w.function_mut().set_vfio_work(false);
    vfio_send_intx_eventfd(w);
    Some(())
}

/// How far an ioctl has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// More steps follow.
    Under,
    /// It has returned 0.
    Done,
    /// It has returned -EBUSY.
    Refused,
}

/// `vfio_intx_enable`: `masked` starts with the value of the guest's DisINTx. The interrupt can
/// come before `request_irq` returns. It is one step where nobody else asks for the line.
pub(crate) fn vfio_intx_enable(w: &mut World<'_>) -> Option<Progress> {
    if w.system.has_second() {
        return owners::enable(w);
    }
    let masked = begin_enable(w);
    if w.system.device.pci_2_3() {
        set_disintx(w, masked);
    }
    owners::request(w, masked);
    Some(Progress::Done)
}

/// `vfio_intx_enable` sets `masked` and `irq_type`, before it touches device or line. It returns
/// `masked`.
pub(crate) fn begin_enable(w: &mut World<'_>) -> bool {
    let masked = virq_disabled(w);
    w.function_mut().set_irq_type(IrqType::Intx);
    w.function_mut().set_vfio_masked(masked);
    masked
}

/// `vfio_intx_set_signal(NULL)` in its two pieces: it takes the eventfd away, and returns when no
/// handler and no work item can still hold it. Returns whether it is done.
pub(crate) fn detach_trigger(w: &mut World<'_>) -> Option<bool> {
    if w.function().irq_type() == IrqType::Intx {
        w.function_mut().set_irq_type(IrqType::IntxNoTrigger);
        return Some(false);
    }
    require(manage::synchronized(w))?;
    Some(true)
}

/// `vfio_intx_set_signal` with an eventfd, where there was none.
pub(crate) fn attach_trigger(w: &mut World<'_>) {
    w.function_mut().set_irq_type(IrqType::Intx);
}

/// `vfio_intx_disable` in its two pieces: `free_irq` shuts the line down and waits for the handler,
/// and then the context is freed. Returns whether it is done.
pub(crate) fn vfio_intx_disable(w: &mut World<'_>) -> Option<bool> {
    if w.system.has_second() {
        return owners::disable(w);
    }
    if w.irq().started() {
        manage::free_irq(w);
        return Some(false);
    }
    require(manage::synchronized(w))?;
    manage::freed(w);
    end_disable(w);
    Some(true)
}

/// The end of `vfio_intx_disable`: the context is freed.
pub(crate) fn end_disable(w: &mut World<'_>) {
    w.function_mut().set_irq_type(IrqType::None);
    w.function_mut().set_vfio_masked(false);
    if w.system.kernel.vfio_intx_closed && w.system.device.pci_2_3() {
        set_disintx(w, true);
    }
}
