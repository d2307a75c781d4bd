//! The parts of a check of everything, joined again; or the whole, read again.

use std::path::PathBuf;

use anyhow::{Result, bail};

use super::{Everything, Found};
use crate::document::Document;
use crate::part::all_there;

/// A result as a file.
pub const DOCUMENT: Document = Document {
    schema: "eoi.everything/1",
    gone: &[],
    command: "eoi check --everything --format json",
};

/// One result out of these files: out of every part, or out of the whole as it is.
///
/// # Errors
/// A file cannot be read, they are not the parts of one check, or a system is there twice or not at all.
pub fn merge(paths: &[PathBuf]) -> Result<Everything> {
    let mut parts: Vec<Everything> = paths
        .iter()
        .map(|path| DOCUMENT.read(path))
        .collect::<Result<_>>()?;
    let Some(first) = parts.first() else {
        bail!("there is nothing to merge")
    };
    let asked = |one: &Everything| (one.eoi.clone(), one.asked.clone(), one.systems);
    let (whole, systems) = (asked(first), first.systems);
    if parts.iter().any(|part| asked(part) != whole) {
        bail!(
            "these are not parts of one check: they differ in eoi's version or in what was asked for"
        );
    }
    let mut results: Vec<Found> = parts
        .iter_mut()
        .flat_map(|part| std::mem::take(&mut part.results))
        .collect();
    results.sort_by_key(|one| one.number);
    complete(&parts, &results, systems)?;
    Ok(Everything {
        part: None,
        results,
        ..parts.swap_remove(0)
    })
}

/// Says what is missing or there twice: every number from 1 has to be there once.
fn complete(parts: &[Everything], results: &[Found], systems: usize) -> Result<()> {
    let numbers = results.iter().map(|one| one.number);
    if numbers.eq(1..=systems) {
        return Ok(());
    }
    let shares: Vec<_> = parts.iter().filter_map(|part| part.part).collect();
    all_there(&shares)?;
    let mut next = 1;
    for one in results {
        match one.number {
            number if number < next => bail!("system {number} is there twice"),
            number if number > next => bail!("system {next} is missing"),
            _ => next += 1,
        }
    }
    bail!("system {next} is missing")
}
