//! `eoi lab fetch`: everything that a run needs, brought into the cache before it is needed.

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;

use super::cell::{self, Choice};
use super::prepare;
use super::sets::{self, Set};
use super::store::{Cache, Options};
use crate::error::Status;

/// Where packages come from.
#[derive(Args, Clone, Debug, Default)]
pub struct CacheArgs {
    /// The archive's base URI [default: that of the host's apt]
    #[arg(long, value_name = "URI")]
    mirror: Option<String>,
    /// The keys that sign the archive [default: those of the debian-archive-keyring]
    #[arg(long, value_name = "FILE")]
    keyring: Option<PathBuf>,
    /// The lock that pins versions and hashes [default: the one that eoi was built with]
    #[arg(long, value_name = "FILE")]
    lock: Option<PathBuf>,
}

impl CacheArgs {
    /// The cache.
    ///
    /// # Errors
    /// A lock that cannot be read, or a directory that cannot be made.
    pub fn open(&self) -> Result<Cache> {
        let Self { mirror, keyring, lock } = self.clone();
        Cache::new(Options { root: None, mirror, keyring, lock })
    }
}

/// What to bring.
#[derive(Args)]
pub struct FetchArgs {
    /// Package sets [default: what a run of all cells needs]
    #[arg(value_name = "SET")]
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
    super::emulator::stop_at_signals()?;
    for name in &args.sets {
        Set::named(name)?;
    }
    // A lock that is to be made need not be there.
    let new = args.update && args.cache.lock.as_ref().is_some_and(|lock| !lock.exists());
    let cache = if new { CacheArgs { lock: None, ..args.cache.clone() }.open()? } else { args.cache.open()? };
    if args.update {
        return update(args, &cache);
    }
    let mut names: BTreeSet<String> = args.sets.iter().cloned().collect();
    if names.is_empty() {
        let choice = Choice { quick: args.quick, base: "fixed".to_string(), ..Choice::default() };
        names = cell::choose(&choice)?.iter().flat_map(prepare::sets).collect();
    }
    for name in names {
        let opened = cache.ensure(&name)?;
        anstream::eprintln!("{name}: {} packages in {}", opened.packages.len(), opened.prefix.display());
    }
    Ok(Status::Holds)
}

/// Where the lock is written: `--lock`, or beside the sources that the program was built from.
fn lock_file(args: &FetchArgs) -> PathBuf {
    let sources = concat!(env!("CARGO_MANIFEST_DIR"), "/lab/lock.json");
    args.cache.lock.clone().unwrap_or_else(|| sources.into())
}

fn update(args: &FetchArgs, cache: &Cache) -> Result<Status> {
    let named: Result<Vec<&'static Set>> = args.sets.iter().map(|name| Set::named(name)).collect();
    let wanted = if args.sets.is_empty() { sets::ALL.iter().collect() } else { named? };
    let renewed = cache.renew(&wanted)?;
    for (set, changes) in &renewed.changed {
        for change in changes {
            anstream::eprintln!("{set}: {} -> {}", change.wanted, change.got);
        }
    }
    for (set, error) in &renewed.failed {
        anstream::eprintln!("{set}: stays as it was: {error:#}");
    }
    let file = lock_file(args);
    renewed.lock.write(&file).with_context(|| format!("give --lock FILE if {} cannot be written", file.display()))?;
    anstream::eprintln!("{} sets pinned in {}", renewed.lock.sets.len(), file.display());
    Ok(if renewed.failed.is_empty() { Status::Holds } else { Status::Unknown })
}
