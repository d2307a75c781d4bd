//! Finds the files of the cache that nobody will ask for, and removes them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::hold;
use super::store::Cache;
use crate::error::CannotTell;

/// Something that can be removed.
pub struct Needless {
    /// The file or directory.
    pub path: PathBuf,
    /// Bytes of all files in it.
    pub bytes: u64,
}

impl Needless {
    /// Removes it. If we are killed meanwhile, what is left has another name and is not taken for whole.
    ///
    /// # Errors
    /// It cannot be removed.
    pub fn remove(&self) -> Result<()> {
        let Self { path, .. } = self;
        let removing = || format!("cannot remove {}", path.display());
        if path.is_symlink() || !path.is_dir() {
            return fs::remove_file(path).with_context(removing);
        }
        let going = if is_going(path) {
            path.clone()
        } else {
            PathBuf::from(format!("{}.{GOING}", path.display()))
        };
        fs::rename(path, &going)
            .and_then(|()| fs::remove_dir_all(&going))
            .with_context(removing)
    }
}

/// The ending of a directory's name while it is removed.
const GOING: &str = "going";

fn is_going(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == GOING)
}

/// Locks are never removed: whoever waits for one would have another than whoever comes later.
fn is_lock(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension == "lock")
}

/// Further things to remove, beside the leftovers of other locks.
#[derive(Clone, Copy, Debug, Default)]
pub struct Also {
    /// Kernels, modules, source trees and programs that were built.
    pub built: bool,
    /// The runs that were kept, but for the last.
    pub runs: bool,
}

/// Lists everything that was unpacked or fetched for another lock than this cache's, or not to its end; and `also`.
///
/// # Errors
/// The cache cannot be read, or something is being built in it.
pub fn needless(cache: &Cache, also: Also) -> Result<Vec<Needless>> {
    let mut all = cache.unneeded()?;
    if also.built {
        all.extend(built(&cache.root().join("built"))?);
    }
    if also.runs {
        let (going, mut runs): (Vec<_>, Vec<_>) = entries(&cache.root().join("runs"))?
            .into_iter()
            .partition(|path| is_going(path));
        runs.sort();
        runs.pop();
        all.extend(going.into_iter().chain(runs));
    }
    Ok(all
        .into_iter()
        .map(|path| Needless {
            bytes: size(&path),
            path,
        })
        .collect())
}

/// Everything that was built. A build outlives an eoi that is killed, and still has its lock then.
fn built(room: &Path) -> Result<Vec<PathBuf>> {
    let (locks, built): (Vec<_>, Vec<_>) =
        entries(room)?.into_iter().partition(|path| is_lock(path));
    for lock in locks {
        if hold::alone_at_once(&lock)?.is_none() {
            let lock = lock.display();
            return Err(CannotTell(format!(
                "something is being built, which has {lock}; try again when it is done"
            ))
            .into());
        }
    }
    Ok(built)
}

impl Cache {
    /// Lists everything that was unpacked or fetched for another lock than this one, or not to its end.
    fn unneeded(&self) -> Result<Vec<PathBuf>> {
        let (mut sets, mut debs) = (Vec::new(), Vec::new());
        for set in super::sets::ALL {
            // A set that the lock does not name for this host has nothing here.
            let Ok((prefix, files)) = self.belongings(set) else {
                continue;
            };
            sets.push(prefix);
            debs.extend(files);
        }
        let mut unneeded = entries(&self.root().join("unpacked"))?;
        unneeded.retain(|path| !is_lock(path) && !sets.contains(path));
        let mut packages = entries(&self.root().join("debs"))?;
        packages.retain(|path| {
            path.extension().is_some_and(|extension| extension == "deb") && !debs.contains(path)
        });
        unneeded.extend(packages);
        Ok(unneeded)
    }
}

/// The paths in a directory; none if there is no directory.
fn entries(directory: &Path) -> Result<Vec<PathBuf>> {
    if !directory.exists() {
        return Ok(Vec::new());
    }
    let read = || format!("cannot read {}", directory.display());
    fs::read_dir(directory)
        .with_context(read)?
        .map(|entry| Ok(entry.with_context(read)?.path()))
        .collect()
}

/// Bytes of all files below, links not followed.
fn size(path: &Path) -> u64 {
    let Ok(of) = path.symlink_metadata() else {
        return 0;
    };
    if !of.is_dir() {
        return of.len();
    }
    entries(path)
        .unwrap_or_default()
        .iter()
        .map(|path| size(path))
        .sum()
}
