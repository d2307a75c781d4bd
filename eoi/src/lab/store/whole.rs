//! A set is whole only if it says so itself: by a list of its files, written last and counted again before it is used.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

/// The list, in the set's directory: length in bytes and name of each file, which ends with a zero byte. A file that is no
/// regular one has `-` for its length.
const LIST: &str = ".whole";

/// Writes the list of an unpacked set, in which each of `members` has to be.
///
/// # Errors
/// One of them is not there: somebody removed it meanwhile. Or the directory cannot be read or written.
pub(super) fn write(directory: &Path, members: &BTreeSet<PathBuf>) -> Result<()> {
    for member in members {
        let there = fs::symlink_metadata(directory.join(member)).is_ok();
        ensure!(
            there,
            "{} is gone from {} again: who removed it?",
            member.display(),
            directory.display()
        );
    }
    let mut list = Vec::new();
    collect(directory, Path::new(""), &mut list)?;
    let file = directory.join(LIST);
    fs::write(&file, list).with_context(|| format!("cannot write {}", file.display()))
}

fn collect(directory: &Path, below: &Path, list: &mut Vec<u8>) -> Result<()> {
    let reading = || format!("cannot read {}", directory.display());
    for entry in fs::read_dir(directory).with_context(reading)? {
        let entry = entry.with_context(reading)?;
        let (meta, name) = (
            entry.metadata().with_context(reading)?,
            below.join(entry.file_name()),
        );
        if meta.is_dir() {
            collect(&entry.path(), &name, list)?;
        } else {
            list.extend(length(&meta).as_bytes());
            list.push(b' ');
            list.extend(name.as_os_str().as_bytes());
            list.push(0);
        }
    }
    Ok(())
}

fn length(meta: &fs::Metadata) -> String {
    if meta.is_file() {
        meta.len().to_string()
    } else {
        "-".to_string()
    }
}

/// Why the set in this directory is not whole; `None` if it is.
pub(super) fn lacks(directory: &Path) -> Option<String> {
    let Ok(list) = fs::read(directory.join(LIST)) else {
        return Some("it has no list of its files".to_string());
    };
    let lines = list
        .split(|&byte| byte == 0)
        .filter(|line| !line.is_empty());
    let wrong: Vec<&OsStr> = lines.filter_map(|line| missing(directory, line)).collect();
    let first = wrong.first()?;
    Some(format!(
        "{} of its files are missing or have another length, {} for one",
        wrong.len(),
        first.display()
    ))
}

/// The name in this line of the list, if there is no such file.
fn missing<'a>(directory: &Path, line: &'a [u8]) -> Option<&'a OsStr> {
    let at = line.iter().position(|&byte| byte == b' ')?;
    let name = OsStr::from_bytes(&line[at + 1..]);
    let meta = fs::symlink_metadata(directory.join(name));
    let there = meta.is_ok_and(|meta| !meta.is_dir() && length(&meta).as_bytes() == &line[..at]);
    (!there).then_some(name)
}
