//! `eoi lab show`: a run that was kept, or some of its rows.

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;

use super::status::status;
use crate::error::Status;
use crate::lab::results::Results;
use crate::lab::store;
use crate::report;
use crate::report::format::LabFormat;
use crate::verbs::candidates;
use crate::verbs::manual;

/// The options of `eoi lab show`.
#[derive(Args)]
#[command(after_help = manual::short("lab show"), after_long_help = manual::long("lab show"))]
pub struct ShowArgs {
    /// Results, or a run's directory [default: the last run]
    results: Option<PathBuf>,
    /// Only the rows of these cells
    #[arg(long, value_name = "CELL", value_delimiter = ',', add = candidates::cells())]
    only: Vec<String>,
    /// Only the rows of these cases
    #[arg(long, value_name = "NAME", value_delimiter = ',', add = candidates::cases())]
    case: Vec<String>,
    /// Only the rows of this device: disintx or no-disintx
    #[arg(long, value_name = "NAME", add = candidates::lab_devices())]
    device: Option<String>,
    /// Only how many cases agree on each machine, and where each case stalled
    #[arg(long, conflicts_with = "format")]
    summary: bool,
    /// Output format
    #[arg(long, value_enum, default_value_t)]
    format: LabFormat,
}

/// Runs the verb.
///
/// # Errors
/// Results that are not there or cannot be read, or nothing of them that is left to show.
pub fn run(args: &ShowArgs) -> Result<Status> {
    let path = match &args.results {
        Some(path) if path.is_dir() => path.join("results.json"),
        Some(path) => path.clone(),
        None => last_run()?,
    };
    let mut results = Results::read(&path)?;
    results.keep(&args.only, &args.case, args.device.as_deref())?;
    if args.summary {
        report::write(&report::lab::summary::text(&results))?;
    } else {
        report::lab::write(&results, args.format)?;
    }
    Ok(status(&results))
}

fn last_run() -> Result<PathBuf> {
    let runs = store::default_root()?.join("runs");
    let entries = std::fs::read_dir(&runs).into_iter().flatten().flatten();
    let kept = entries
        .map(|entry| entry.path().join("results.json"))
        .filter(|path| path.exists())
        .max();
    let Some(kept) = kept else {
        bail!(
            "no run is kept in {}; `eoi lab run` makes one",
            runs.display()
        )
    };
    Ok(kept)
}
