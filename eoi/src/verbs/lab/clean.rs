//! `eoi lab clean`: removes what nobody will ask for.

use anyhow::Result;
use clap::Args;

use super::args::CacheArgs;
use crate::error::Status;
use crate::lab::clean::{Also, needless};
use crate::lab::store::Purpose;
use crate::report;
use crate::verbs::manual;

/// The options of `eoi lab clean`.
#[derive(Args)]
#[command(after_help = manual::short("lab clean"), after_long_help = manual::long("lab clean"))]
pub struct CleanArgs {
    /// Also kernels, modules, source trees and programs that were built; a run builds them again
    #[arg(long)]
    built: bool,
    /// Also the runs that were kept, but for the last
    #[arg(long)]
    runs: bool,
    /// Only say what would be removed
    #[arg(long, short = 'n')]
    dry_run: bool,
    #[command(flatten)]
    cache: CacheArgs,
}

/// Runs the verb.
///
/// # Errors
/// The cache cannot be read, somebody uses it, or something in it cannot be removed.
pub fn run(args: &CleanArgs) -> Result<Status> {
    let purpose = if args.dry_run {
        Purpose::Use
    } else {
        Purpose::Clean
    };
    let cache = args.cache.open(purpose)?;
    let all = needless(
        &cache,
        Also {
            built: args.built,
            runs: args.runs,
        },
    )?;
    if !args.dry_run {
        for one in &all {
            one.remove()?;
        }
    }
    report::write(&report::lab::clean::text(&all, cache.root(), args.dry_run))?;
    Ok(Status::Holds)
}
