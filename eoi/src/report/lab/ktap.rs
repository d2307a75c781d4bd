//! Kernel TAP, for test runners.

use std::fmt::Write;

use super::words::{case_name, cells, conduct, missing, number, repeats, was_run};
use crate::lab::results::Results;
use crate::lab::row::{Row, cell_of};

/// A test a cell, a subtest a case.
#[must_use]
pub fn text(results: &Results) -> String {
    let (cells, missing) = (cells(results), missing(results));
    let mut text = format!("KTAP version 1\n1..{}\n", cells.len() + missing.len());
    for (index, cell) in cells.iter().enumerate() {
        if was_run(results, cell) {
            text += &subtests(results, cell, index + 1);
        } else {
            let _ = writeln!(text, "ok {} {cell} # SKIP not in this part", index + 1);
        }
    }
    for (index, missing) in missing.iter().enumerate() {
        let number = cells.len() + index + 1;
        let _ = writeln!(text, "ok {number} {} # SKIP {}", missing.name, missing.why);
    }
    text
}

/// A cell's cases, and the cell. One of which nothing came is no pass.
fn subtests(results: &Results, cell: &str, at: usize) -> String {
    let rows: Vec<&Row> = results
        .rows
        .iter()
        .filter(|row| cell_of(row) == *cell)
        .collect();
    let failures: Vec<_> = results
        .failures
        .iter()
        .filter(|failure| failure.cell == *cell)
        .collect();
    let mut text = format!("  KTAP version 1\n  1..{}\n", rows.len() + failures.len());
    repeats(results, cell)
        .iter()
        .for_each(|why| text += &format!("  # {why}\n"));
    for (index, row) in rows.iter().enumerate() {
        let observed = conduct(&row.observed);
        let _ = writeln!(
            text,
            "  # {observed}, {} host interrupts an event",
            number(row.observed.host_irqs_per_event())
        );
        row.differences
            .iter()
            .for_each(|difference| text += &format!("  # {difference}\n"));
        let ok = if row.agrees { "ok" } else { "not ok" };
        let _ = writeln!(text, "  {ok} {} {}", index + 1, case_name(row));
    }
    for (index, failure) in failures.iter().enumerate() {
        let case = failure.about();
        let error = failure.error.replace('\n', " ");
        let _ = writeln!(
            text,
            "  # {error}\n  not ok {} {case}",
            rows.len() + index + 1
        );
    }
    let ok = !rows.is_empty() && failures.is_empty() && rows.iter().all(|row| row.agrees);
    let _ = writeln!(text, "{} {at} {cell}", if ok { "ok" } else { "not ok" });
    text
}
