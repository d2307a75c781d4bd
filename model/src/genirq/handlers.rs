//! The flow handlers of kernel/irq/chip.c (6.12; 7.x has the same outcome) that a level line can
//! have.
//!
//! A controller's entry names its [`FlowHandler`]. A fix may bring one of its own.

use super::flow::{FlowHandler, handle_irq_event, has_enabled_action, irq_may_run};
use super::manage::{mask_irq, unmask_irq};
use crate::values::Thread;
use crate::world::World;

/// `handle_fasteoi_irq`: the controller does not present the line again before the end of
/// interrupt.
pub static HANDLE_FASTEOI_IRQ: FlowHandler = FlowHandler {
    name: "handle_fasteoi_irq",
    enters_in: "kernel/irq/chip.c:handle_fasteoi_irq",
    exits_in: "kernel/irq/chip.c:cond_unmask_eoi_irq",
    masks_at_entry: false,
    enter: |w| {
        if runs_or_is_ended(w) {
            mask_if_oneshot(w);
            return true;
        }
        false
    },
    exit: |w| {
        cond_unmask_eoi_irq(w);
        if w.system.kernel.fasteoi_resends && w.irq().pending() {
            (w.system.kernel.check_irq_resend)(w);
        }
    },
};

/// `handle_fasteoi_ack_irq`: the same with `irq_ack` before the actions, and without a resend at
/// the end.
pub static HANDLE_FASTEOI_ACK_IRQ: FlowHandler = FlowHandler {
    name: "handle_fasteoi_ack_irq",
    enters_in: "kernel/irq/chip.c:handle_fasteoi_ack_irq",
    exits_in: "kernel/irq/chip.c:cond_unmask_eoi_irq",
    masks_at_entry: false,
    enter: |w| {
        if runs_or_is_ended(w) {
            mask_if_oneshot(w);
            irq_ack(w);
            return true;
        }
        false
    },
    exit: cond_unmask_eoi_irq,
};

/// `handle_level_irq`: masks and acknowledges every interrupt.
pub static HANDLE_LEVEL_IRQ: FlowHandler = FlowHandler {
    name: "handle_level_irq",
    enters_in: "kernel/irq/chip.c:handle_level_irq",
    exits_in: "kernel/irq/chip.c:cond_unmask_irq",
    masks_at_entry: true,
    enter: |w| {
        mask_ack_irq(w);
        if !irq_may_run(w) {
            return false;
        }
        let runs = has_enabled_action(w);
        if !runs {
            w.irq_mut().set_pending(true);
        }
        runs
    },
    exit: cond_unmask_irq,
};

/// `handle_edge_irq`: acknowledges first, and runs the actions once more while something came in
/// meanwhile.
pub static HANDLE_EDGE_IRQ: FlowHandler = FlowHandler {
    name: "handle_edge_irq",
    enters_in: "kernel/irq/chip.c:handle_edge_irq",
    exits_in: "kernel/irq/chip.c:handle_edge_irq",
    masks_at_entry: false,
    enter: |w| {
        if irq_may_run(w) && has_enabled_action(w) {
            irq_ack(w);
            return true;
        }
        w.irq_mut().set_pending(true);
        mask_ack_irq(w);
        false
    },
    exit: |w| {
        if w.irq().pending() && !w.irq().disabled() {
            unmask_irq(w);
            handle_irq_event(w);
        }
    },
};

/// The entry of both fasteoi handlers. An interrupt that comes while another CPU runs the actions
/// is only ended: `IRQD_RESEND_WHEN_IN_PROGRESS` is for LPIs. One that comes while the line is
/// disabled masks it and is remembered.
fn runs_or_is_ended(w: &mut World<'_>) -> bool {
    let may_run = irq_may_run(w);
    if may_run && has_enabled_action(w) {
        return true;
    }
    if may_run {
        w.irq_mut().set_pending(true);
        mask_irq(w);
    }
    irq_eoi(w);
    false
}

fn mask_if_oneshot(w: &mut World<'_>) {
    if w.system.oneshot {
        mask_irq(w);
    }
}

fn irq_ack(w: &mut World<'_>) {
    if let Some(irq_ack) = w.system.chip.irq_ack {
        irq_ack(w);
    }
}

fn irq_eoi(w: &mut World<'_>) {
    if let Some(irq_eoi) = w.system.chip.irq_eoi {
        irq_eoi(w);
    }
}

/// `mask_ack_irq`
fn mask_ack_irq(w: &mut World<'_>) {
    if let Some(irq_mask_ack) = w.system.chip.irq_mask_ack {
        irq_mask_ack(w);
        w.irq_mut().set_masked(true);
    } else {
        mask_irq(w);
        irq_ack(w);
    }
}

/// `cond_unmask_eoi_irq`. No chip here has `IRQCHIP_EOI_THREADED`.
fn cond_unmask_eoi_irq(w: &mut World<'_>) {
    irq_eoi(w);
    if w.system.oneshot {
        cond_unmask_irq(w);
    }
}

/// `cond_unmask_irq`: not while a oneshot thread has work to do.
fn cond_unmask_irq(w: &mut World<'_>) {
    let due = w.system.oneshot && w.irq().thread() != Thread::Asleep;
    if !w.irq().disabled() && w.irq().masked() && !due {
        unmask_irq(w);
    }
}
