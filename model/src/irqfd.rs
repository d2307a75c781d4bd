//! KVM's irqfd and its resampler: virt/kvm/eventfd.c (6.12).

use crate::config::Path;
use crate::eventfd;
use crate::guest::{self, emulated};
use crate::irqchip::{Access, LINE};
use crate::world::World;

/// `kvm_irqfd_assign`: if the eventfd is readable already, a work item injects.
pub(crate) fn assign(w: &mut World<'_>) {
    w.function_mut().set_wired(true);
    if w.function().trigger() {
        w.function_mut().set_trigger(false);
        w.function_mut().set_irqfd_work(true);
    }
}

/// `irqfd_wakeup`: consumes the counter and raises the line within the signal. Where
/// `kvm_arch_set_irq_inatomic` refuses (`-EWOULDBLOCK`: a line of x86's controllers), a work item does.
pub(crate) fn irqfd_wakeup(w: &mut World<'_>) {
    w.function_mut().set_trigger(false);
    if w.system.guest.chip.inatomic {
        guest::set_line(w, true);
    } else {
        w.function_mut().set_irqfd_work(true);
    }
}

/// `irqfd_inject`: with resample the line goes up and stays up. Without, it goes up, and a second
/// call that takes the controller's lock again lowers it.
pub(crate) fn irqfd_inject(w: &mut World<'_>) -> Option<()> {
    let up = w.function().guest_pin() & LINE != 0;
    let pulses = w.system.path == Path::BarGuess && !w.system.sends_messages();
    guest::set_line(w, !(pulses && up));
    w.function_mut().set_irqfd_work(pulses && !up);
    Some(())
}

/// `irqfd_shutdown`: waits for the work item, then lowers the line.
pub(crate) fn shutdown(w: &mut World<'_>) {
    w.function_mut().set_wired(false);
    guest::set_line(w, false);
}

/// `irqfd_resampler_ack`: the line goes down once. Then KVM signals every resample eventfd
/// ([`resample`]).
pub(crate) fn irqfd_resampler_ack(w: &mut World<'_>) {
    w.call("irqfd_resampler_ack");
    guest::set_line(w, false);
}

/// `irqfd_resampler_notify`: signals the resample eventfd of every irqfd that has this pin. QEMU's
/// `kvm_resample_fd_notify` signals the first that it finds, which is the newest: the other device's.
pub(crate) fn resample(w: &mut World<'_>) {
    let has_other = emulated::resample(w);
    if !(has_other && w.system.guest.chip.messages) {
        eventfd::signal_resample(w);
    }
}

/// `kvm_notify_irqfd_resampler`: the guest unmasked its IO-APIC pin with `irr` set. KVM does not
/// know whether the device still asserts, so that it drops `irr` and asks the host instead
/// (fef8f2b90edb). It does so as well where user space holds the pin up (`irq_states`).
pub(crate) fn kvm_notify_irqfd_resampler(w: &mut World<'_>) {
    resample(w);
    let kept = w.system.kernel.kvm_unmask_keeps_sources && w.function().emulated_held();
    guest::chip(w, Access::Line(kept));
}
