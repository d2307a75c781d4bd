//! Files that are locked, so that the lab's processes keep out of each other's way.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context, Result};

use super::process::unless_stopped;
use crate::terminal::note;

/// How often a lock is tried that somebody else has.
const AGAIN: Duration = Duration::from_millis(50);

/// Waits until nobody else has the lock, and takes it for itself. `others` says what they do, as "unpacks the toolchain". The
/// lock is free when the file that is returned is closed, here and in every child that has it as its input.
///
/// # Errors
/// The file cannot be locked, or we were stopped while waiting.
pub fn alone(path: &Path, others: &str) -> Result<File> {
    wait(path, others, File::try_lock)
}

/// Waits until nobody has the lock alone, and takes it together with others who take it in this way.
///
/// # Errors
/// See [`alone`].
pub fn together(path: &Path, others: &str) -> Result<File> {
    wait(path, others, File::try_lock_shared)
}

/// Takes the lock for itself if nobody has it.
///
/// # Errors
/// The file cannot be locked.
pub fn alone_at_once(path: &Path) -> Result<Option<File>> {
    let file = open(path)?;
    Ok(attempt(path, &file, File::try_lock)?.then_some(file))
}

fn open(path: &Path) -> Result<File> {
    File::options()
        .create(true)
        .append(true)
        .open(path)
        .with_context(|| format!("cannot lock {}", path.display()))
}

type Attempt = fn(&File) -> Result<(), TryLockError>;

fn attempt(path: &Path, file: &File, lock: Attempt) -> Result<bool> {
    match lock(file) {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("cannot lock {}", path.display()))
        }
    }
}

fn wait(path: &Path, others: &str, lock: Attempt) -> Result<File> {
    let file = open(path)?;
    let mut said = false;
    while !attempt(path, &file, lock)? {
        if !said {
            note(format_args!("waiting for another eoi, which {others}"));
            said = true;
        }
        unless_stopped(&format!("waiting for another eoi, which {others}"))?;
        sleep(AGAIN);
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_alone_and_several_are_together() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("lock");
        let (one, two) = (
            together(&path, "reads").expect("free"),
            together(&path, "reads").expect("shared"),
        );
        assert!(
            alone_at_once(&path).expect("a file").is_none(),
            "somebody reads"
        );
        drop((one, two));
        let alone = alone_at_once(&path).expect("a file").expect("free");
        assert!(
            alone_at_once(&path).expect("a file").is_none(),
            "somebody is alone"
        );
        drop(alone);
        assert!(alone_at_once(&path).expect("a file").is_some());
    }
}
