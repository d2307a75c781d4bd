//! The lab's results beside the model's predictions: a table, JSON, KTAP, JUnit or Prometheus.

use std::collections::BTreeSet;
use std::fmt::Write;

use anyhow::{Context, Result};

use self::words::{case_name, conduct, number, repeats};
use super::format::LabFormat;
use super::words::{fill, folded, paragraph, some};

use crate::lab::predict::Verdict;
use crate::lab::results::Results;
use crate::lab::row::{Row, cell_of};
use crate::terminal::{self, shown};

pub mod clean;
pub mod junit;
pub mod ktap;
pub mod list;
pub mod progress;
pub mod prometheus;
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
        LabFormat::Prometheus => prometheus::text(results),
    })
}

/// Rows that say the same but for how they unmask stand in one line.
fn joined(rows: &[Row]) -> Vec<(Row, String)> {
    let mut joined: Vec<(Row, String)> = Vec::new();
    for row in rows {
        let same = |(other, _): &&mut (Row, String)| {
            let (how, trace, counts) = (row.how.clone(), row.trace.clone(), row.counts.clone());
            let like = Row {
                how,
                trace,
                counts,
                ..other.clone()
            };
            like == *row
        };
        match joined.iter_mut().find(same) {
            Some((_, hows)) => *hows = format!("{hows}, {}", row.how),
            None => joined.push((row.clone(), row.how.clone())),
        }
    }
    joined
}

/// The columns of a case's row.
const COLUMNS: [&str; 6] = ["case", "device", "unmask by", "model", "machine", "irqs"];

/// A row, without its cell.
fn line(row: &Row, how: &str) -> [String; 6] {
    let irqs = [&row.predicted, &row.observed].map(|conduct| number(conduct.host_irqs_per_event()));
    let irqs = if irqs[0] == irqs[1] {
        irqs[0].clone()
    } else {
        format!("{}, {}", irqs[0], irqs[1])
    };
    let says = [&row.predicted, &row.observed].map(conduct);
    let [model, machine] = says;
    [
        row.case.clone(),
        row.device.to_string(),
        how.to_string(),
        model,
        machine,
        irqs,
    ]
    .map(|text| shown(&text).to_string())
}

/// The column that goes on in the next line where a row does not fit.
const HOW: usize = 2;

/// A row, in columns of these widths.
fn in_columns(line: &[String; 6], widths: &[usize; 6]) -> String {
    let how = fill(&line[HOW], widths[HOW]);
    let mut text = String::new();
    for at in 0..how.len().max(1) {
        let cells = line
            .iter()
            .zip(widths)
            .enumerate()
            .map(|(column, (cell, width))| {
                let cell = match (column, at) {
                    (HOW, at) => how.get(at).map_or("", String::as_str),
                    (_, 0) => cell,
                    _ => "",
                };
                format!("  {cell:<width$}")
            });
        text += &format!("{}\n", cells.collect::<String>().trim_end());
    }
    text.trim_end().to_string()
}

/// The widths of the columns: as wide as their widest cell, as far as there is room.
fn widths(lines: &[[String; 6]]) -> [usize; 6] {
    let width = |column: usize| {
        let cells = lines.iter().map(|line| line[column].chars().count());
        cells.chain([COLUMNS[column].len()]).max().unwrap_or(0)
    };
    let mut widths: [usize; 6] = std::array::from_fn(width);
    let over = widths
        .iter()
        .map(|width| width + 2)
        .sum::<usize>()
        .saturating_sub(usize::from(terminal::width()));
    let word = "eventfd,".len();
    widths[HOW] = widths[HOW].saturating_sub(over).max(word.min(widths[HOW]));
    widths
}

/// The rows below the cell that they are of, in columns that are as wide in every cell.
fn rows(results: &Results) -> String {
    let rows: Vec<(Row, String)> = joined(&results.rows);
    let lines: Vec<[String; 6]> = rows.iter().map(|(row, how)| line(row, how)).collect();
    let widths = widths(&lines);
    let mut text = in_columns(&COLUMNS.map(str::to_string), &widths) + "\n";
    let mut above = String::new();
    for ((row, _), line) in rows.iter().zip(&lines) {
        let heading = format!("{}, {}", cell_of(row), row.chip);
        if heading != above {
            text += &folded(&shown(&heading).to_string());
            above = heading;
        }
        let line = in_columns(line, &widths);
        text += &match (row.agrees, row.observed.verdict) {
            (false, _) => format!("\x1b[38;5;9m{line}  DIFFERS\x1b[39m\n"),
            (true, Verdict::Stalls) => format!("\x1b[38;5;11m{line}\x1b[39m\n"),
            (true, _) => line + "\n",
        };
    }
    text
}

/// The table.
#[must_use]
pub fn text(results: &Results) -> String {
    let agree = results.rows.iter().filter(|row| row.agrees).count();
    let head = format!(
        "{}, QEMU {}, packages {}: {} on {}, {agree} agree with the model.",
        results.date,
        results.qemu,
        results.lock,
        some(results.rows.len(), "case"),
        some(results.cells.len(), "cell"),
    );
    let table = paragraph("", &head) + &paragraph("", IRQS) + &rows(results);
    table + &folded(&notes(results))
}

/// The meaning of the last column.
const IRQS: &str = "irqs: host interrupts, taken and ignored, for each that was delivered: the same, or the model's and the machine's.";

/// All that is to be said of single cells and cases.
fn notes(results: &Results) -> String {
    let mut text = String::new();
    for row in results.rows.iter().filter(|row| !row.agrees) {
        let _ = writeln!(
            text,
            "DIFFERS {} {}: {}",
            cell_of(row),
            case_name(row),
            row.differences.join("; ")
        );
    }
    for failure in &results.failures {
        let case = failure
            .case
            .as_ref()
            .map_or(String::new(), |case| format!(" {case}"));
        let _ = writeln!(text, "FAILED {}{case}: {}", failure.cell, failure.error);
    }
    for cell in &results.undone {
        let _ = writeln!(text, "NOT RUN {cell}: it was stopped before");
    }
    for cell in &results.cells {
        repeats(results, cell)
            .iter()
            .for_each(|why| text += &format!("REPEATED {cell}: {why}\n"));
    }
    for (row, astray) in results
        .rows
        .iter()
        .filter_map(|row| Some((row, astray(row)?)))
    {
        let _ = writeln!(text, "{} {}: {astray}.", cell_of(row), case_name(row));
    }
    for replaced in &results.replaced {
        let _ = writeln!(
            text,
            "The archive no longer has {}, and {} stands in for it.",
            replaced.wanted, replaced.got
        );
    }
    for (kernel, release) in booted(results) {
        let _ = writeln!(text, "{kernel} booted as {release}.");
    }
    text
}

/// Kernels whose release is not the one in their name: a twin stands in for what the archive has dropped.
fn booted(results: &Results) -> BTreeSet<(&str, &str)> {
    let pairs = results
        .rows
        .iter()
        .filter_map(|row| Some((row.kernel.as_str(), row.release.as_deref()?)));
    pairs
        .filter(|(kernel, release)| !release.starts_with(version(kernel)))
        .collect()
}

/// `6.12.107` of `6.12.107-unfixed`
fn version(kernel: &str) -> &str {
    kernel.split(['-', '+']).next().unwrap_or(kernel)
}

/// Guests that the emulator spoilt, which are no fault of the line.
fn astray(row: &Row) -> Option<String> {
    let guests = *row.counts.get("astray")?;
    (guests > 0)
        .then(|| format!("guests that lost their registers and were replaced (astray): {guests}"))
}
