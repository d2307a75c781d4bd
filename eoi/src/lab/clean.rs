//! `eoi lab clean`: what the cache holds and nobody will ask for.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use indicatif::HumanBytes;

use super::fetch::CacheArgs;
use super::store::Cache;
use crate::error::Status;
use crate::report;

/// What to remove.
#[derive(Args)]
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
/// The cache cannot be read, or something in it cannot be removed.
pub fn run(args: &CleanArgs) -> Result<Status> {
    let cache = args.cache.open()?;
    let mut all = cache.unneeded()?;
    if args.built {
        all.extend(entries(&cache.root().join("built"))?);
    }
    if args.runs {
        let mut runs = entries(&cache.root().join("runs"))?;
        runs.sort();
        runs.pop();
        all.extend(runs);
    }
    let (mut freed, mut text) = (0, String::new());
    let done = if args.dry_run { "would remove" } else { "removed" };
    for path in &all {
        let bytes = size(path);
        if !args.dry_run {
            remove(path).with_context(|| format!("cannot remove {}", path.display()))?;
        }
        freed += bytes;
        let below = path.strip_prefix(cache.root()).unwrap_or(path);
        if bytes > 0 {
            let _ = writeln!(text, "{done} {} ({})", below.display(), HumanBytes(bytes));
        }
    }
    let _ = writeln!(text, "{done} {} in {}", HumanBytes(freed), cache.root().display());
    report::write(&text)?;
    Ok(Status::Holds)
}

impl Cache {
    /// What was unpacked or fetched for another lock than this one, or not to its end.
    fn unneeded(&self) -> Result<Vec<PathBuf>> {
        let (mut sets, mut debs) = (Vec::new(), Vec::new());
        for set in super::sets::ALL {
            // A set that the lock does not name for this host has nothing here.
            let Ok((prefix, files)) = self.belongings(set) else { continue };
            sets.push(prefix);
            debs.extend(files);
        }
        let is_lock = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "lock");
        let mut unneeded = entries(&self.root().join("unpacked"))?;
        unneeded.retain(|path| !is_lock(path) && !sets.contains(path));
        let mut packages = entries(&self.root().join("debs"))?;
        packages.retain(|path| path.extension().is_some_and(|extension| extension == "deb") && !debs.contains(path));
        unneeded.extend(packages);
        Ok(unneeded)
    }
}

/// What is in a directory, if it is there.
fn entries(directory: &Path) -> Result<Vec<PathBuf>> {
    if !directory.exists() {
        return Ok(Vec::new());
    }
    let read = || format!("cannot read {}", directory.display());
    fs::read_dir(directory).with_context(read)?.map(|entry| Ok(entry.with_context(read)?.path())).collect()
}

fn remove(path: &Path) -> std::io::Result<()> {
    if path.is_dir() && !path.is_symlink() { fs::remove_dir_all(path) } else { fs::remove_file(path) }
}

/// Bytes of all files below, links not followed.
fn size(path: &Path) -> u64 {
    let Ok(of) = path.symlink_metadata() else { return 0 };
    if !of.is_dir() {
        return of.len();
    }
    entries(path).unwrap_or_default().iter().map(|path| size(path)).sum()
}
