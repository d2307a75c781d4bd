//! In interrupt context: the handler, and the eventfd that it signals.

use super::config::virq_disabled;
use super::owners;
use crate::cost::Metric;
use crate::device;
use crate::eventfd;
use crate::genirq::{flow, manage, thread};
use crate::guard::require;
use crate::scenario::Scenario;
use crate::values::{IrqType, Stage};
use crate::wire;
use crate::world::World;

/// `vfio_intx_handler` under `irqlock`. It returns whether the kernel's function returns
/// `IRQ_HANDLED`.
pub(crate) fn vfio_intx_handler(w: &mut World<'_>) -> bool {
    if w.irq().second().has_handler() {
        return owners::second_handler(w);
    }
    w.call("vfio_intx_handler");
    let handled = if !w.system.device.pci_2_3() {
        let once = w.system.kernel.vfio_masks_once && w.function().vfio_masked();
        if !once {
            // 5.10 to 7.3 do not test `masked` here, although the VMM may have masked since the
            // flow handler let go of desc->lock.
            manage::disable_irq_nosync(w);
        }
        !once
    } else {
        !w.function().vfio_masked() && pci_check_and_mask_intx(w)
    };
    if handled {
        w.function_mut().set_vfio_masked(true);
    }
    handled
}

/// `pci_check_and_mask_intx`: one read of Command and Status; DisINTx is written only if
/// Status.Interrupt is set.
fn pci_check_and_mask_intx(w: &mut World<'_>) -> bool {
    w.operation(Metric::ConfigReads, "PCI_COMMAND, PCI_STATUS");
    let ours = device::status_interrupt(w);
    w.looks_at(ours.into());
    if ours {
        set_disintx(w, true);
    }
    ours
}

/// `pci_check_and_unmask_intx`. If Status.Interrupt is set it leaves DisINTx alone and returns
/// false.
pub(crate) fn pci_check_and_unmask_intx(w: &mut World<'_>) -> bool {
    w.operation(Metric::ConfigReads, "PCI_COMMAND, PCI_STATUS");
    let asserted = device::status_interrupt(w);
    w.looks_at(asserted.into());
    if asserted {
        return false;
    }
    set_disintx(w, false);
    true
}

/// Writes the physical DisINTx if it differs.
pub(crate) fn set_disintx(w: &mut World<'_>, on: bool) {
    if w.function().disintx() != on {
        w.operation(Metric::ConfigWrites, "PCI_COMMAND");
        w.function_mut().set_disintx(on);
        wire::settle(w);
    }
}

/// The stage in which the action of this function comes next.
fn action_stage(w: &World<'_>) -> Stage {
    if w.is_first_on_line() {
        Stage::Action
    } else {
        Stage::SecondAction
    }
}

/// The stage in which this function's handler has still to signal.
fn signal_stage(w: &World<'_>) -> Stage {
    if w.is_first_on_line() {
        Stage::Signal
    } else {
        Stage::SecondSignal
    }
}

/// The action of the flow handler: vfio-pci's handler, or its thread's wake-up.
pub(crate) fn action(w: &mut World<'_>) -> Option<()> {
    require(w.irq().flow() == action_stage(w))?;
    w.call("irq_handler_entry");
    if w.system.oneshot {
        thread::wake(w);
        w.call("irq_handler_exit handled");
        flow::actions_done(w);
        return Some(());
    }
    if vfio_intx_handler(w) {
        w.irq_mut().set_handled(true);
        let signal = signal_stage(w);
        w.irq_mut().set_flow(signal);
    } else {
        w.call("irq_handler_exit unhandled");
        next_action(w);
    }
    Some(())
}

/// [`action`] of the function on the line whose turn it is.
pub(crate) fn action_of_any(w: &mut World<'_>) -> Option<()> {
    if w.irq().flow() == Stage::SecondAction {
        w.as_second(action)
    } else {
        action(w)
    }
}

/// The handler signals after it let go of `irqlock`, and before the flow handler's end of
/// interrupt.
pub(crate) fn signal(w: &mut World<'_>) -> Option<()> {
    require(w.irq().flow() == signal_stage(w))?;
    vfio_send_intx_eventfd(w);
    w.call("irq_handler_exit handled");
    next_action(w);
    Some(())
}

fn next_action(w: &mut World<'_>) {
    let last = !w.is_first_on_line() || w.system.scenario != Scenario::SharedGuest;
    if !last {
        w.irq_mut().set_flow(Stage::SecondAction);
    } else if w.system.neighbour() {
        w.irq_mut().set_flow(Stage::Neighbour);
    } else {
        flow::actions_done(w);
    }
}

/// `vfio_send_intx_eventfd`: signals nothing while the guest has set DisINTx, the VMM has taken the
/// eventfd away, or INTx is being torn down. Another owner's eventfd is not looked at.
pub(crate) fn vfio_send_intx_eventfd(w: &mut World<'_>) {
    let is_own = !w.irq().second().has_handler();
    if is_own && w.function().irq_type() == IrqType::Intx && !virq_disabled(w) {
        eventfd::signal_trigger(w);
    }
}
