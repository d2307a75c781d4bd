//! Shares of one run, joined: by `--part`, by `--only`, or by what was shown of a run.

use std::collections::BTreeSet;

use anyhow::{Result, bail};

use super::results::Results;
use super::row::cell_of;
use crate::part;

/// Joins the shares of one run.
///
/// # Errors
/// They are not the shares of one run, a cell is there twice or not at all, or a share does not say what came of its cells.
pub fn merge(shares: &[Results]) -> Result<Results> {
    let pieces: Vec<(&[String], Vec<String>)> = shares
        .iter()
        .map(|share| (share.whole.as_slice(), share.cells.clone()))
        .collect();
    part::complete(&pieces)?;
    alike(shares)?;
    shares.iter().try_for_each(sound)?;
    let order = |name: &str| shares[0].whole.iter().position(|cell| cell == name);
    let with = |share: &&Results| !share.cells.is_empty(); // a share without cells has started no emulator
    let qemu = shares
        .iter()
        .find(with)
        .map_or_else(String::new, |share| share.qemu.clone());
    let mut merged = Results {
        qemu,
        cells: shares[0].whole.clone(),
        ..shares[0].clone()
    };
    for share in &shares[1..] {
        merged.rows.extend(share.rows.iter().cloned());
        merged.failures.extend(share.failures.iter().cloned());
        merged.replaced.extend(share.replaced.iter().cloned());
        merged.first.extend(share.first.iter().cloned());
        merged.date = merged.date.max(share.date.clone());
    }
    merged.replaced.sort();
    merged.replaced.dedup();
    merged.rows.sort_by_key(|row| order(&cell_of(row))); // stable: the cases of a cell stay in order
    Ok(merged)
}

/// The same program ran the same cases with the same packages.
fn alike(shares: &[Results]) -> Result<()> {
    let same = |of: fn(&Results) -> String| shares.iter().all(|share| of(share) == of(&shares[0]));
    if !same(|share| share.eoi.clone()) {
        bail!("these results come from different versions of eoi: run their parts with one");
    }
    if !same(|share| format!("{:?}", share.brought)) {
        bail!(
            "these results come from different patches, kernels or bases: run their parts with the same"
        );
    }
    if !same(|share| format!("{:?} {:?}", share.cases, share.device)) {
        bail!(
            "these results are of different cases: run and show their parts with the same --case and --device"
        );
    }
    let emulators: BTreeSet<&str> = shares
        .iter()
        .filter(|share| !share.cells.is_empty())
        .map(|share| share.qemu.as_str())
        .collect();
    if emulators.len() > 1 || !same(|share| share.lock.clone()) {
        bail!(
            "these results come from different packages: their locks or emulators are not the same"
        );
    }
    Ok(())
}

/// Each cell says what came of it, and nothing is said of another's.
fn sound(share: &Results) -> Result<()> {
    let failed = share.failures.iter().map(|failure| failure.cell.clone());
    let said: BTreeSet<String> = share.rows.iter().map(cell_of).chain(failed).collect();
    if let Some(silent) = share.cells.iter().find(|cell| !said.contains(*cell)) {
        bail!("{silent} has neither rows nor a failure: run it again");
    }
    if let Some(strange) = said.iter().find(|cell| !share.cells.contains(cell)) {
        bail!(
            "there are rows or failures of {strange}, which is no cell of its share: run that share again"
        );
    }
    Ok(())
}
