//! The lab's results beside the model's predictions: a table, JSON, KTAP or JUnit.

use std::collections::BTreeSet;
use std::fmt::Write;

use anyhow::{Context, Result};
use comfy_table::{Cell, Color};

use self::words::{case_name, conduct, number, repeats};
use super::format::LabFormat;
use super::table::{render, table};
use crate::lab::predict::Verdict;
use crate::lab::results::Results;
use crate::lab::row::{Row, cell_of};
use crate::terminal::shown;

pub mod clean;
pub mod junit;
pub mod ktap;
pub mod list;
pub mod progress;
pub mod summary;
mod words;

/// Writes results to stdout.
///
/// # Errors
/// stdout cannot be written.
pub fn write(results: &Results, format: LabFormat) -> Result<()> {
    super::write(&match format {
        LabFormat::Text => text(results),
        LabFormat::Json => super::json::text(results)?,
        LabFormat::Ktap => ktap::text(results),
        LabFormat::Junit => junit::text(results).context("cannot write JUnit")?,
    })
}

/// Rows that say the same but for how they unmask stand in one line.
fn joined(rows: &[Row]) -> Vec<(Row, String)> {
    let mut joined: Vec<(Row, String)> = Vec::new();
    for row in rows {
        let same = |(other, _): &&mut (Row, String)| {
            let (how, trace, counts) = (row.how.clone(), row.trace.clone(), row.counts.clone());
            let like = Row { how, trace, counts, ..other.clone() };
            like == *row
        };
        match joined.iter_mut().find(same) {
            Some((_, hows)) => *hows = format!("{hows}, {}", row.how),
            None => joined.push((row.clone(), row.how.clone())),
        }
    }
    joined
}

fn line(row: &Row, how: String) -> Vec<Cell> {
    let agrees = if row.agrees { "yes" } else { "NO" };
    let cells = [
        cell_of(row),
        row.chip.clone(),
        row.case.clone(),
        row.device.clone(),
        how,
        conduct(&row.predicted),
        conduct(&row.observed),
        number(row.predicted.host_irqs_per_event()),
        number(row.observed.host_irqs_per_event()),
        agrees.to_string(),
    ];
    let color = match (row.agrees, row.observed.verdict) {
        (false, _) => Some(Color::Red),
        (true, Verdict::Stalls) => Some(Color::Yellow),
        _ => None,
    };
    let cells = cells.map(|text| Cell::new(shown(&text)));
    cells.map(|cell| if let Some(color) = color { cell.fg(color) } else { cell }).to_vec()
}

/// The table.
#[must_use]
pub fn text(results: &Results) -> String {
    let mut table = table();
    table.set_header([
        "machine/kernel",
        "chip",
        "case",
        "device",
        "unmask by",
        "model",
        "machine",
        "irqs: model",
        "machine",
        "agrees",
    ]);
    for (row, how) in joined(&results.rows) {
        table.add_row(line(&row, how));
    }
    let agree = results.rows.iter().filter(|row| row.agrees).count();
    let mut text = format!(
        "{}, QEMU {}, packages {}: {} cases on {} cells, {agree} agree with the model.\n\
         irqs: host interrupts, taken and ignored, for each that was delivered.\n{}\n",
        results.date,
        results.qemu,
        results.lock,
        results.rows.len(),
        results.cells.len(),
        render(&table)
    );
    for row in results.rows.iter().filter(|row| !row.agrees) {
        let _ = writeln!(text, "DIFFERS {} {}: {}", cell_of(row), case_name(row), row.differences.join("; "));
    }
    for failure in &results.failures {
        let case = failure.case.as_ref().map_or(String::new(), |case| format!(" {case}"));
        let _ = writeln!(text, "FAILED {}{case}: {}", failure.cell, failure.error);
    }
    for cell in &results.undone {
        let _ = writeln!(text, "NOT RUN {cell}: it was stopped before");
    }
    for cell in &results.cells {
        repeats(results, cell).iter().for_each(|why| text += &format!("REPEATED {cell}: {why}\n"));
    }
    for (row, astray) in results.rows.iter().filter_map(|row| Some((row, astray(row)?))) {
        let _ = writeln!(text, "{} {}: {astray}.", cell_of(row), case_name(row));
    }
    for replaced in &results.replaced {
        let _ = writeln!(text, "The archive no longer has {}, and {} stands in for it.", replaced.wanted, replaced.got);
    }
    for (kernel, release) in booted(results) {
        let _ = writeln!(text, "{kernel} booted as {release}.");
    }
    text
}

/// Kernels whose release is not the one in their name: a twin stands in for what the archive has dropped.
fn booted(results: &Results) -> BTreeSet<(&str, &str)> {
    let pairs = results.rows.iter().filter_map(|row| Some((row.kernel.as_str(), row.release.as_deref()?)));
    pairs.filter(|(kernel, release)| !release.starts_with(version(kernel))).collect()
}

/// `6.12.107` of `6.12.107-unfixed`
fn version(kernel: &str) -> &str {
    kernel.split(['-', '+']).next().unwrap_or(kernel)
}

/// Guests that the emulator spoilt, which are no fault of the line.
fn astray(row: &Row) -> Option<String> {
    let guests = *row.counts.get("astray")?;
    (guests > 0).then(|| format!("guests that lost their registers and were replaced (astray): {guests}"))
}
