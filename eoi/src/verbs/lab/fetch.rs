//! `eoi lab fetch`: everything that a run needs, brought into the cache before it is needed.

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;

use super::args::CacheArgs;
use crate::error::Status;
use crate::lab::choice::{Choice, choose};
use crate::lab::prepare;
use crate::lab::process::stop_at_signals;
use crate::lab::sets::{self, Set};
use crate::lab::store::Purpose;
use crate::report::lab::progress;
use crate::verbs::candidates;
use crate::verbs::manual;

/// The options of `eoi lab fetch`.
#[derive(Args)]
#[command(after_help = manual::short("lab fetch"), after_long_help = manual::long("lab fetch"))]
pub struct FetchArgs {
    /// Package sets [default: what a run of all cells needs]
    #[arg(value_name = "SET", add = candidates::sets())]
    sets: Vec<String>,
    /// Only what `lab run --quick` needs
    #[arg(long, conflicts_with = "sets")]
    quick: bool,
    /// Ask the archive what is newest, and write the lock anew; brings nothing
    #[arg(long)]
    update: bool,
    #[command(flatten)]
    cache: CacheArgs,
}

/// Runs the verb.
///
/// # Errors
/// No archive, which is [`CannotTell`](crate::error::CannotTell), a set that nobody knows, or one that cannot be had.
pub fn run(args: &FetchArgs) -> Result<Status> {
    stop_at_signals()?;
    for name in &args.sets {
        Set::named(name)?;
    }
    if args.update {
        return update(args);
    }
    let cache = args.cache.open(Purpose::Use)?;
    let mut names: BTreeSet<String> = args.sets.iter().cloned().collect();
    if names.is_empty() {
        let choice = Choice {
            quick: args.quick,
            ..Choice::default()
        };
        names = choose(&choice)?
            .cells
            .iter()
            .flat_map(prepare::sets)
            .collect();
    }
    for name in names {
        progress::fetched(&name, &cache.ensure(&name)?);
    }
    Ok(Status::Holds)
}

/// Where the lock is written: `--lock`, or beside the sources that the program was built from.
fn lock_file(args: &FetchArgs) -> PathBuf {
    let sources = concat!(env!("CARGO_MANIFEST_DIR"), "/lab/lock.json");
    args.cache.lock.clone().unwrap_or_else(|| sources.into())
}

fn update(args: &FetchArgs) -> Result<Status> {
    // A lock that is to be made need not be there.
    let lock = args.cache.lock.clone().filter(|lock| lock.exists());
    let cache = CacheArgs {
        lock,
        ..args.cache.clone()
    }
    .open(Purpose::Use)?;
    let named: Result<Vec<&'static Set>> = args.sets.iter().map(|name| Set::named(name)).collect();
    let wanted = if args.sets.is_empty() {
        sets::ALL.iter().collect()
    } else {
        named?
    };
    let renewed = cache.renew(&wanted)?;
    let file = lock_file(args);
    progress::renewed(&renewed);
    renewed
        .lock
        .write(&file)
        .with_context(|| format!("give --lock FILE if {} cannot be written", file.display()))?;
    progress::pinned(&renewed, &file);
    Ok(if renewed.failed.is_empty() {
        Status::Holds
    } else {
        Status::Unknown
    })
}
