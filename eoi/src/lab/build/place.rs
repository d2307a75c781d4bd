//! The place in the cache where things are built: each once, under a name that says everything that went into it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::lab::digest::digits;
use crate::lab::store::Cache;

/// The packaged version whose source is patched; where the archive has only a newer one of its series, that.
pub const PATCHED: &str = "6.12.107";

/// Twelve hexadecimal digits that stand for all of these.
pub(super) fn hash(parts: &[&str]) -> String {
    let mut sha = Sha256::new();
    for part in parts {
        sha.update(part.len().to_le_bytes()); // so that two parts are never taken for another two
        sha.update(part);
    }
    digits(sha)
}

/// The name of a package set as it is unpacked, which says what is in it.
pub(super) fn identity(prefix: &Path) -> String {
    prefix
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

pub(super) fn room(cache: &Cache) -> Result<PathBuf> {
    let room = cache.root().join("built");
    // make takes neither blanks nor colons in the path of a kernel tree.
    let bad = room.to_string_lossy().contains([' ', '\t', ':', '\'']);
    anyhow::ensure!(
        !bad,
        "nothing can be built below {}: make trips over blanks, colons and quotes in a path; set XDG_CACHE_HOME to another directory",
        room.display()
    );
    fs::create_dir_all(&room).with_context(|| format!("cannot create {}", room.display()))?;
    Ok(room)
}

/// Keeps every other process from building the same for as long as we, or a command that has it as its input, live. A build
/// that outlives us because we were killed is waited for, not joined.
pub(super) fn hold(path: &Path) -> Result<File> {
    crate::lab::hold::alone(path, &format!("builds, and has {}", path.display()))
}

/// The directory of this name, from an earlier time or made now, under another name until it is whole. `make` is given
/// that other directory, empty, and the lock.
pub(super) fn once(
    room: &Path,
    name: &str,
    make: impl FnOnce(&Path, &File) -> Result<()>,
) -> Result<PathBuf> {
    let whole = room.join(name);
    let held = hold(&room.join(format!("{name}.lock")))?;
    if whole.is_dir() {
        return Ok(whole);
    }
    let part = room.join(format!("{name}.part"));
    clear(&part)?;
    if let Err(error) = make(&part, &held) {
        let _ = fs::remove_dir_all(&part); // the error is what matters
        return Err(error);
    }
    fs::rename(&part, &whole)
        .with_context(|| format!("cannot rename {} to {name}", part.display()))?;
    Ok(whole)
}

/// An empty directory, whatever was there.
pub(super) fn clear(directory: &Path) -> Result<()> {
    if directory.exists() {
        fs::remove_dir_all(directory)
            .with_context(|| format!("cannot remove {}", directory.display()))?;
    }
    fs::create_dir_all(directory).with_context(|| format!("cannot create {}", directory.display()))
}
