//! How an interrupt runs through its flow handler: taken by a CPU, entered, its actions, left
//! again.
//!
//! [`Stage::Accepted`] means that the CPU has taken the interrupt and waits for `desc->lock`.
//! `flow_enter` takes the lock and asks whether the actions may run. An interrupt for which they
//! may not is finished right there and counts as *ignored*. Otherwise `handle_irq_event` lets go of
//! the lock, the actions run one after the other, and `flow_exit` takes the lock again. Between
//! the two, every other CPU can disable, enable, mask and unmask the line.

use super::{resend, spurious};
use crate::cost::Metric;
use crate::irqchip::Access;
use crate::state::Half;
use crate::values::Stage;
use crate::wire;
use crate::world::World;

/// A flow handler of genirq, in the two pieces that `desc->lock` makes of it.
#[derive(Clone, Copy)]
pub struct FlowHandler {
    /// The kernel's name.
    pub name: &'static str,
    /// The function around the piece before the actions, with its file (6.12).
    pub enters_in: &'static str,
    /// The function around the piece after the actions.
    pub exits_in: &'static str,
    /// It masks and acknowledges every interrupt before the actions run.
    pub masks_at_entry: bool,
    /// The piece before the actions. It returns whether they run; if not, it has finished the
    /// interrupt.
    pub enter: fn(&mut World<'_>) -> bool,
    /// The piece after the actions.
    pub exit: fn(&mut World<'_>),
}

impl PartialEq for FlowHandler {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl core::fmt::Debug for FlowHandler {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.name)
    }
}

/// `IRQD_IRQ_INPROGRESS`
pub(crate) fn in_progress(w: &World<'_>) -> bool {
    is_in_progress(w.irq())
}

/// [`in_progress`], of the half of a line.
pub(crate) const fn is_in_progress(half: Half) -> bool {
    !matches!(half.flow(), Stage::Idle | Stage::Accepted)
}

/// `irq_may_run` (7.x: `irq_can_handle_pm`): no other CPU runs the actions. Suspend and polling are
/// not modelled.
pub(crate) fn irq_may_run(w: &World<'_>) -> bool {
    !in_progress(w)
}

/// The line has an action and is not disabled (7.x: `irq_can_handle_actions`).
pub(crate) fn has_enabled_action(w: &World<'_>) -> bool {
    w.irq().started() && !w.irq().disabled()
}

/// The CPU takes the interrupt of this line from the controller. Before it has `desc->lock`, every
/// other CPU can still disable the line.
pub(crate) fn accept(w: &mut World<'_>) -> Option<()> {
    let cpu = w.irq().target();
    (w.system.chip.accept.access)(w);
    w.chip(Access::Accept);
    if in_progress(w) {
        // Another CPU runs the actions meanwhile. Whoever gets the lock when, this interrupt is
        // only ended.
        enter(w);
        return Some(());
    }
    w.irq_mut().set_flow(Stage::Accepted);
    w.irq_mut().set_flow_cpu(cpu);
    Some(())
}

/// The flow handler has the lock.
pub(crate) fn flow_enter(w: &mut World<'_>) -> Option<()> {
    w.irq_mut().set_flow(Stage::Idle);
    enter(w);
    Some(())
}

/// The flow handler's first piece, whoever calls it.
fn enter(w: &mut World<'_>) {
    let handler = w.system.chip.flow;
    w.call(handler.name);
    if (handler.enter)(w) {
        handle_irq_event(w);
    } else {
        w.count(Metric::HostIrqsIgnored);
    }
}

/// `handle_irq_event` up to where it lets go of the lock.
pub(crate) fn handle_irq_event(w: &mut World<'_>) {
    w.count(Metric::HostIrqs);
    let irq = w.irq_mut();
    irq.set_pending(false);
    irq.set_handled(false);
    irq.set_flow(Stage::Action);
}

/// The last action has returned: `note_interrupt`, still without the lock.
pub(crate) fn actions_done(w: &mut World<'_>) {
    w.irq_mut().set_flow(Stage::Exit);
    if w.system.oneshot {
        spurious::note_woken(w);
    } else {
        let handled = w.irq().handled();
        spurious::note_interrupt(w, handled);
    }
}

/// The flow handler takes the lock again and ends.
pub(crate) fn flow_exit(w: &mut World<'_>) -> Option<()> {
    w.irq_mut().set_flow(Stage::Idle);
    (w.system.chip.flow.exit)(w);
    Some(())
}

/// The store of an end of interrupt arrives at the controller.
pub(crate) fn eoi_arrives(w: &mut World<'_>) -> Option<()> {
    w.chip(Access::DirectedEoi);
    Some(())
}

/// A software resend: the tasklet calls the flow handler, though the controller presents nothing.
pub(crate) fn flow_resend(w: &mut World<'_>) -> Option<()> {
    let cpu = w.irq().target();
    resend::taken(w);
    if !in_progress(w) {
        w.irq_mut().set_flow_cpu(cpu);
    }
    enter(w);
    Some(())
}

/// The host driver's handler: it clears the cause of its own function, if there is one.
pub(crate) fn neighbour_handler(w: &mut World<'_>) -> Option<()> {
    if w.irq().neighbour() {
        w.irq_mut().set_neighbour(false);
        w.irq_mut().set_handled(true);
        wire::settle(w);
    }
    actions_done(w);
    Some(())
}
