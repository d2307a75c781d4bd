//! The flow handlers: kernel/irq/chip.c, each in the two pieces that `desc->lock` makes of it.
//!
//! [`ACCEPTED`] is "the CPU has taken the interrupt and waits for the lock"; `enter` is "lock, may it run?"; an interrupt
//! that may not run is finished right there and called *ignored*. Otherwise `handle_irq_event` lets go of the lock, the
//! actions run one after the other, and `flow_exit` is "lock again, end of interrupt". Between the two every other CPU
//! can disable, enable, mask and unmask the line.

use super::manage::{mask_irq, unmask_irq};
use super::{oneshot, resend, spurious, thread};
use crate::cost::Metric;
use crate::irqchip::{Access, Flow};
use crate::wire;
use crate::world::World;

/// No flow handler runs.
pub const NONE: u8 = 0;
/// `vfio_intx_handler` is next.
pub const VFIO: u8 = 1;
/// `vfio_intx_handler` returned `IRQ_HANDLED` and has still to signal the trigger eventfd.
pub const SIGNAL: u8 = 2;
/// The host driver's handler on the same line is next.
pub const NEIGHBOUR: u8 = 3;
/// The actions are done; the lock is next.
pub const EXIT: u8 = 4;
/// The CPU has taken the interrupt from the controller; the lock is next.
pub const ACCEPTED: u8 = 7;
/// [`VFIO`] and [`SIGNAL`] of a second function on the line.
pub const SECOND: u8 = 4;

/// `IRQD_IRQ_INPROGRESS`
pub(crate) fn in_progress(w: &World<'_>) -> bool {
    !matches!(w.irq().flow(), NONE | ACCEPTED)
}

/// The CPU takes the interrupt of this line from the controller. Before it has `desc->lock`, every other CPU can still
/// disable the line.
pub(crate) fn accept(w: &mut World<'_>) -> Option<()> {
    ((w.system.chip.signals)(w.irq().pin()) && w.cpu_idle(w.irq().target())).then_some(())?;
    let cost = w.system.chip.accept_cost;
    w.touch(cost.reads, cost.writes);
    w.firmware(cost.firmware);
    w.chip(Access::Accept);
    if in_progress(w) {
        enter(w); // on another CPU meanwhile: only ended, whoever gets the lock when
        return Some(());
    }
    let cpu = w.irq().target();
    w.irq_mut().set_flow(ACCEPTED);
    w.irq_mut().set_flow_cpu(cpu);
    Some(())
}

/// The flow handler has the lock.
pub(crate) fn flow_enter(w: &mut World<'_>) -> Option<()> {
    (w.irq().flow() == ACCEPTED).then_some(())?;
    w.irq_mut().set_flow(NONE);
    enter(w);
    Some(())
}

/// The flow handler's first piece, whoever calls it.
pub(crate) fn enter(w: &mut World<'_>) {
    let may_run = !in_progress(w);
    let has_action = w.irq().started() && !w.irq().disabled();
    let runs = match w.system.chip.flow {
        Flow::Fasteoi | Flow::FasteoiAck => handle_fasteoi_irq(w, may_run, has_action),
        Flow::Level => handle_level_irq(w, may_run, has_action),
        Flow::Edge => handle_edge_irq(w, may_run, has_action),
    };
    if runs {
        handle_irq_event(w);
    } else {
        w.count(Metric::HostIrqsIgnored);
    }
}

/// `handle_irq_event` up to where it lets go of the lock.
fn handle_irq_event(w: &mut World<'_>) {
    w.count(Metric::HostIrqs);
    let irq = w.irq_mut();
    irq.set_pending(false);
    irq.set_handled(false);
    irq.set_flow(VFIO);
}

/// `handle_fasteoi_irq` and, with `irq_ack` first, `handle_fasteoi_ack_irq`. An interrupt that comes while another
/// CPU runs the actions is only ended: `IRQD_RESEND_WHEN_IN_PROGRESS` is for LPIs.
fn handle_fasteoi_irq(w: &mut World<'_>, may_run: bool, has_action: bool) -> bool {
    w.call(if w.system.chip.flow == Flow::Fasteoi { "handle_fasteoi_irq" } else { "handle_fasteoi_ack_irq" });
    if may_run && has_action {
        if oneshot(w) {
            mask_irq(w);
        }
        if w.system.chip.flow == Flow::FasteoiAck {
            irq_ack(w);
        }
        return true;
    }
    if may_run {
        w.irq_mut().set_pending(true);
        mask_irq(w);
    }
    irq_eoi(w);
    false
}

/// `handle_level_irq`: masks and acks whatever comes.
fn handle_level_irq(w: &mut World<'_>, may_run: bool, has_action: bool) -> bool {
    w.call("handle_level_irq");
    mask_ack_irq(w);
    if may_run && !has_action {
        w.irq_mut().set_pending(true);
    }
    may_run && has_action
}

/// `handle_edge_irq`
fn handle_edge_irq(w: &mut World<'_>, may_run: bool, has_action: bool) -> bool {
    w.call("handle_edge_irq");
    if may_run && has_action {
        irq_ack(w);
        return true;
    }
    w.irq_mut().set_pending(true);
    mask_ack_irq(w);
    false
}

fn irq_ack(w: &mut World<'_>) {
    if let Some(ack) = w.system.chip.irq_ack {
        ack(w);
    }
}

fn irq_eoi(w: &mut World<'_>) {
    if let Some(eoi) = w.system.chip.irq_eoi {
        eoi(w);
    }
}

/// `mask_ack_irq`
fn mask_ack_irq(w: &mut World<'_>) {
    if let Some(mask_ack) = w.system.chip.irq_mask_ack {
        mask_ack(w);
        w.irq_mut().set_masked(true);
    } else {
        mask_irq(w);
        irq_ack(w);
    }
}

/// The last action has returned: `note_interrupt`, still without the lock.
pub(crate) fn actions_done(w: &mut World<'_>) {
    w.irq_mut().set_flow(EXIT);
    if !oneshot(w) {
        let handled = w.irq().handled();
        spurious::note_interrupt(w, handled);
    }
}

/// The flow handler takes the lock again: the end of interrupt.
pub(crate) fn flow_exit(w: &mut World<'_>) -> Option<()> {
    (w.irq().flow() == EXIT).then_some(())?;
    w.irq_mut().set_flow(NONE);
    match w.system.chip.flow {
        Flow::Fasteoi | Flow::FasteoiAck => {
            cond_unmask_eoi_irq(w);
            // handle_fasteoi_ack_irq has no such end
            if w.system.chip.flow == Flow::Fasteoi && w.system.kernel.fasteoi_resends && w.irq().pending() {
                (w.system.kernel.check_irq_resend)(w);
            }
        }
        Flow::Level => cond_unmask_irq(w),
        Flow::Edge => return again(w),
    }
    Some(())
}

/// `cond_unmask_eoi_irq`. No chip here has `IRQCHIP_EOI_THREADED`.
fn cond_unmask_eoi_irq(w: &mut World<'_>) {
    irq_eoi(w);
    if oneshot(w) {
        cond_unmask_irq(w);
    }
}

/// `cond_unmask_irq`: not while a oneshot thread is due.
fn cond_unmask_irq(w: &mut World<'_>) {
    let due = oneshot(w) && w.irq().thread() != thread::NONE;
    if !w.irq().disabled() && w.irq().masked() && !due {
        unmask_irq(w);
    }
}

/// The loop of `handle_edge_irq`: once more while something came in meanwhile.
fn again(w: &mut World<'_>) -> Option<()> {
    if w.irq().pending() && !w.irq().disabled() {
        unmask_irq(w);
        handle_irq_event(w);
    }
    Some(())
}

/// A software resend: the tasklet calls the flow handler without the controller having anything to say.
pub(crate) fn flow_resend(w: &mut World<'_>) -> Option<()> {
    let waits = w.irq().flow() == ACCEPTED; // for the lock
    (w.irq().resend() && !waits && w.cpu_idle(w.irq().target())).then_some(())?;
    resend::taken(w);
    if !in_progress(w) {
        let cpu = w.irq().target();
        w.irq_mut().set_flow_cpu(cpu);
    }
    enter(w);
    Some(())
}

/// The host driver's handler: clears its own function's cause, if there is one.
pub(crate) fn neighbour_handler(w: &mut World<'_>) -> Option<()> {
    (w.irq().flow() == NEIGHBOUR).then_some(())?;
    if w.irq().neighbour() {
        w.irq_mut().set_neighbour(false);
        w.irq_mut().set_handled(true);
        wire::settle(w);
    }
    actions_done(w);
    Some(())
}
