//! Disable, enable, request and free: kernel/irq/manage.c and the chip helpers of
//! kernel/irq/chip.c.

use super::flow;
use crate::kernels::Span;
use crate::values::{Depth, Thread, Unhandled};
use crate::world::World;

/// `desc->depth++`. It returns the depth before.
fn deeper(w: &mut World<'_>) -> Depth {
    let depth = w.irq().depth();
    w.irq_mut().set_depth(match depth {
        Depth::Zero => Depth::One,
        Depth::One => Depth::Two,
        Depth::Two | Depth::Unbalanced => Depth::Unbalanced,
    });
    depth
}

/// `mask_irq`: does nothing if MASKED is set.
pub(crate) fn mask_irq(w: &mut World<'_>) {
    if !w.irq().masked() {
        (w.system.chip.irq_mask)(w);
        w.irq_mut().set_masked(true);
    }
}

/// `unmask_irq`: does nothing if MASKED is not set.
pub(crate) fn unmask_irq(w: &mut World<'_>) {
    if w.irq().masked() {
        (w.system.chip.irq_unmask)(w);
        w.irq_mut().set_masked(false);
    }
}

/// `__irq_disable(desc, mask)`. A chip that has `irq_disable` is never lazy.
fn irq_disable_with(w: &mut World<'_>, mask: bool) {
    if w.irq().disabled() {
        if mask {
            mask_irq(w);
        }
        return;
    }
    w.irq_mut().set_disabled(true);
    if let Some(irq_disable) = w.system.chip.irq_disable {
        irq_disable(w);
        w.irq_mut().set_masked(true);
    } else if mask {
        mask_irq(w);
    }
}

/// `irq_disable`: lazy unless `IRQ_DISABLE_UNLAZY` is set.
pub(crate) fn irq_disable(w: &mut World<'_>) {
    w.call("irq_disable");
    irq_disable_with(w, w.irq().unlazy() || w.system.chip.unlazy);
}

/// `disable_irq_nosync`
pub(crate) fn disable_irq_nosync(w: &mut World<'_>) {
    w.call("disable_irq_nosync");
    if deeper(w) == Depth::Zero {
        irq_disable(w);
    }
}

/// The end of `note_interrupt`: `irq_disable` without `disable_irq_nosync` around it.
pub(crate) fn disable_spurious(w: &mut World<'_>) {
    deeper(w);
    irq_disable(w);
}

/// `enable_irq`
pub(crate) fn enable_irq(w: &mut World<'_>) {
    w.call("enable_irq");
    w.call("__enable_irq");
    match w.irq().depth() {
        // WARN: "Unbalanced enable for IRQ %d"
        Depth::Zero => w.irq_mut().set_depth(Depth::Unbalanced),
        Depth::One => irq_startup(w),
        Depth::Two => w.irq_mut().set_depth(Depth::One),
        Depth::Unbalanced => {}
    }
}

/// `irq_enable` of mainline: without the chip's own callback, it touches hardware only where MASKED
/// is set.
pub(crate) fn irq_enable(w: &mut World<'_>) {
    w.call("irq_enable");
    if !w.irq().disabled() {
        unmask_irq(w);
        return;
    }
    w.irq_mut().set_disabled(false);
    if let Some(irq_enable) = w.system.chip.irq_enable {
        irq_enable(w);
        w.irq_mut().set_masked(false);
    } else {
        unmask_irq(w);
    }
}

/// `irq_startup(desc, IRQ_RESEND, …)` with `__irq_startup`.
pub(crate) fn irq_startup(w: &mut World<'_>) {
    w.call("irq_startup");
    w.irq_mut().set_depth(Depth::Zero);
    match w.system.chip.irq_startup {
        Some(startup) if !w.irq().started() => {
            startup(w);
            w.irq_mut().set_disabled(false);
            w.irq_mut().set_masked(false);
        }
        _ => (w.system.kernel.irq_enable)(w),
    }
    w.irq_mut().set_started(true);
    (w.system.kernel.check_irq_resend)(w);
}

/// bc06a9e08742: `clear_irq_resend` of a line that is shut down. Before it the tasklet calls the
/// flow handler of a line that nobody has.
const CLEARS_RESEND: Span = Span::since(6, 5);

/// `irq_shutdown`, when the last action is freed.
fn irq_shutdown(w: &mut World<'_>) {
    w.call("irq_shutdown");
    if CLEARS_RESEND.has(&w.system.kernel) {
        w.irq_mut().set_resend(false);
    }
    w.irq_mut().set_depth(Depth::One); // 7.x counts up instead; request_irq starts anew anyway
    if let Some(shutdown) = w.system.chip.irq_shutdown {
        shutdown(w);
        w.irq_mut().set_disabled(true);
        w.irq_mut().set_masked(true);
    } else {
        irq_disable_with(w, true);
    }
    w.irq_mut().set_started(false);
}

/// `request_irq` of the first action. A masked start (`IRQF_NO_AUTOEN`) leaves the line as it is
/// with depth 1.
pub(crate) fn request_irq(w: &mut World<'_>, no_autoen: bool) {
    if w.irq().started() {
        return; // a second action on a shared line changes nothing
    }
    w.irq_mut().set_unhandled(Unhandled::None);
    if let Some(irq_set_type) = w.system.chip.irq_set_type {
        irq_set_type(w);
    }
    if let Some(activate) = w.system.chip.activate {
        activate(w);
    }
    if no_autoen {
        w.irq_mut().set_depth(Depth::One);
    } else {
        irq_startup(w);
    }
}

/// `free_irq` of the last action up to `__synchronize_irq`, which is [`synchronized`].
/// `irq_shutdown` does nothing to a line that was not started.
pub(crate) fn free_irq(w: &mut World<'_>) {
    w.irq_mut().set_unlazy(false);
    if w.irq().started() {
        irq_shutdown(w);
    }
}

/// The rest of `free_irq`: `irq_domain_deactivate_irq`, after the last handler has returned. It
/// leaves `IRQS_PENDING` to the next `irq_startup`.
pub(crate) fn freed(w: &mut World<'_>) {
    if let Some(deactivate) = w.system.chip.deactivate {
        deactivate(w);
    }
}

/// `__synchronize_irq` would return now: no flow handler runs the actions, the hardware has no
/// interrupt in service as far as the chip can tell, and no thread runs.
pub(crate) fn synchronized(w: &mut World<'_>) -> bool {
    if flow::in_progress(w) {
        return false;
    }
    let is_active = w.system.chip.is_active;
    !is_active.is_some_and(|is_active| is_active(w)) && w.irq().thread() == Thread::Asleep
}
