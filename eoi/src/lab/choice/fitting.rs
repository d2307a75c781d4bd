//! Which cases a cell runs: those that can tell something on its machine and its kernel.

use eoi_model::device::Device;

use super::quick;
use crate::lab::build;
use crate::lab::case::{Case, How};
use crate::lab::cell::{Boot, Cell, Source};
use crate::lab::machine::Machine;

/// The machines on which every candidate fix runs.
pub(super) const FIX_MACHINES: [&str; 3] = ["q35-ioapic", "arm64-gicv3", "powernv9-xive"];

/// Whether a race can tell something here. The race of a DisINTx+ device runs on one kernel of each machine: it takes 100,000
/// rounds, and all kernels have the same code there. One of the candidate fixes is about the race. It runs the race on one
/// machine, beside the same kernel without the fix, which tells how deep the line is disabled.
fn race_tells(machine: &Machine, source: &Source, device: Device) -> bool {
    machine.cpus > 1
        && match source {
            Source::Packaged(kernel) => {
                device == Device::NoDisintx || kernel.name == build::PATCHED
            }
            Source::Fix(fix) => {
                let about = ["none", "vfio-mask-once"].contains(&fix.name);
                about && device == Device::NoDisintx && machine.name == FIX_MACHINES[0]
            }
            Source::Patched { .. } | Source::Own { .. } => true,
        }
}

/// The doctor sees a machine from inside with the series that has a kernel of both kinds, lazy and unlazy.
fn is_diagnosed(source: &Source) -> bool {
    match source {
        Source::Packaged(kernel) => kernel.name.starts_with(build::PATCHED),
        Source::Fix(_) => false,
        Source::Patched { .. } | Source::Own { .. } => true,
    }
}

/// The machines that have another function on the line, and of the candidates those that set the flag in vfio-pci. Two
/// functions with DisINTx share a line, and nobody is refused.
fn has_second(machine: &Machine, source: &Source, device: Device) -> bool {
    let tells = match source {
        Source::Fix(fix) => fix.name.starts_with("vfio-unlazy"),
        Source::Packaged(_) | Source::Patched { .. } | Source::Own { .. } => true,
    };
    tells && machine.has_second() && device == Device::NoDisintx
}

/// Faults are the VMM's, which is the same on all machines: one of each architecture has them, with a kernel of each kind.
fn has_faults(machine: &Machine, source: &Source) -> bool {
    match source {
        Source::Packaged(kernel) => quick::has(&format!("{}/{}", machine.name, kernel.name)),
        Source::Fix(_) => false,
        Source::Patched { .. } | Source::Own { .. } => true,
    }
}

/// It takes minutes: one machine of each architecture that has KVM here, one kernel, the kind of device that is in question.
fn soaks(machine: &Machine, source: &Source, device: Device) -> bool {
    ["q35-ioapic", "arm64-gicv3-el2"].contains(&machine.name)
        && device == Device::NoDisintx
        && matches!(source, Source::Packaged(kernel) if kernel.name == build::PATCHED)
}

/// The cell of a machine and a kernel, with those of the cases that can tell something there.
pub(super) fn cell(machine: &'static Machine, source: Source, boot: Boot, cases: &[Case]) -> Cell {
    let fits = |case: &&Case| {
        // Other kernels need not have KVM.
        let kvm = machine.kvm.is_some() && matches!(source, Source::Packaged(_));
        boot.fits(case)
            && (!case.needs_second() || has_second(machine, &source, case.device))
            && (!case.is_diagnosed() || is_diagnosed(&source))
            && (!case.is_fault() || has_faults(machine, &source))
            && (case.how != How::Intx || !matches!(source, Source::Fix(_)))
            && (!case.races() || case.needs_second() || race_tells(machine, &source, case.device))
            && (!case.needs_kvm() || kvm)
            && (case.soak().is_none() || soaks(machine, &source, case.device))
    };
    let cases = cases.iter().filter(fits).copied().collect();
    Cell {
        machine,
        source,
        boot,
        cases,
    }
}
