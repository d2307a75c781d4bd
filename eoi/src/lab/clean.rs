//! What the cache holds that nobody will ask for, and removing it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::store::Cache;

/// Something that can be removed.
pub struct Needless {
    /// The file or directory.
    pub path: PathBuf,
    /// Bytes of all files in it.
    pub bytes: u64,
}

impl Needless {
    /// Removes it.
    ///
    /// # Errors
    /// It cannot be removed.
    pub fn remove(&self) -> Result<()> {
        let Self { path, .. } = self;
        let directory = path.is_dir() && !path.is_symlink();
        let removed = if directory { fs::remove_dir_all(path) } else { fs::remove_file(path) };
        removed.with_context(|| format!("cannot remove {}", path.display()))
    }
}

/// What was unpacked or fetched for another lock than this cache's, or not to its end; where asked for, also what was built, and
/// the runs that were kept but for the last.
///
/// # Errors
/// The cache cannot be read.
pub fn needless(cache: &Cache, built: bool, runs: bool) -> Result<Vec<Needless>> {
    let mut all = cache.unneeded()?;
    if built {
        all.extend(entries(&cache.root().join("built"))?);
    }
    if runs {
        let mut runs = entries(&cache.root().join("runs"))?;
        runs.sort();
        runs.pop();
        all.extend(runs);
    }
    Ok(all.into_iter().map(|path| Needless { bytes: size(&path), path }).collect())
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

/// Bytes of all files below, links not followed.
fn size(path: &Path) -> u64 {
    let Ok(of) = path.symlink_metadata() else { return 0 };
    if !of.is_dir() {
        return of.len();
    }
    entries(path).unwrap_or_default().iter().map(|path| size(path)).sum()
}
