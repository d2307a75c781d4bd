//! What the lab saw beside what the model said: a table, JSON, KTAP or JUnit.

use std::collections::BTreeSet;
use std::fmt::Write;

use anyhow::{Context, Result};
use comfy_table::{Cell, Color};

use super::table::{render, table};
use crate::lab::LabFormat;
use crate::lab::results::{Results, Row, cell_of};

pub mod junit;

/// Writes results to stdout.
///
/// # Errors
/// stdout cannot be written.
pub fn write(results: &Results, format: LabFormat) -> Result<()> {
    super::write(&match format {
        LabFormat::Text => text(results),
        LabFormat::Json => serde_json::to_string_pretty(results)? + "\n",
        LabFormat::Ktap => ktap(results),
        LabFormat::Junit => junit::text(results).context("cannot write JUnit")?,
    })
}

/// What a row's case is called where the machine is known.
fn case_name(row: &Row) -> String {
    format!("{} {} {}", row.case, row.device, row.how)
}

fn number(ratio: Option<f64>) -> String {
    ratio.map_or_else(|| "-".to_string(), |ratio| format!("{ratio}"))
}

/// `delivers`, or `stalls after 1`.
fn conduct(verdict: &str, delivered: usize) -> String {
    // Where something goes wrong interrupts are not counted.
    if verdict == "stalls" && delivered > 0 { format!("stalls after {delivered}") } else { verdict.to_string() }
}

/// Rows that say the same but for how they unmask stand in one line.
fn joined(rows: &[Row]) -> Vec<(Row, String)> {
    let mut joined: Vec<(Row, String)> = Vec::new();
    for row in rows {
        let same = |(other, _): &&mut (Row, String)| {
            let like = Row { how: row.how.clone(), trace: row.trace.clone(), ..other.clone() };
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
    let observed = conduct(&row.observed, row.delivered);
    let cells = [
        cell_of(row),
        row.chip.clone(),
        row.case.clone(),
        row.device.clone(),
        how,
        conduct(&row.predicted, row.predicted_delivered),
        observed,
        number(row.predicted_host_irqs_per_event),
        number(row.host_irqs_per_event),
        agrees.to_string(),
    ];
    let color = match (row.agrees, row.observed.as_str()) {
        (false, _) => Some(Color::Red),
        (true, "stalls") => Some(Color::Yellow),
        _ => None,
    };
    cells.map(|text| color.map_or_else(|| Cell::new(&text), |color| Cell::new(&text).fg(color))).to_vec()
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
        let case = failure.case.as_deref().map_or(String::new(), |case| format!(" {case}"));
        let _ = writeln!(text, "FAILED {}{case}: {}", failure.cell, failure.error);
    }
    for replaced in &results.replaced {
        let _ = writeln!(text, "The archive no longer has {replaced}.");
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

/// Kernel TAP: a test a cell, a subtest a case.
#[must_use]
pub fn ktap(results: &Results) -> String {
    let mut text = format!("KTAP version 1\n1..{}\n", results.whole.len());
    for (index, cell) in results.whole.iter().enumerate() {
        let number = index + 1;
        if !results.cells.contains(cell) {
            let _ = writeln!(text, "ok {number} {cell} # SKIP not in this part");
            continue;
        }
        let rows: Vec<&Row> = results.rows.iter().filter(|row| cell_of(row) == *cell).collect();
        let failures: Vec<_> = results.failures.iter().filter(|failure| failure.cell == *cell).collect();
        let _ = writeln!(text, "  KTAP version 1\n  1..{}", rows.len() + failures.len());
        for (index, row) in rows.iter().enumerate() {
            let observed = conduct(&row.observed, row.delivered);
            let _ =
                writeln!(text, "  # {observed}, {} host interrupts an event", self::number(row.host_irqs_per_event));
            row.differences.iter().for_each(|difference| text += &format!("  # {difference}\n"));
            let ok = if row.agrees { "ok" } else { "not ok" };
            let _ = writeln!(text, "  {ok} {} {}", index + 1, case_name(row));
        }
        for (index, failure) in failures.iter().enumerate() {
            let case = failure.case.as_deref().unwrap_or("the machine");
            let error = failure.error.replace('\n', " ");
            let _ = writeln!(text, "  # {error}\n  not ok {} {case}", rows.len() + index + 1);
        }
        let ok = failures.is_empty() && rows.iter().all(|row| row.agrees);
        let _ = writeln!(text, "{} {number} {cell}", if ok { "ok" } else { "not ok" });
    }
    text
}
