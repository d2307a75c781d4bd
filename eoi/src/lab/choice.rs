//! Which cells are run: everything that the lab has, or what the user brings, narrowed to what was asked for.

use std::path::PathBuf;

use anyhow::{Result, bail, ensure};
use eoi_model::device::Device;
use eoi_model::fixes::{self, Fix};

use super::build::{self, Patch};
use super::case::{self, Case, How};
use super::cell::{Base, Boot, Cell, Source};
use super::kernel;
use super::machine::{self, Machine};
use crate::check::names::pick;

/// Which cells and cases. The default is everything.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// One case set on a few machines: what a test run has time for.
    pub quick: bool,
    /// Only these cells, by name.
    pub only: Vec<String>,
    /// Only these machines.
    pub machines: Vec<String>,
    /// Only these cases, by script.
    pub cases: Vec<String>,
    /// A kernel of the user's in place of the lab's.
    pub brought: Option<Brought>,
}

/// A kernel that the user brings.
#[derive(Clone, Debug)]
pub enum Brought {
    /// Patches, at least one.
    Patches {
        /// The files, in the order in which they are applied.
        files: Vec<PathBuf>,
        /// The kernel that they apply to.
        base: Base,
    },
    /// A kernel.
    Kernel {
        /// The image.
        image: PathBuf,
        /// The directory of its modules.
        modules: Option<PathBuf>,
        /// The kernel that it is compared with.
        base: Base,
    },
}

/// The machines on which every candidate fix runs.
const FIX_MACHINES: [&str; 3] = ["q35-ioapic", "arm64-gicv3", "powernv9-xive"];

/// The cells of a quick run.
const QUICK: [&str; 5] = [
    "q35-ioapic/6.12.107",
    "arm64-gicv3/6.12.107",
    "pseries-xive/6.12.107-unfixed",
    "pseries-xive/6.12.107",
    "riscv64-aplic/6.12.107",
];

/// The scripts of a quick run.
const QUICK_SCRIPTS: [&str; 4] = [
    "clear-unmask",
    "reraise-masked",
    "unmask-high",
    "mask-raise-unmask",
];

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

/// Faults are the VMM's, which is the same on all machines: one of each architecture has them, with a kernel of each kind.
fn has_faults(machine: &Machine, source: &Source) -> bool {
    let cell = |name: &str| {
        QUICK.iter().any(|quick| {
            quick
                .strip_prefix(machine.name)
                .is_some_and(|rest| rest == name)
        })
    };
    match source {
        Source::Packaged(kernel) => cell(&format!("/{}", kernel.name)),
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

fn cell(machine: &'static Machine, source: Source, boot: Boot, cases: &[Case]) -> Cell {
    let fits = |case: &&Case| {
        // Other kernels need not have KVM.
        let kvm = machine.kvm.is_some() && matches!(source, Source::Packaged(_));
        boot.fits(case)
            && (!case.is_diagnosed() || is_diagnosed(&source))
            && (!case.is_fault() || has_faults(machine, &source))
            && (case.how != How::Intx || !matches!(source, Source::Fix(_)))
            && (!case.races() || race_tells(machine, &source, case.device))
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

/// A candidate whose patch another architecture alone compiles has nothing to say about this one.
fn applies(fix: &Fix, machine: &Machine) -> Result<bool> {
    Ok(build::candidate(fix.name)?.reaches(machine.arch))
}

fn everything(machines: &[&'static Machine], cases: &[Case]) -> Result<Vec<Cell>> {
    let mut cells = Vec::new();
    for &machine in machines {
        for kernel in kernel::of(machine.arch) {
            for boot in Boot::ALL {
                cells.push(cell(machine, Source::Packaged(kernel), boot, cases));
            }
        }
        if FIX_MACHINES.contains(&machine.name) {
            for fix in fixes::ALL {
                if applies(fix, machine)? {
                    cells.push(cell(machine, Source::Fix(fix), Boot::Plain, cases));
                }
            }
        }
    }
    Ok(cells)
}

/// The cells of a choice.
pub struct Chosen {
    /// The cells.
    pub cells: Vec<Cell>,
    /// Machines that were left out, because nothing that the user patched is compiled for them.
    pub left_out: Vec<&'static str>,
}

/// The cells that are chosen.
///
/// # Errors
/// A name that nothing has, a file of the user's that is not there, or a choice that is empty.
pub fn choose(choice: &Choice) -> Result<Chosen> {
    let mut scripts = choice.cases.clone();
    if choice.quick && scripts.is_empty() {
        scripts = QUICK_SCRIPTS.map(str::to_string).to_vec();
    }
    let cases = case::named(&scripts)?;
    let mut machines = pick(
        "machine",
        &choice.machines,
        machine::ALL,
        |machine| machine.name,
        machine::ALL,
    )?;
    let mut left_out = Vec::new();
    let cells = match &choice.brought {
        Some(brought) => {
            let source = source(brought)?;
            left_out = unreached(choice, &machines)?;
            machines.retain(|machine| !left_out.contains(&machine.name));
            machines
                .into_iter()
                .map(|one| cell(one, source.clone(), Boot::Plain, &cases))
                .collect()
        }
        None => everything(&machines, &cases)?,
    };
    Ok(Chosen {
        cells: narrow(choice, cells)?,
        left_out,
    })
}

/// Those of the cells that the rest of the choice leaves.
fn narrow(choice: &Choice, mut cells: Vec<Cell>) -> Result<Vec<Cell>> {
    if choice.quick {
        cells.retain(|cell| QUICK.contains(&cell.name().as_str()));
    }
    for only in &choice.only {
        if !cells.iter().any(|cell| cell.name() == *only) {
            bail!("there is no cell called '{only}'; `eoi lab list` has the names");
        }
    }
    if !choice.only.is_empty() {
        cells.retain(|cell| choice.only.contains(&cell.name()));
    }
    cells.retain(|cell| !cell.cases.is_empty());
    if cells.is_empty() {
        bail!("nothing is left to run; `eoi lab list` shows what there is");
    }
    Ok(cells)
}

/// The kernel that the user brings; that it is there and can be read is seen before anything is fetched or built.
fn source(brought: &Brought) -> Result<Source> {
    match brought.clone() {
        Brought::Patches { files, base } => Ok(Source::Patched {
            patches: files,
            base,
        }),
        Brought::Kernel {
            image,
            modules,
            base,
        } => {
            ensure!(
                image.is_file(),
                "--kernel: there is no file {}; give the image that a boot loader takes",
                image.display()
            );
            if let Some(modules) = &modules {
                ensure!(
                    modules.is_dir(),
                    "--modules: there is no directory {}",
                    modules.display()
                );
            }
            Ok(Source::Own {
                image,
                modules,
                base,
            })
        }
    }
}

/// The machines on which the user's patches cannot change anything. One that the user named is run all the same.
fn unreached(choice: &Choice, machines: &[&'static Machine]) -> Result<Vec<&'static str>> {
    let Some(Brought::Patches { files, .. }) = &choice.brought else {
        return Ok(Vec::new());
    };
    let patches: Vec<Patch> = files
        .iter()
        .map(|file| Patch::read(file))
        .collect::<Result<_>>()?;
    if !choice.machines.is_empty() || !choice.only.is_empty() {
        return Ok(Vec::new());
    }
    let reached = |machine: &&&Machine| patches.iter().any(|patch| patch.reaches(machine.arch));
    Ok(machines
        .iter()
        .filter(|machine| !reached(machine))
        .map(|machine| machine.name)
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::arch::Arch;

    fn names(choice: &Choice) -> Vec<String> {
        choose(choice)
            .expect("cells")
            .cells
            .iter()
            .map(Cell::name)
            .collect()
    }

    fn patches(file: PathBuf) -> Choice {
        let brought = Brought::Patches {
            files: vec![file],
            base: Base::Fixed,
        };
        Choice {
            brought: Some(brought),
            ..Choice::default()
        }
    }

    fn own(image: PathBuf, modules: Option<PathBuf>) -> Choice {
        let brought = Brought::Kernel {
            image,
            modules,
            base: Base::Fixed,
        };
        Choice {
            brought: Some(brought),
            ..Choice::default()
        }
    }

    fn patch_of(file: &str) -> (tempfile::TempDir, PathBuf) {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("own.diff");
        let text = format!("--- a/{file}\n+++ b/{file}\n@@ -1 +1 @@\n-a\n+b\n");
        std::fs::write(&path, text).expect("a file");
        (directory, path)
    }

    #[test]
    fn a_patch_to_one_architecture_runs_on_its_machines_alone_unless_others_are_named() {
        let (_directory, patch) = patch_of("arch/powerpc/sysdev/xive/common.c");
        let power = names(&patches(patch.clone()));
        assert_eq!(
            power.len(),
            machine::ALL
                .iter()
                .filter(|machine| machine.arch == Arch::Ppc64el)
                .count()
        );
        assert!(power.iter().all(|name| name.starts_with('p')), "{power:?}");
        let named = Choice {
            machines: vec!["q35-ioapic".to_string()],
            ..patches(patch)
        };
        assert_eq!(names(&named), ["q35-ioapic/6.12.107+own"]);
        let (_directory, patch) = patch_of("kernel/irq/chip.c");
        assert_eq!(names(&patches(patch)).len(), machine::ALL.len());
    }

    #[test]
    fn what_the_user_brings_is_looked_at_first() {
        let missing = PathBuf::from("nowhere/bzImage");
        for (choice, says) in [
            (
                patches("/dev/null".into()),
                "/dev/null is no patch for a kernel",
            ),
            (patches(missing.clone()), "cannot read nowhere/bzImage"),
            (
                own(missing.clone(), None),
                "there is no file nowhere/bzImage",
            ),
            (
                own("Cargo.toml".into(), Some(missing)),
                "there is no directory nowhere",
            ),
        ] {
            let Err(error) = choose(&choice) else {
                panic!("{says}")
            };
            assert!(format!("{error:#}").contains(says), "{error:#}");
        }
    }

    #[test]
    fn a_candidate_runs_wherever_its_patch_is_compiled() {
        let all = names(&Choice::default());
        let on = |fix: &str| {
            let suffix = format!("/6.12.107-lab+{fix}");
            all.iter()
                .filter_map(|name| name.strip_suffix(&suffix))
                .collect::<Vec<_>>()
        };
        // Its flag is kernel/irq's; that only XIVE sets it is what the other machines show.
        assert_eq!(on("chip-unlazy-flag"), FIX_MACHINES);
        assert_eq!(on("xive-eoi-always"), ["powernv9-xive"]);
        assert_eq!(on("xive-irq-enable"), ["powernv9-xive"]);
        let choice = Choice {
            only: vec!["q35-ioapic/6.12.107-lab+chip-unlazy-flag".to_string()],
            ..Choice::default()
        };
        assert!(
            choose(&choice).expect("a cell").cells[0]
                .host()
                .expect("a row")
                .fixes
                .is_empty()
        );
    }
}
