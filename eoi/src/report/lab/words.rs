//! Words and numbers that more than one format needs.

use crate::lab::cell::Cell;
use crate::lab::choice::{Choice, choose};
use crate::lab::machine::{MISSING, Missing};
use crate::lab::predict::Verdict;
use crate::lab::results::Results;
use crate::lab::row::{ConductSummary, Failure, Row, cell_of};

/// The name of a row's case where the machine is known.
pub(super) fn case_name(row: &Row) -> String {
    format!("{} {} {}", row.case, row.device, row.how)
}

pub(super) fn number(ratio: Option<f64>) -> String {
    ratio.map_or_else(|| "-".to_string(), |ratio| format!("{ratio}"))
}

/// Every cell of the whole run, and those that have rows or failures all the same: no answer is left out.
pub(super) fn cells(results: &Results) -> Vec<String> {
    let mut cells = results.whole.clone();
    let failed = results.failures.iter().map(|failure| failure.cell.clone());
    for cell in results.rows.iter().map(cell_of).chain(failed) {
        if !cells.contains(&cell) {
            cells.push(cell);
        }
    }
    cells
}

/// Whether a cell was run, or has an answer all the same.
pub(super) fn was_run(results: &Results, cell: &str) -> bool {
    let answered = || results.rows.iter().any(|row| cell_of(row) == cell);
    let failed = || results.failures.iter().any(|failure| failure.cell == cell);
    results.cells.iter().any(|run| run == cell) || answered() || failed()
}

/// `delivers`, or `stalls after 1`.
pub(super) fn conduct(conduct: &ConductSummary) -> String {
    match (conduct.verdict, conduct.delivered) {
        // Where something goes wrong interrupts are not counted.
        (Verdict::Stalls, Some(delivered)) if delivered > 0 => format!("stalls after {delivered}"),
        (verdict, _) => verdict.name().to_string(),
    }
}

/// Machines that the lab does not have, where all of it is shown.
pub(super) fn missing(results: &Results) -> &'static [Missing] {
    let all = choose(&Choice::default())
        .map(|chosen| chosen.cells)
        .unwrap_or_default();
    if all.iter().map(Cell::name).eq(results.whole.iter().cloned()) {
        MISSING
    } else {
        &[]
    }
}

/// Why a cell was run once more, a sentence each.
pub(super) fn repeats(results: &Results, cell: &str) -> Vec<String> {
    let first = results.first.iter().filter(|failure| failure.cell == cell);
    let say = |failure: &Failure| {
        format!(
            "run once more, alone; the first time {}: {}",
            failure.about(),
            failure.error.replace('\n', " ")
        )
    };
    first.map(say).collect()
}
