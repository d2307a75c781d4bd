//! A second device on the guest's pin: an emulated one, with one cause.
//!
//! In `shared-pin` the VMM holds the pin up for it while it has the cause: by `KVM_IRQ_LINE`, or at the
//! VMM's own controller. In `two-resamplers` it raises the pin through an irqfd with a resampler of
//! its own, and again at each resample while it has the cause: crosvm's emulated devices do so, and
//! so does a passed-through function whose host line is sound. The guest's interrupt routine asks the
//! passed-through device first and this one then, whose status is cleared by the read.
//!
//! KVM on x86 keeps a level for each source, `KVM_USERSPACE_IRQ_SOURCE_ID` and
//! `KVM_IRQFD_RESAMPLE_IRQ_SOURCE_ID`, and the pin is high while either is (`irq_states`,
//! `__kvm_irq_line_state`, 5.10 to 7.3). Elsewhere the source's number is dropped, and the last write
//! is the level: `kvm_vgic_inject_irq` (arm64), `ics_deliver_irq` (powerpc).

use super::{chip, go, listens};
use crate::config::Path;
use crate::cost::Metric;
use crate::irqchip::Access;
use crate::scenario::Scenario;
use crate::state::State;
use crate::system::System;
use crate::values::Phase;
use crate::world::World;

/// The one who moves the guest's pin.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// All resamplers of the pin, or the VMM for the passed-through function.
    Function,
    /// The VMM, for the emulated device.
    Emulated,
}

impl System {
    /// The guest's pin has a second device.
    pub(crate) fn shares_pin(&self) -> bool {
        self.scenario.shares_pin()
    }

    /// A level is kept for each source: by KVM, or by the VMM.
    pub(crate) fn has_sources(&self) -> bool {
        let kept = self.path != Path::Irqfd || self.guest.chip.has_sources;
        self.scenario == Scenario::SharedPin && kept
    }

    /// The function's irqfd sends messages, and has no level.
    pub(crate) fn sends_messages(&self) -> bool {
        self.guest.chip.messages && matches!(self.path, Path::Irqfd | Path::BarGuess)
    }

    /// Whether the guest is owed a service of the emulated device: it has its cause, and the driver
    /// listens.
    #[must_use]
    pub fn owes_emulated(&self, state: State) -> bool {
        let half = state.halves()[0];
        half.emulated() && listens(half)
    }
}

/// Somebody sets the level of the guest's pin.
pub(crate) fn set_level(w: &mut World<'_>, source: Source, level: bool) {
    if source == Source::Function && w.system.sends_messages() {
        if level {
            chip(w, Access::Retrigger);
        }
        return;
    }
    if !w.system.has_sources() {
        chip(w, Access::Line(level));
        return;
    }
    match source {
        Source::Function => w.function_mut().set_held(level),
        Source::Emulated => w.function_mut().set_emulated_held(level),
    }
    let half = w.function();
    chip(w, Access::Line(half.held() || half.emulated_held()));
}

/// The device has its cause, or not any more. Where the VMM holds the pin up for it, the VMM tells.
fn set_cause(w: &mut World<'_>, cause: bool) {
    w.function_mut().set_emulated(cause);
    if w.system.scenario == Scenario::SharedPin {
        set_level(w, Source::Emulated, cause);
    }
}

/// The device gets its cause.
pub(crate) fn assert(w: &mut World<'_>) -> Option<()> {
    set_cause(w, true);
    Some(())
}

/// The device takes its cause back before the guest looked.
pub(crate) fn withdraw(w: &mut World<'_>) -> Option<()> {
    set_cause(w, false);
    Some(())
}

/// The device's trigger is signalled, and its irqfd raises the pin. Until the next resample it is not
/// signalled again.
pub(crate) fn trigger(w: &mut World<'_>) -> Option<()> {
    w.function_mut().set_emulated_armed(false);
    set_level(w, Source::Function, true);
    Some(())
}

/// The device's resample eventfd is signalled, if it has one, which is what this returns.
pub(crate) fn resample(w: &mut World<'_>) -> bool {
    let has_one = w.system.scenario == Scenario::TwoResamplers;
    if has_one {
        w.function_mut().set_emulated_armed(true);
    }
    has_one
}

/// The guest's handler of the device clears the cause that it finds.
pub(crate) fn serve(w: &mut World<'_>) -> Option<()> {
    set_cause(w, false);
    w.function_mut().set_snapshot(0);
    go(w, Phase::Serviced);
    Some(())
}

/// The guest's handler of the device finds nothing.
pub(crate) fn skip(w: &mut World<'_>) -> Option<()> {
    if w.function().snapshot() == 0 {
        w.count(Metric::GuestIrqsSpurious);
    }
    w.function_mut().set_snapshot(0);
    go(w, Phase::Serviced);
    Some(())
}
