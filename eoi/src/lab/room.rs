//! Room on the disk: asked for before it is needed, so that the error says how much is missing.

use std::path::Path;

use anyhow::{Context, Error, Result};

use crate::error::CannotTell;

/// The file system of a directory.
struct FileSystem {
    /// Bytes that we may still write.
    free: u64,
    /// Bytes that the shortest file takes.
    block: u64,
}

fn of(directory: &Path) -> Result<FileSystem> {
    let of = rustix::fs::statvfs(directory)
        .with_context(|| format!("cannot ask for the room below {}", directory.display()))?;
    Ok(FileSystem {
        free: of.f_bavail.saturating_mul(of.f_frsize),
        block: of.f_frsize,
    })
}

/// The bytes that the shortest file in a directory takes.
///
/// # Errors
/// The file system does not say.
pub fn block(directory: &Path) -> Result<u64> {
    of(directory).map(|of| of.block)
}

/// Makes sure that `bytes` fit below a directory.
///
/// # Errors
/// [`CannotTell`] if they do not.
pub fn has(directory: &Path, bytes: u64) -> Result<()> {
    let free = of(directory)?.free;
    if bytes <= free {
        return Ok(());
    }
    let mega = |bytes: u64| bytes.div_ceil(1_000_000);
    Err(CannotTell(format!(
        "{} MB are needed below {} and {} MB are free: make room, or move the cache with XDG_CACHE_HOME",
        mega(bytes),
        directory.display(),
        mega(free)
    ))
    .into())
}

/// Whether an error comes from a disk that is full.
#[must_use]
pub fn is_full(error: &Error) -> bool {
    let kind =
        |cause: &(dyn std::error::Error + 'static)| cause.downcast_ref().map(std::io::Error::kind);
    let full = |kind| {
        matches!(
            kind,
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded
        )
    };
    let said = format!("{error:#}"); // by a program of others, which knows no error kinds
    error.chain().filter_map(kind).any(full)
        || said.contains("No space left on device")
        || said.contains("Disk quota exceeded")
}
