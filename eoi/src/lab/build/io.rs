//! `read`, `write` and `copy` whose errors name the file.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::bounded;

pub(super) fn read(path: &Path) -> Result<Vec<u8>> {
    bounded::bytes(path, bounded::IMAGE)
}

/// Makes the directories on the way as well.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory)
            .with_context(|| format!("cannot create {}", directory.display()))?;
    }
    fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}

/// Copies a file with its permissions, and makes the directories on the way.
pub(super) fn copy(from: &Path, to: &Path) -> Result<()> {
    if let Some(directory) = to.parent() {
        fs::create_dir_all(directory)
            .with_context(|| format!("cannot create {}", directory.display()))?;
    }
    fs::copy(from, to)
        .with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))?;
    Ok(())
}
