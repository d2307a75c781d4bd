//! In interrupt context: the handler, and the eventfd that it signals.

use super::config::virq_disabled;
use crate::cost::Metric;
use crate::device;
use crate::eventfd;
use crate::genirq::{flow, manage, oneshot, thread};
use crate::scenario::Scenario;
use crate::state::Half;
use crate::wire;
use crate::world::World;

/// `vfio_intx_handler` under `irqlock`; whether it returns `IRQ_HANDLED`.
pub(crate) fn vfio_intx_handler(w: &mut World<'_>) -> bool {
    w.call("vfio_intx_handler");
    let handled = if !w.system.device.pci_2_3() {
        let once = w.system.kernel.vfio_masks_once && w.function().vfio_masked();
        if !once {
            manage::disable_irq_nosync(w); // even if the VMM has masked since the flow handler let go of desc->lock
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

/// `pci_check_and_mask_intx`: one read of Command and Status; DisINTx is written only if Status.Interrupt is set.
fn pci_check_and_mask_intx(w: &mut World<'_>) -> bool {
    w.count(Metric::ConfigReads);
    let ours = device::status_interrupt(w);
    if ours {
        set_disintx(w, true);
    }
    ours
}

/// `pci_check_and_unmask_intx`: false if Status.Interrupt is set, and DisINTx is left alone then.
pub(crate) fn pci_check_and_unmask_intx(w: &mut World<'_>) -> bool {
    w.count(Metric::ConfigReads);
    if device::status_interrupt(w) {
        return false;
    }
    set_disintx(w, false);
    true
}

/// Writes the physical DisINTx if it differs.
pub(crate) fn set_disintx(w: &mut World<'_>, on: bool) {
    if w.function().disintx() != on {
        w.count(Metric::ConfigWrites);
        w.function_mut().set_disintx(on);
        wire::settle(w);
    }
}

/// A stage of the flow handler, for this function among those on its line.
fn stage(w: &World<'_>, stage: u8) -> u8 {
    if w.is_first_on_line() { stage } else { stage + flow::SECOND }
}

/// The action of the flow handler: vfio-pci's handler, or its thread's wake-up.
pub(crate) fn action(w: &mut World<'_>) -> Option<()> {
    (w.irq().flow() == stage(w, flow::VFIO)).then_some(())?;
    w.call("irq_handler_entry");
    if oneshot(w) {
        thread::wake(w);
        w.call("irq_handler_exit handled");
        flow::actions_done(w);
        return Some(());
    }
    if vfio_intx_handler(w) {
        w.irq_mut().set_handled(true);
        let signal = stage(w, flow::SIGNAL);
        w.irq_mut().set_flow(signal);
    } else {
        w.call("irq_handler_exit unhandled");
        next_action(w);
    }
    Some(())
}

/// As [`action`], for whichever function on the line is next.
pub(crate) fn action_of_any(w: &mut World<'_>) -> Option<()> {
    if w.irq().flow() == flow::VFIO + flow::SECOND { w.as_second(action) } else { action(w) }
}

/// The handler signals after it let go of `irqlock`, and before the flow handler's end of interrupt.
pub(crate) fn signal(w: &mut World<'_>) -> Option<()> {
    (w.irq().flow() == stage(w, flow::SIGNAL)).then_some(())?;
    vfio_send_intx_eventfd(w);
    w.call("irq_handler_exit handled");
    next_action(w);
    Some(())
}

fn next_action(w: &mut World<'_>) {
    let last = !w.is_first_on_line() || w.system.scenario != Scenario::SharedGuest;
    if !last {
        w.irq_mut().set_flow(flow::VFIO + flow::SECOND);
    } else if w.system.neighbour() {
        w.irq_mut().set_flow(flow::NEIGHBOUR);
    } else {
        flow::actions_done(w);
    }
}

/// `vfio_send_intx_eventfd`: nothing while the guest has set DisINTx, the VMM has taken the eventfd away, or the irq is
/// being taken down.
pub(crate) fn vfio_send_intx_eventfd(w: &mut World<'_>) {
    if w.function().irq_type() == Half::INTX && !virq_disabled(w) {
        eventfd::signal_trigger(w);
    }
}
