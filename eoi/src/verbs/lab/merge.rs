//! `eoi lab merge`: the shares of one run, joined.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use super::status::status;
use crate::error::Status;
use crate::lab::merge::merge;
use crate::lab::results::Results;
use crate::report;
use crate::report::format::LabFormat;
use crate::verbs::manual;

/// The options of `eoi lab merge`.
#[derive(Args)]
#[command(after_help = manual::short("lab merge"), after_long_help = manual::long("lab merge"))]
pub struct MergeArgs {
    /// Files that `eoi lab run --format json` wrote with --part K/N for every K, or with --only for every cell
    #[arg(required = true)]
    results: Vec<PathBuf>,
    /// Output format
    #[arg(long, value_enum, default_value_t = LabFormat::Json)]
    format: LabFormat,
}

/// Runs the verb.
///
/// # Errors
/// Results that cannot be read, or that are not the shares of one run.
pub fn run(args: &MergeArgs) -> Result<Status> {
    let shares: Result<Vec<_>> = args
        .results
        .iter()
        .map(|path| Results::read(path))
        .collect();
    let merged = merge(&shares?)?;
    report::lab::write(&merged, args.format)?;
    Ok(status(&merged))
}
