//! `eoi verify`: which source, which rows, how the answer is written.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clap::Args;
use eoi_model::device::Device;
use eoi_model::fixes::{self, Fix};
use eoi_model::irqchip::Irqchip;
use eoi_model::kernels::{self, Kernel};
use eoi_model::system::System;

use crate::check::names::pick;
use crate::check::picked;
use crate::error::{CannotTell, Status, cannot_tell};
use crate::lab::build::{KernelTree, Patch, candidate, engine, sources};
use crate::lab::process::stop_at_signals;
use crate::lab::store::{Cache, Purpose};
use crate::report;
use crate::report::format::VerifyFormat;
use crate::report::verify::Comparison;
use crate::terminal::note;
use crate::verbs::lab::args::CacheArgs;
use crate::verbs::{candidates, manual};
use crate::verify::drift::{Drift, Looked, drift};
use crate::verify::rows::{self, RELEASES, Row, compare, config, driver_of, failed, with_fix};

/// Compare the kernel's own C with the model, on every reachable state
///
/// Compiles kernel/irq, vfio-pci and controller drivers of a source tree into a program that runs in user space, and takes
/// every step that model and C can take, side by side. Both have to refuse the same events, touch the same registers in the
/// same order and leave the same fields. If they do not, eoi prints the shortest sequence that tells them apart. The first run
/// on a tree takes a minute or two, every other one seconds.
#[derive(Args)]
#[command(after_help = manual::short("verify"), after_long_help = manual::long("verify"))]
pub struct VerifyArgs {
    /// The kernel's source, to which nothing is written: a directory, a bare git repository (its HEAD) or a tarball
    /// [default: the lab's, of the series --release]
    #[arg(long, value_name = "TREE")]
    source: Option<PathBuf>,
    /// The series whose source the lab fetches
    #[arg(
        long,
        value_name = "X.Y",
        default_value = "6.12",
        value_delimiter = ',',
        conflicts_with = "source",
        add = candidates::compared_releases()
    )]
    release: Vec<String>,
    /// Every row of docs/verify.md: each release that the lab can fetch, and 6.12 with each candidate fix as well
    #[arg(long, conflicts_with_all = ["source", "release", "fix", "patch", "program"])]
    all: bool,
    /// Print the rows that are kept in this file, in place of comparing
    #[arg(long, value_name = "FILE", conflicts_with_all = ["source", "release", "all", "fix", "patch", "program"])]
    show: Option<PathBuf>,
    /// Only these controllers
    #[arg(long, value_name = "NAME", value_delimiter = ',', add = candidates::verified_chips())]
    chip: Vec<String>,
    /// Only these devices
    #[arg(long, value_name = "NAME", value_delimiter = ',', add = candidates::devices())]
    device: Vec<String>,
    /// Compare with these fixes instead of the tree as it is, one at a time: the patch in the C, the fix in the model. none is
    /// the tree without the merged fix, and every other one goes on top of that
    #[arg(long, value_name = "NAME", value_delimiter = ',', add = candidates::fixes())]
    fix: Vec<String>,
    /// Apply this patch to the C before it is compiled, and leave the model as it is: every difference that is found is the
    /// patch's. A diff, or a mailbox with a series of them, against the tree, applied after the patch of --fix. May be given
    /// more than once; they are applied in that order
    #[arg(long, value_name = "FILE")]
    patch: Vec<PathBuf>,
    /// Ask this program in place of building one: the kernel's C with one controller's driver, as kernel-c/build.sh links it.
    /// --release X.Y.Z says of which Linux it was built, and --chip which controller it drives
    #[arg(long, value_name = "FILE", conflicts_with_all = ["source", "fix", "patch"], requires = "chip")]
    program: Option<PathBuf>,
    /// Output format
    #[arg(long, value_enum, default_value_t)]
    format: VerifyFormat,
    #[command(flatten)]
    cache: CacheArgs,
}

/// A change to both sides, or to the C alone.
struct Change {
    fixes: Vec<&'static Fix>,
    patches: Vec<Patch>,
    /// Some of the patches are the user's own.
    is_the_users: bool,
}

/// The controllers and devices that were asked for.
struct Wanted {
    chips: Vec<&'static Irqchip>,
    devices: Vec<Device>,
}

impl Change {
    /// These fixes, and these patches of the user's after theirs.
    fn new(fixes: Vec<&'static Fix>, own: &[Patch]) -> Result<Self> {
        let patches = fixes.iter().map(|fix| candidate(fix.name));
        let mut patches: Vec<Patch> = patches.collect::<Result<_>>()?;
        patches.extend(own.iter().cloned());
        Ok(Self {
            fixes,
            patches,
            is_the_users: !own.is_empty(),
        })
    }
}

impl VerifyArgs {
    fn changes(&self) -> Result<Vec<Change>> {
        let patches = self.patch.iter().map(|file| Patch::read(file));
        let own: Vec<Patch> = patches.collect::<Result<_>>()?;
        if self.fix.is_empty() {
            return Ok(vec![Change::new(Vec::new(), &own)?]);
        }
        let wanted = pick("fix", &self.fix, fixes::ALL, |fix| fix.name, fixes::ALL)?;
        let changes = wanted.into_iter();
        changes
            .map(|fix| Change::new(with_fix(fix), &own))
            .collect()
    }

    fn wanted(&self) -> Result<Wanted> {
        let all = rows::chips();
        let name = |chip: &&'static Irqchip| chip.name;
        Ok(Wanted {
            chips: pick("compared controller", &self.chip, &all, name, &all)?,
            devices: picked::devices(&self.device, &rows::DEVICES)?,
        })
    }

    /// The rows that a program of the user's gives.
    fn ask(&self, program: &Path, wanted: &Wanted) -> Result<Comparison> {
        let release = &self.release[0];
        ensure!(
            self.release.len() == 1,
            "--program is a program of one --release"
        );
        let kernel = kernel_of(release)?;
        let rows = wanted.rows(release, kernel, &[], &wanted.chips, program);
        Ok(Comparison::new(&rows, Vec::new()))
    }

    fn build_and_ask(&self, wanted: &Wanted) -> Result<Comparison> {
        let changes = self.changes()?;
        stop_at_signals()?;
        let cache = self.cache.open(Purpose::Use)?;
        let mut answer = Answer::default();
        match &self.source {
            Some(path) => {
                let tree = KernelTree::at(&cache, path)?;
                answer.add(wanted, &cache, &tree, &changes)?;
            }
            None => {
                for series in &self.release {
                    let tree = KernelTree::of_series(&cache, series)?;
                    answer.add(wanted, &cache, &tree, &changes)?;
                }
            }
        }
        Ok(Comparison::new(&answer.rows, answer.drift))
    }

    /// Compares every row that docs/verify.json keeps.
    fn everything(&self, wanted: &Wanted) -> Result<Comparison> {
        stop_at_signals()?;
        let cache = self.cache.open(Purpose::Use)?;
        let mut answer = Answer::default();
        for release in RELEASES {
            let mut changes = vec![Change::new(Vec::new(), &[])?];
            if release.is_patched {
                for fix in fixes::ALL {
                    changes.push(Change::new(with_fix(fix), &[])?);
                }
            }
            let tree = KernelTree::of_series(&cache, release.series)?;
            answer.add(wanted, &cache, &tree, &changes)?;
        }
        Ok(Comparison::new(&answer.rows, answer.drift))
    }

    fn compared(&self, wanted: &Wanted) -> Result<Comparison> {
        if let Some(program) = &self.program {
            self.ask(program, wanted)
        } else if self.all {
            self.everything(wanted)
        } else {
            self.build_and_ask(wanted)
        }
    }
}

/// The result so far.
#[derive(Default)]
struct Answer {
    rows: Vec<Row>,
    drift: Vec<Drift>,
}

impl Answer {
    /// Compares a tree with each of these changes, and its functions with those of the release that the model was read from.
    fn add(
        &mut self,
        wanted: &Wanted,
        cache: &Cache,
        tree: &KernelTree,
        changes: &[Change],
    ) -> Result<()> {
        let kernel = kernel_of(&tree.version)?;
        let rows = wanted.of_tree(cache, tree, kernel, changes)?;
        let outcomes = rows.iter().filter_map(|row| row.outcome.as_ref().ok());
        let calls: BTreeSet<&'static str> = outcomes
            .flat_map(|outcome| outcome.calls.iter().copied())
            .collect();
        let mut files: Vec<String> = wanted
            .chips
            .iter()
            .filter_map(|chip| driver_of(chip))
            .flat_map(|driver| sources(driver.name))
            .collect();
        files.push("fs/eventfd.c".to_string()); // the model calls it, and the C has its own
        files.sort();
        files.dedup();
        let read = read_before(cache, kernel);
        let before = read.as_ref().filter(|read| read.version != tree.version);
        self.drift.push(drift(
            kernel,
            &calls,
            &files,
            &looked(tree),
            before.map(looked).as_ref(),
        )?);
        self.rows.extend(rows);
        Ok(())
    }
}

fn looked(tree: &KernelTree) -> Looked<'_> {
    Looked {
        root: &tree.root,
        version: &tree.version,
    }
}

/// The source of the series that this kernel stands for, if the lab can have it.
fn read_before(cache: &Cache, kernel: &Kernel) -> Option<KernelTree> {
    let series = format!("{}.{}", kernel.version.0, kernel.version.1);
    let known = RELEASES.iter().any(|release| release.series == series);
    let tree = known.then(|| KernelTree::of_series(cache, &series))?;
    tree.inspect_err(|error| {
        note(format_args!(
            "what changed since Linux {series} is not said: {error:#}"
        ));
    })
    .ok()
}

impl Wanted {
    /// The rows of this tree with each of these changes.
    fn of_tree(
        &self,
        cache: &Cache,
        tree: &KernelTree,
        kernel: &'static Kernel,
        changes: &[Change],
    ) -> Result<Vec<Row>> {
        let mut rows = Vec::new();
        for change in changes {
            for driver in rows::DRIVERS {
                let chips: Vec<_> = self
                    .chips
                    .iter()
                    .copied()
                    .filter(|chip| driver_of(chip).is_some_and(|one| one.name == driver.name))
                    .filter(|chip| {
                        // Not another release's driver, nor a fix of another driver.
                        System::new(&config(kernel, &change.fixes, chip, self.devices[0])).is_ok()
                    })
                    .collect();
                if chips.is_empty() {
                    continue;
                }
                match engine(cache, tree, &change.patches, driver.name) {
                    Ok(program) => {
                        rows.extend(self.rows(
                            &tree.version,
                            kernel,
                            &change.fixes,
                            &chips,
                            &program,
                        ));
                    }
                    // A release may not have the driver, or another form of it. A patch is the user's question.
                    Err(error) if !change.is_the_users => {
                        rows.extend(self.each(&chips).filter_map(|(chip, device)| {
                            failed(&tree.version, (kernel, &change.fixes), chip, device, &error)
                        }));
                    }
                    Err(error) => return Err(cannot_tell(&error)),
                }
            }
        }
        Ok(rows)
    }

    fn rows(
        &self,
        source: &str,
        kernel: &'static Kernel,
        fixes: &[&'static Fix],
        chips: &[&'static Irqchip],
        program: &Path,
    ) -> Vec<Row> {
        self.each(chips)
            .filter_map(|(chip, device)| compare(source, (kernel, fixes), chip, device, program))
            .collect()
    }

    /// Each of these controllers with each device.
    fn each<'a>(
        &'a self,
        chips: &'a [&'static Irqchip],
    ) -> impl Iterator<Item = (&'static Irqchip, Device)> + 'a {
        let devices = move |chip: &&'static Irqchip| {
            let chip = *chip;
            self.devices.iter().map(move |&device| (chip, device))
        };
        chips.iter().flat_map(devices)
    }
}

/// The model's kernel that stands for this version.
fn kernel_of(version: &str) -> Result<&'static Kernel> {
    kernels::of_release(version)
        .with_context(|| format!("the model has no kernel that stands for Linux {version}"))
}

/// Runs the verb.
///
/// # Errors
/// An unknown name, a tree or patch that does not compile, a source of which nothing can be compared, a stdout that cannot be
/// written.
pub fn run(args: &VerifyArgs) -> Result<Status> {
    let comparison = match &args.show {
        Some(file) => Comparison::read(file)?,
        None => args.compared(&args.wanted()?)?,
    };
    if comparison.rows.is_empty() {
        return Err(CannotTell("there is no such row: see docs/verify.md".into()).into());
    }
    report::write(&comparison.text(args.format)?)?;
    Ok(comparison.status())
}
