//! `eoi lab run`: runs cells and compares them with the model.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::path::PathBuf;
use std::thread::available_parallelism;
use std::time::Duration;

use anyhow::{Result, bail};
use clap::Args;

use super::args::{CacheArgs, ChoiceArgs};
use super::status::status;
use crate::error::{Status, cannot_tell};
use crate::lab::brought;
use crate::lab::cell::Cell;
use crate::lab::prepare::Stock;
use crate::lab::process::{stop_at_signals, stopped};
use crate::lab::results::{Done, Results};
use crate::lab::run::{Runner, SILENCE, directory};
use crate::lab::store::Purpose;
use crate::report;
use crate::report::format::LabFormat;
use crate::report::lab::progress::{self, Progress};
use crate::verbs::manual;

/// The options of `eoi lab run`.
#[derive(Args)]
#[command(after_help = manual::short("lab run"), after_long_help = manual::long("lab run"))]
pub struct RunArgs {
    #[command(flatten)]
    choice: ChoiceArgs,
    #[command(flatten)]
    cache: CacheArgs,
    /// Machines at a time [default: the number of CPUs]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
    /// A directory with QEMU's programs, in place of the fetched ones
    #[arg(long, value_name = "DIR")]
    qemu: Option<PathBuf>,
    /// The guest's program, built statically, in place of the one built from the sources
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
    /// Go on with a run that was stopped. A cell is run again if these results do not have it, if it failed or differed, if
    /// other cases are to be run there, or if the model's prediction has changed
    #[arg(long, value_name = "RESULTS")]
    resume: Option<PathBuf>,
    /// Give up a machine whose console is silent for so long (on slow machines, up to 4 times as long), or that is not off after
    /// 8 times that time
    #[arg(long, value_name = "SECONDS", default_value_t = SILENCE, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    timeout: u64,
    /// Output format
    #[arg(long, value_enum, default_value_t)]
    format: LabFormat,
}

/// Runs the verb.
///
/// # Errors
/// Wrong usage, or what cannot be fetched, built or read.
pub fn run(args: RunArgs) -> Result<Status> {
    stop_at_signals()?;
    let share = args.choice.share()?;
    progress::left_out(&share.left_out);
    let kept = args.resume.as_deref().map(Results::read).transpose()?;
    let brought = brought::digest(args.choice.brought()?.as_ref(), args.program.as_deref())?;
    let stock = Stock::new(args.cache.open(Purpose::Use)?, args.qemu, args.program);
    // A share without cells starts no emulator.
    let qemu = share
        .cells
        .first()
        .map(|cell| stock.qemu_version(cell.machine.arch))
        .transpose();
    let head = Results {
        eoi: env!("CARGO_PKG_VERSION").to_string(),
        qemu: qemu?.unwrap_or_default(),
        lock: stock.cache().lock().digest(),
        brought,
        ..Results::of(&share.whole)
    };
    let (old, todo) = head.take_over(kept, &share.cells)?;
    let jobs = args.jobs.map_or_else(
        || available_parallelism().map_or(1, NonZero::get),
        usize::from,
    );
    let so_far = |new: &BTreeMap<String, Done>| {
        let done = |name: String| Some((name.clone(), old.get(&name).or_else(|| new.get(&name))?));
        let results = head.with(share.cells.iter().map(Cell::name).filter_map(done));
        let undone = share
            .cells
            .iter()
            .map(Cell::name)
            .filter(|name| !results.cells.contains(name))
            .collect();
        Results {
            replaced: stock.replaced(),
            undone,
            ..results
        }
    };
    let how = How {
        jobs,
        silence: Duration::from_secs(args.timeout),
        format: args.format,
    };
    let ran = run_and_keep(&stock, &todo, &how, &so_far);
    ran.map(|results| status(&results))
        .map_err(|error| cannot_tell(&error))
}

/// How cells are run, and how it is said what came of them.
struct How {
    jobs: usize,
    silence: Duration,
    format: LabFormat,
}

/// Runs these cells. The results so far are kept after each cell, so that they survive a failure of this process or of
/// stdout.
fn run_and_keep(
    stock: &Stock,
    todo: &[Cell],
    how: &How,
    so_far: &(dyn Fn(&BTreeMap<String, Done>) -> Results + Sync),
) -> Result<Results> {
    let directory = directory(&stock.cache().root().join("runs"))?;
    let file = directory.join("results.json");
    let progress = Progress::new(todo.len());
    let runner = Runner {
        ready: &|cell| stock.ready(cell),
        jobs: how.jobs,
        silence: how.silence,
        runs: &directory,
        begins: &|cell| progress.begins(&cell.name()),
        done: &|cell, new| {
            progress.done(&cell.name(), &new[&cell.name()]);
            drop(so_far(new).write(&file)); // that it cannot be kept is said at the end: there may be room again by then
        },
        again: &|cell| progress.again(&cell.name()),
    };
    let new = runner.run(todo);
    progress.finish();
    let results = so_far(&new);
    let written = results.write(&file);
    let kept = file.display();
    if stopped() {
        written?;
        bail!(
            "stopped; no emulator is left running. --resume {kept} goes on with the cells that are missing"
        );
    }
    let shown = report::lab::write(&results, how.format);
    written?;
    progress::kept(&file);
    shown.map(|()| results)
}
