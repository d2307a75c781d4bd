//! `eoi verify`: which source, which rows, how the answer is written.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use eoi_model::device::Device;
use eoi_model::fixes::{self, Fix};
use eoi_model::irqchip::Irqchip;
use eoi_model::kernels::{self, Kernel};
use eoi_model::system::System;

use crate::check::names::{find, pick};
use crate::check::picked;
use crate::error::Status;
use crate::lab::build::{KernelTree, Patch, candidate, engine};
use crate::lab::process::stop_at_signals;
use crate::lab::store::{Cache, Purpose};
use crate::report;
use crate::report::format::VerifyFormat;
use crate::verbs::lab::args::CacheArgs;
use crate::verbs::{candidates, manual};
use crate::verify::rows::{self, Row, compare, config, driver_of};

/// Compare the kernel's own C with the model, on every reachable state
///
/// Compiles kernel/irq, vfio-pci and controller drivers of a source tree into a program that runs in user space, and takes
/// every step that model and C can take, side by side. Both have to refuse the same events, touch the same registers in the
/// same order and leave the same fields. If they do not, eoi prints the shortest sequence that tells them apart. The first run
/// on a tree takes a minute or two, every other one seconds.
#[derive(Args)]
#[command(after_help = manual::short("verify"), after_long_help = manual::long("verify"))]
pub struct VerifyArgs {
    /// The kernel's source tree, which is not changed [default: the lab's, of the series --release]
    #[arg(long, value_name = "TREE")]
    source: Option<PathBuf>,
    /// The series whose source the lab fetches
    #[arg(
        long,
        value_name = "X.Y",
        default_value = "6.12",
        conflicts_with = "source"
    )]
    release: String,
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
    /// patch's. A git diff against the tree, applied after the patch of --fix. May be given more than once
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
}

impl VerifyArgs {
    fn changes(&self) -> Result<Vec<Change>> {
        let patches = self.patch.iter().map(|file| Patch::read(file));
        let own: Vec<Patch> = patches.collect::<Result<_>>()?;
        if self.fix.is_empty() {
            return Ok(vec![Change {
                fixes: Vec::new(),
                patches: own,
            }]);
        }
        let wanted = pick("fix", &self.fix, fixes::ALL, |fix| fix.name, fixes::ALL)?;
        let none = find("fix", "none", fixes::ALL, |fix| fix.name)?;
        let change = |fix: &'static Fix| {
            let all = if fix.name == none.name {
                vec![none]
            } else {
                vec![none, fix]
            };
            let patches = all.iter().map(|fix| candidate(fix.name));
            let mut patches: Vec<Patch> = patches.collect::<Result<_>>()?;
            patches.extend(own.iter().cloned());
            Ok(Change {
                patches,
                fixes: all,
            })
        };
        wanted.into_iter().map(change).collect()
    }

    /// The rows that a program of the user's gives.
    fn ask(
        &self,
        program: &Path,
        chips: &[&'static Irqchip],
        devices: &[Device],
    ) -> Result<Vec<Row>> {
        let kernel = kernel_of(&self.release)?;
        let mut rows = Vec::new();
        for chip in chips {
            for &device in devices {
                rows.extend(compare(kernel, &[], chip, device, program)?);
            }
        }
        Ok(rows)
    }

    /// The source's version, and the rows of programs that are built from it.
    fn build_and_ask(
        &self,
        chips: &[&'static Irqchip],
        devices: &[Device],
    ) -> Result<(String, Vec<Row>)> {
        let changes = self.changes()?;
        stop_at_signals()?;
        let cache = self.cache.open(Purpose::Use)?;
        let tree = self.tree(&cache)?;
        let kernel = kernel_of(&tree.version)?;
        let mut rows = Vec::new();
        for change in &changes {
            for chip in chips {
                let Some(driver) = driver_of(chip) else {
                    continue;
                };
                if System::new(&config(kernel, &change.fixes, chip, devices[0])).is_err() {
                    continue; // a fix of another driver
                }
                let program = engine(&cache, &tree, &change.patches, driver.name)?;
                for &device in devices {
                    rows.extend(compare(kernel, &change.fixes, chip, device, &program)?);
                }
            }
        }
        Ok((tree.version, rows))
    }

    fn tree(&self, cache: &Cache) -> Result<KernelTree> {
        match &self.source {
            Some(root) => KernelTree::at(root),
            None => KernelTree::of_series(cache, &self.release),
        }
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
/// An unknown name, a tree or patch that does not compile, a program that fails, a stdout that cannot be written.
pub fn run(args: &VerifyArgs) -> Result<Status> {
    let all = rows::chips();
    let chips: Vec<&'static Irqchip> = pick(
        "compared controller",
        &args.chip,
        &all,
        |chip| chip.name,
        &all,
    )?;
    let devices = picked::devices(&args.device, &rows::DEVICES)?;
    let (source, compared) = match &args.program {
        Some(program) => (args.release.clone(), args.ask(program, &chips, &devices)?),
        None => args.build_and_ask(&chips, &devices)?,
    };
    let differ = compared.iter().any(|row| row.outcome.differing > 0);
    report::write(&report::verify::text(&source, &compared, args.format)?)?;
    Ok(Status::found(differ))
}
