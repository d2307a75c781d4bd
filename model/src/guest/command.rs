//! The guest's write to DisINTx. The VMM traps it, passes it on to vfio-pci, and takes note of it
//! before or after; or the VMM takes note of it and does not pass it on.

use eoi_intx::Input;

use super::{go, phase};
use crate::guard::require;
use crate::scenario::Scenario;
use crate::values::Phase;
use crate::vfio_pci::config;
use crate::vmm;
use crate::world::World;

/// The guest's driver sets or clears DisINTx: the first half of the config write.
fn write_disintx(w: &mut World<'_>, set: bool) -> Option<()> {
    if w.system.scenario == Scenario::OwnDisintx {
        vmm::input(
            w,
            if set {
                Input::SetDisintx
            } else {
                Input::ClearDisintx
            },
        )?;
        w.function_mut().set_virq_disabled(set);
        return Some(());
    }
    if set {
        config::set(w);
    } else {
        config::clear(w);
    }
    go(w, Phase::Config);
    Some(())
}

pub(crate) fn set_disintx(w: &mut World<'_>) -> Option<()> {
    write_disintx(w, true)
}

pub(crate) fn clear_disintx(w: &mut World<'_>) -> Option<()> {
    write_disintx(w, false)
}

/// The VMM's machine has still to be told of the write. On the other paths it need not know.
fn is_news(w: &World<'_>) -> bool {
    w.system.path.hears_trigger() && w.function().vmm_disintx() != w.function().virq_disabled()
}

/// The second half of the config write.
pub(crate) fn disintx_done(w: &mut World<'_>) -> Option<()> {
    config::finish(w);
    let next = if is_news(w) {
        Phase::ConfigDone
    } else {
        Phase::Idle
    };
    go(w, next);
    Some(())
}

/// The VMM takes note.
pub(crate) fn told(w: &mut World<'_>) -> Option<()> {
    let done = phase(w) == Phase::ConfigDone;
    require(is_news(w))?;
    let set = w.function().virq_disabled();
    vmm::input(
        w,
        if set {
            Input::SetDisintx
        } else {
            Input::ClearDisintx
        },
    )?;
    if done {
        go(w, Phase::Idle);
    }
    Some(())
}
