//! The lab's results for Prometheus.

use crate::lab::predict::Verdict;
use crate::lab::results::Results;
use crate::lab::row::{Row, cell_of};
use crate::report::prometheus::Metrics;

/// A sample for each case, and the numbers of cells without one.
#[must_use]
pub fn text(results: &Results) -> String {
    const AGREES: &str = "eoi_case_agrees";
    const DELIVERS: &str = "eoi_case_delivers";
    let mut metrics = Metrics::default();
    metrics.family(
        AGREES,
        "1 if the machine did in a case what the model predicts, 0 if not.",
    );
    for row in &results.rows {
        sample(&mut metrics, AGREES, row, row.agrees);
    }
    metrics.family(
        DELIVERS,
        "1 if every interrupt that a case waits for came on the machine, 0 if not.",
    );
    for row in &results.rows {
        let delivers = row.observed.verdict == Verdict::Delivers;
        sample(&mut metrics, DELIVERS, row, delivers);
    }
    let gauges = [
        ("eoi_cells_run", "Cells that were run.", results.cells.len()),
        (
            "eoi_failures",
            "Cases and machines that gave no result.",
            results.failures.len(),
        ),
        (
            "eoi_cells_undone",
            "Cells that were to be run, and were not.",
            results.undone.len(),
        ),
    ];
    for (name, help, value) in gauges {
        metrics.family(name, help);
        metrics.sample(name, &[], value);
    }
    metrics.written_now("lab")
}

fn sample(metrics: &mut Metrics, name: &str, row: &Row, is: bool) {
    let cell = cell_of(row);
    let labels = [
        ("cell", cell.as_str()),
        ("controller", &row.chip),
        ("model", &row.model),
        ("case", &row.case),
        ("device", &row.device),
        ("unmask_by", &row.how),
    ];
    metrics.sample(name, &labels, u8::from(is));
}
