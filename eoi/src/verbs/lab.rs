//! `eoi lab`: which cells, how they are run, how their results are written.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::{Args, Subcommand};

use crate::error::{Status, cannot_tell};
use crate::lab::{brought, cell, clean, emulator, fetch, list, merge, prepare, results, run, store};
use crate::report;
use crate::report::format::LabFormat;

/// Run real kernels in emulated machines, beside the model
///
/// Needs no root, no hardware and no KVM. `fetch` brings emulators, kernels and a toolchain from the Debian archive into
/// the lab's own cache and installs nothing.
#[derive(Args)]
pub struct LabArgs {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Show what can be run: the job matrix
    List(list::ListArgs),
    /// Bring what the lab needs into its cache
    Fetch(fetch::FetchArgs),
    /// Remove from the cache what is not needed any more
    ///
    /// Without options that is what was fetched for another lock than this eoi's. Not while another `eoi lab` runs.
    Clean(clean::CleanArgs),
    /// Run cells and compare them with the model
    Run(Box<RunArgs>),
    /// Show a run that was kept
    Show(ShowArgs),
    /// Join the results of the parts, or of single cells, of one run
    Merge(MergeArgs),
}

#[derive(Args)]
struct RunArgs {
    #[command(flatten)]
    choice: cell::Choice,
    #[command(flatten)]
    cache: fetch::CacheArgs,
    /// Machines at a time [default: the number of CPUs]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
    /// A directory with QEMU's programs, in place of the fetched ones
    #[arg(long, value_name = "DIR")]
    qemu: Option<PathBuf>,
    /// The guest's program, built statically, in place of the one built from the sources
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
    /// Go on with a run that was stopped: only the cells that these results do not have, that failed or differed, or of which
    /// other cases are to be run or the model says something else now
    #[arg(long, value_name = "RESULTS")]
    resume: Option<PathBuf>,
    /// Give a machine up whose console is silent for so long, up to 4 times as long on those that are slow, or that is not off
    /// after 8 times that
    #[arg(long, value_name = "SECONDS", default_value_t = run::SILENCE, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    timeout: u64,
    /// Output format
    #[arg(long, value_enum, default_value_t)]
    format: LabFormat,
}

#[derive(Args)]
struct ShowArgs {
    /// Results, or a run's directory [default: the last run]
    results: Option<PathBuf>,
    /// Only the rows of these cells
    #[arg(long, value_name = "CELL", value_delimiter = ',')]
    only: Vec<String>,
    /// Only the rows of these cases
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    case: Vec<String>,
    /// Only the rows of this device: disintx or no-disintx
    #[arg(long, value_name = "NAME")]
    device: Option<String>,
    /// Output format
    #[arg(long, value_enum, default_value_t)]
    format: LabFormat,
}

#[derive(Args)]
struct MergeArgs {
    /// What `eoi lab run --format json` wrote with --part K/N for every K, or with --only for every cell
    #[arg(required = true)]
    results: Vec<PathBuf>,
    /// Output format
    #[arg(long, value_enum, default_value_t = LabFormat::Json)]
    format: LabFormat,
}

/// Runs the verb.
///
/// # Errors
/// Wrong usage, or what cannot be fetched, built or read.
pub fn run(args: LabArgs) -> Result<Status> {
    match args.verb {
        Verb::List(args) => list::print(&args),
        Verb::Fetch(args) => fetch::run(&args),
        Verb::Clean(args) => clean::run(&args),
        Verb::Run(args) => run_cells(*args),
        Verb::Show(args) => show(&args),
        Verb::Merge(args) => {
            let shares: Result<Vec<_>> = args.results.iter().map(|path| results::Results::read(path)).collect();
            let merged = merge::merge(&shares?)?;
            report::lab::write(&merged, args.format)?;
            Ok(status(&merged))
        }
    }
}

/// A machine that says nothing leaves the question open; one that disagrees is an answer.
fn status(results: &results::Results) -> Status {
    if results.rows.iter().any(|row| !row.agrees) {
        Status::Found
    } else if results.failures.is_empty() && results.undone.is_empty() {
        Status::Holds
    } else {
        Status::Unknown
    }
}

/// Every cell that `--only` and `--part` take their share of, and that share.
fn share(choice: &cell::Choice) -> Result<(Vec<cell::Cell>, Vec<cell::Cell>)> {
    let whole = cell::choose(&cell::Choice { only: Vec::new(), ..choice.clone() })?;
    let cells = cell::choose(choice)?;
    Ok((whole, choice.part.map_or_else(|| cells.clone(), |part| part.of(cells.clone()))))
}

fn run_cells(args: RunArgs) -> Result<Status> {
    emulator::stop_at_signals()?;
    let (whole, cells) = share(&args.choice)?;
    let kept = args.resume.as_deref().map(results::Results::read).transpose()?;
    let brought = brought::digest(&args.choice, args.program.as_deref())?;
    let stock = prepare::Stock::new(args.cache.open()?, args.qemu, args.program, args.timeout);
    // A share without cells starts no emulator.
    let qemu = cells.first().map(|cell| stock.qemu_version(cell.machine.arch)).transpose();
    let head = results::Results {
        eoi: env!("CARGO_PKG_VERSION").to_string(),
        qemu: qemu?.unwrap_or_default(),
        lock: stock.cache().lock().digest(),
        brought,
        ..results::Results::of(&whole)
    };
    let (old, todo) = head.take_over(kept, &cells)?;
    let cpus = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let jobs = args.jobs.map_or_else(cpus, usize::from);
    let so_far = |new: &BTreeMap<String, run::Done>| {
        let done = |name: String| Some((name.clone(), old.get(&name).or_else(|| new.get(&name))?));
        let results = head.with(cells.iter().map(cell::Cell::name).filter_map(done));
        let undone = cells.iter().map(cell::Cell::name).filter(|name| !results.cells.contains(name)).collect();
        results::Results { replaced: stock.replaced(), undone, ..results }
    };
    let ran = run_and_keep(&stock, &todo, jobs, args.format, &so_far);
    ran.map(|results| status(&results)).map_err(|error| cannot_tell(&error))
}

/// Runs these cells. What there is so far is kept after each, so that whatever becomes of us or of stdout takes none of it.
fn run_and_keep(
    stock: &prepare::Stock,
    todo: &[cell::Cell],
    jobs: usize,
    format: LabFormat,
    so_far: &(dyn Fn(&BTreeMap<String, run::Done>) -> results::Results + Sync),
) -> Result<results::Results> {
    let directory = run::directory(&stock.cache().root().join("runs"))?;
    let file = directory.join("results.json");
    // That it cannot be kept is said at the end: the disk may have room again by then.
    let new = run::run(stock, todo, jobs, &directory, &|new| drop(so_far(new).write(&file)));
    let results = so_far(&new);
    let written = results.write(&file);
    let kept = file.display();
    if emulator::stopped() {
        written?;
        bail!("stopped; no emulator is left running. --resume {kept} goes on with the cells that are missing");
    }
    let shown = report::lab::write(&results, format);
    written?;
    anstream::eprintln!("kept in {kept}, with every console and recording beside it");
    shown.map(|()| results)
}

fn show(args: &ShowArgs) -> Result<Status> {
    let path = match &args.results {
        Some(path) if path.is_dir() => path.join("results.json"),
        Some(path) => path.clone(),
        None => last_run()?,
    };
    let mut results = results::Results::read(&path)?;
    results.keep(&args.only, &args.case, args.device.as_deref())?;
    report::lab::write(&results, args.format)?;
    Ok(status(&results))
}

fn last_run() -> Result<PathBuf> {
    let runs = store::default_root()?.join("runs");
    let entries = std::fs::read_dir(&runs).into_iter().flatten().flatten();
    let kept = entries.map(|entry| entry.path().join("results.json")).filter(|path| path.exists()).max();
    let Some(kept) = kept else { bail!("no run is kept in {}; `eoi lab run` makes one", runs.display()) };
    Ok(kept)
}
