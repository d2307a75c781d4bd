//! Cells: what can be run, each one machine started once.

use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use eoi_model::device::Device;
use eoi_model::fixes::{self, Fix};
use eoi_model::{irqchip, kernels};

use super::build::{self, Patch};
use super::case::{self, Case, How};
use super::kernel::{self, Kernel};
use super::machine::{self, Machine};
use super::predict::Host;
use crate::check::names::pick;

/// Which cells and cases.
#[derive(Args, Clone, Debug, Default)]
pub struct Choice {
    /// One case set on a few machines: what a test run has time for
    #[arg(long)]
    pub quick: bool,
    /// Only this cell, by its name in `lab list`; may be given more than once
    #[arg(long, value_name = "CELL")]
    pub only: Vec<String>,
    /// Only these machines
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub machine: Vec<String>,
    /// Only these cases
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub case: Vec<String>,
    /// Every N-th cell, from the K-th
    #[arg(long, value_name = "K/N")]
    pub part: Option<crate::part::Part>,
    /// A patch of your own, in place of the lab's kernels: to drivers/vfio/pci, or to anything that is built in
    #[arg(long, value_name = "FILE")]
    pub patch: Vec<PathBuf>,
    /// What --patch applies to, and what --kernel is held against: a kernel with the merged fix, or without
    #[arg(long, value_name = "BASE", value_parser = ["fixed", "unfixed"], default_value = "fixed")]
    pub base: String,
    /// A kernel that you built, in place of the lab's
    #[arg(long, value_name = "IMAGE", conflicts_with = "patch")]
    pub kernel: Option<PathBuf>,
    /// Its modules
    #[arg(long, value_name = "DIR", requires = "kernel")]
    pub modules: Option<PathBuf>,
}

/// The kernel of a cell.
#[derive(Clone)]
pub enum Source {
    /// A packaged one, or its twin.
    Packaged(&'static Kernel),
    /// The lab's own small kernel without the merged fix, with the patch of a candidate fix.
    Fix(&'static Fix),
    /// With patches of the user's.
    Patched(Vec<PathBuf>, bool),
    /// The user's own.
    Own(PathBuf, Option<PathBuf>, bool),
}

/// How it is booted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Boot {
    /// As it is.
    Plain,
    /// With `threadirqs`.
    Threadirqs,
}

impl Boot {
    const ALL: [Self; 2] = [Self::Plain, Self::Threadirqs];

    /// What a cell's name has behind it.
    #[must_use]
    pub const fn suffix(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Threadirqs => "/threadirqs",
        }
    }

    /// The cases that it is for.
    fn fits(self, case: &Case) -> bool {
        match self {
            Self::Plain => true,
            Self::Threadirqs => case.script.name == "clear-unmask" && case.how != How::Intx,
        }
    }
}

/// One machine, started once.
#[derive(Clone)]
pub struct Cell {
    /// The machine.
    pub machine: &'static Machine,
    /// The kernel.
    pub source: Source,
    /// How it is booted.
    pub boot: Boot,
    /// What is run there.
    pub cases: Vec<Case>,
}

impl Cell {
    /// The kernel's name in reports.
    #[must_use]
    pub fn kernel(&self) -> String {
        match &self.source {
            Source::Packaged(kernel) => kernel.name.to_string(),
            Source::Fix(fix) => format!("6.12.107-lab+{}", fix.name),
            Source::Patched(patches, fixed) => {
                let stem = |path: &PathBuf| path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                let names: Vec<String> = patches.iter().map(stem).collect();
                format!("6.12.107{}+{}", if *fixed { "" } else { "-unfixed" }, names.join("+"))
            }
            Source::Own(image, ..) => image.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        }
    }

    /// The cell's name.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}/{}{}", self.machine.name, self.kernel(), self.boot.suffix())
    }

    /// Whether the kernel has the merged fix or, as a candidate, one in its place.
    #[must_use]
    pub fn fixed(&self) -> bool {
        match &self.source {
            Source::Packaged(kernel) => kernel.fixed,
            Source::Fix(fix) => fix.name != "none",
            Source::Patched(_, fixed) | Source::Own(_, _, fixed) => *fixed,
        }
    }

    /// What the model has for it. Patches and kernels of the user's are held against the kernel that they start from.
    ///
    /// # Errors
    /// The model has no such row.
    pub fn host(&self) -> Result<Host> {
        let name = self.machine.chip;
        let chip = irqchip::by_name(name).with_context(|| format!("the model has no controller {name}"))?;
        let base = |fixed: bool| if fixed { "linux-6.12.107" } else { "linux-6.12.57" };
        let (kernel, fixes) = match &self.source {
            Source::Packaged(kernel) => kernel.model()?,
            Source::Fix(fix) => {
                // One that changes another controller's driver leaves this one's line as `none` does.
                let kernel = kernels::by_name(base(false)).context("6.12.57")?;
                let here = fix.name != "none" && (fix.applies)(kernel, chip).is_ok();
                (kernel, if here { vec![*fix] } else { Vec::new() })
            }
            Source::Patched(_, fixed) => (kernels::by_name(base(*fixed)).context("6.12")?, Vec::new()),
            Source::Own(_, _, fixed) => {
                let name = if *fixed { "linux-7.3" } else { base(false) };
                (kernels::by_name(name).context(name)?, Vec::new())
            }
        };
        Ok(Host { chip, kernel, fixes, threadirqs: self.boot == Boot::Threadirqs })
    }
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
const QUICK_SCRIPTS: [&str; 4] = ["clear-unmask", "reraise-masked", "unmask-high", "mask-raise-unmask"];

/// Whether a race has something to say here. That of a DisINTx+ device runs on one kernel a machine: it takes its 100,000
/// rounds, and the code is the same in all of them. Of the candidate fixes, one is about the race, and runs it on one machine
/// beside the same kernel without it, which tells how deep the line is disabled.
fn race_tells(machine: &Machine, source: &Source, device: Device) -> bool {
    machine.cpus > 1
        && match source {
            Source::Packaged(kernel) => device == Device::NoDisintx || kernel.name == build::PATCHED,
            Source::Fix(fix) => {
                let about = ["none", "vfio-mask-once"].contains(&fix.name);
                about && device == Device::NoDisintx && machine.name == FIX_MACHINES[0]
            }
            Source::Patched(..) | Source::Own(..) => true,
        }
}

/// The doctor sees a machine from inside with the series that has a kernel of both kinds, lazy and unlazy.
fn is_diagnosed(source: &Source) -> bool {
    match source {
        Source::Packaged(kernel) => kernel.name.starts_with(build::PATCHED),
        Source::Fix(_) => false,
        Source::Patched(..) | Source::Own(..) => true,
    }
}

/// Faults are the VMM's, which is the same on all machines: one of each architecture has them, with a kernel of each kind.
fn has_faults(machine: &Machine, source: &Source) -> bool {
    let cell = |name: &str| QUICK.iter().any(|quick| quick.strip_prefix(machine.name).is_some_and(|rest| rest == name));
    match source {
        Source::Packaged(kernel) => cell(&format!("/{}", kernel.name)),
        Source::Fix(_) => false,
        Source::Patched(..) | Source::Own(..) => true,
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
    Cell { machine, source, boot, cases }
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

/// The cells that are chosen.
///
/// # Errors
/// A name that nothing has, or a choice that is empty.
pub fn choose(choice: &Choice) -> Result<Vec<Cell>> {
    if choice.base == "unfixed" && choice.patch.is_empty() && choice.kernel.is_none() {
        bail!("--base is of --patch and --kernel; the lab's own kernels without the fix are cells: `eoi lab list`");
    }
    let mut scripts = choice.case.clone();
    if choice.quick && scripts.is_empty() {
        scripts = QUICK_SCRIPTS.map(str::to_string).to_vec();
    }
    let cases = case::named(&scripts)?;
    let machines = pick("machine", &choice.machine, machine::ALL, |machine| machine.name, machine::ALL)?;
    let cells = match own_source(choice)? {
        Some(source) => {
            reached(choice, machines)?.into_iter().map(|one| cell(one, source.clone(), Boot::Plain, &cases)).collect()
        }
        None => everything(&machines, &cases)?,
    };
    narrow(choice, cells)
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
fn own_source(choice: &Choice) -> Result<Option<Source>> {
    let fixed = choice.base == "fixed";
    let Some(image) = &choice.kernel else {
        return Ok((!choice.patch.is_empty()).then(|| Source::Patched(choice.patch.clone(), fixed)));
    };
    ensure!(image.is_file(), "--kernel: there is no file {}; give the image that a boot loader takes", image.display());
    if let Some(modules) = &choice.modules {
        ensure!(modules.is_dir(), "--modules: there is no directory {}", modules.display());
    }
    Ok(Some(Source::Own(image.clone(), choice.modules.clone(), fixed)))
}

/// The machines that the user's patches may change something on. One that the user named is run all the same.
fn reached(choice: &Choice, machines: Vec<&'static Machine>) -> Result<Vec<&'static Machine>> {
    let patches: Vec<Patch> = choice.patch.iter().map(|file| Patch::read(file)).collect::<Result<_>>()?;
    if patches.is_empty() || !choice.machine.is_empty() || !choice.only.is_empty() {
        return Ok(machines);
    }
    let reaches = |machine: &&Machine| patches.iter().any(|patch| patch.reaches(machine.arch));
    let (kept, out): (Vec<_>, Vec<_>) = machines.into_iter().partition(reaches);
    if !out.is_empty() {
        let out: Vec<&str> = out.iter().map(|machine| machine.name).collect();
        anstream::eprintln!(
            "left out, as nothing that is patched is compiled for them: {}; --machine runs them all the same",
            out.join(", ")
        );
    }
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::arch::Arch;

    fn names(choice: Choice) -> Vec<String> {
        let choice = Choice { base: "fixed".to_string(), ..choice };
        choose(&choice).expect("cells").iter().map(Cell::name).collect()
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
        let power = names(Choice { patch: vec![patch.clone()], ..Choice::default() });
        assert_eq!(power.len(), machine::ALL.iter().filter(|machine| machine.arch == Arch::Ppc64el).count());
        assert!(power.iter().all(|name| name.starts_with('p')), "{power:?}");
        let named = Choice { patch: vec![patch], machine: vec!["q35-ioapic".to_string()], ..Choice::default() };
        assert_eq!(names(named), ["q35-ioapic/6.12.107+own"]);
        let (_directory, patch) = patch_of("kernel/irq/chip.c");
        assert_eq!(names(Choice { patch: vec![patch], ..Choice::default() }).len(), machine::ALL.len());
    }

    #[test]
    fn what_the_user_brings_is_looked_at_first() {
        let missing = PathBuf::from("nowhere/bzImage");
        for (choice, says) in [
            (Choice { patch: vec!["/dev/null".into()], ..Choice::default() }, "/dev/null is no patch for a kernel"),
            (Choice { patch: vec![missing.clone()], ..Choice::default() }, "cannot read the patch nowhere/bzImage"),
            (Choice { kernel: Some(missing.clone()), ..Choice::default() }, "there is no file nowhere/bzImage"),
            (
                Choice { kernel: Some("Cargo.toml".into()), modules: Some(missing), ..Choice::default() },
                "there is no directory nowhere",
            ),
        ] {
            let Err(error) = choose(&choice) else { panic!("{says}") };
            assert!(format!("{error:#}").contains(says), "{error:#}");
        }
    }

    #[test]
    fn a_candidate_runs_wherever_its_patch_is_compiled() {
        let all = names(Choice::default());
        let on = |fix: &str| {
            let suffix = format!("/6.12.107-lab+{fix}");
            all.iter().filter_map(|name| name.strip_suffix(&suffix)).collect::<Vec<_>>()
        };
        // Its flag is kernel/irq's; that only XIVE sets it is what the other machines show.
        assert_eq!(on("chip-unlazy-flag"), FIX_MACHINES);
        assert_eq!(on("xive-eoi-always"), ["powernv9-xive"]);
        assert_eq!(on("xive-irq-enable"), ["powernv9-xive"]);
        let choice = Choice { only: vec!["q35-ioapic/6.12.107-lab+chip-unlazy-flag".to_string()], ..Choice::default() };
        assert!(choose(&choice).expect("a cell")[0].host().expect("a row").fixes.is_empty());
    }
}
