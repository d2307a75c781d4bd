//! The parts of a check that was spread over machines, joined again; or one report, read again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::report::{About, Entry, Report};
use super::share::Share;
use crate::document::Document;
use crate::part;

/// A report as a file.
const DOCUMENT: Document = Document {
    schema: "eoi.check/2",
    gone: &["eoi.check/1"],
    command: "eoi check --format json",
};

/// One report out of these files: out of every part of one check, or out of one whole report as it is.
///
/// # Errors
/// A file cannot be read, they are not the parts of one check, or a configuration is there twice or not at all.
pub fn merge(paths: &[PathBuf]) -> Result<Report> {
    let mut reports: Vec<Report> = paths
        .iter()
        .map(|path| DOCUMENT.read(path))
        .collect::<Result<_>>()?;
    if reports.len() == 1 && reports[0].share.is_none() {
        return Ok(reports.remove(0));
    }
    let shares: Vec<(&Report, &Share)> = reports
        .iter()
        .zip(paths)
        .map(|(report, path)| Ok((report, share(report, path)?)))
        .collect::<Result<_>>()?;
    agree(&shares)?;
    let pieces: Vec<(&[String], Vec<String>)> = shares
        .iter()
        .map(|(report, share)| (share.whole.as_slice(), titles(report)))
        .collect();
    if pieces.iter().all(|(whole, _)| *whole == pieces[0].0) {
        part::all_there(
            &shares
                .iter()
                .map(|(_, share)| share.part)
                .collect::<Vec<_>>(),
        )?;
    }
    part::complete(&pieces)?;
    let order: BTreeMap<&String, usize> = shares[0].1.whole.iter().zip(0..).collect();
    let mut results: Vec<Entry> = reports
        .iter()
        .flat_map(|report| report.results.iter().cloned())
        .collect();
    results.sort_by_key(|entry| order.get(&entry.configuration.title).copied());
    let mut fixes: Vec<About> = reports
        .iter()
        .flat_map(|report| report.fixes.iter().cloned())
        .collect();
    fixes.sort_by(|one, other| one.name.cmp(&other.name));
    fixes.dedup();
    Ok(Report {
        results,
        fixes,
        share: None,
        ..reports.swap_remove(0)
    })
}

fn share<'a>(report: &'a Report, path: &Path) -> Result<&'a Share> {
    let none = || {
        format!(
            "{} is no part of a check; `eoi check --part K/N` writes one",
            path.display()
        )
    };
    report.share.as_ref().with_context(none)
}

fn titles(report: &Report) -> Vec<String> {
    report
        .results
        .iter()
        .map(|entry| entry.configuration.title.clone())
        .collect()
}

/// Whether all parts were asked for in the same way.
fn agree(shares: &[(&Report, &Share)]) -> Result<()> {
    let asked = |report: &Report| {
        (
            report.eoi.clone(),
            report.layout,
            report.limit,
            report.host.clone(),
        )
    };
    if shares
        .iter()
        .any(|(report, _)| asked(report) != asked(shares[0].0))
    {
        bail!(
            "these are not parts of one check: they differ in eoi's version, --limit, the host or how they were asked for"
        );
    }
    Ok(())
}
