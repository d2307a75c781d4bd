//! Words and numbers that more than one format needs.

use crate::lab::cell::Cell;
use crate::lab::choice::{Choice, choose};
use crate::lab::machine::{MISSING, Missing};
use crate::lab::results::{Failure, Results, Row};

/// What a row's case is called where the machine is known.
pub(super) fn case_name(row: &Row) -> String {
    format!("{} {} {}", row.case, row.device, row.how)
}

pub(super) fn number(ratio: Option<f64>) -> String {
    ratio.map_or_else(|| "-".to_string(), |ratio| format!("{ratio}"))
}

/// `delivers`, or `stalls after 1`.
pub(super) fn conduct(verdict: &str, delivered: usize) -> String {
    // Where something goes wrong interrupts are not counted.
    if verdict == "stalls" && delivered > 0 { format!("stalls after {delivered}") } else { verdict.to_string() }
}

/// Machines that the lab does not have, where all of it is shown.
pub(super) fn missing(results: &Results) -> &'static [Missing] {
    let all = choose(&Choice::default()).map(|chosen| chosen.cells).unwrap_or_default();
    if all.iter().map(Cell::name).eq(results.whole.iter().cloned()) { MISSING } else { &[] }
}

/// Why a cell was run once more, a sentence each.
pub(super) fn repeats(results: &Results, cell: &str) -> Vec<String> {
    let first = results.first.iter().filter(|failure| failure.cell == cell);
    let say = |failure: &Failure| {
        let case = failure.case.as_deref().unwrap_or("the machine");
        format!("run once more, alone; the first time {case}: {}", failure.error.replace('\n', " "))
    };
    first.map(say).collect()
}
