//! The lab's cells, and the results of them that are checked in.

use std::path::Path;

use eoi::lab::case::Case;
use eoi::lab::cell::Cell;
use eoi::lab::choice::{Choice, choose};
use eoi::lab::lock::Lock;
use eoi::lab::predict::{Host, Verdict, predict};
use eoi::lab::results::Results;
use eoi::lab::row::{ConductSummary, Row, cell_of};

fn cells() -> Vec<Cell> {
    choose(&Choice::default()).expect("cells").cells
}

fn checked_in() -> Results {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/lab.json");
    Results::read(&path).expect("docs/lab.json")
}

#[test]
fn the_model_predicts_every_case_of_every_cell() {
    let cells = cells();
    let names: Vec<String> = cells.iter().map(Cell::name).collect();
    let unique: std::collections::BTreeSet<&String> = names.iter().collect();
    assert_eq!(unique.len(), names.len(), "two cells have one name");
    for cell in &cells {
        let host = cell.host().expect("a row of the model");
        for case in &cell.cases {
            let conduct =
                predict(&host, case).unwrap_or_else(|error| panic!("{}: {error:#}", cell.name()));
            assert!(
                !conduct.found.is_empty(),
                "{} {}: nothing is waited for",
                cell.name(),
                case.name()
            );
        }
    }
}

#[test]
fn the_results_that_are_checked_in_are_those_of_this_lock_and_this_model() {
    let results = checked_in();
    assert_eq!(
        results.lock,
        Lock::built_in().expect("the lock").digest(),
        "run the lab again: the lock has changed"
    );
    let cells = cells();
    let names: Vec<String> = cells.iter().map(Cell::name).collect();
    let strange: Vec<String> = results
        .rows
        .iter()
        .map(cell_of)
        .filter(|name| !names.contains(name))
        .collect();
    assert!(
        strange.is_empty(),
        "rows of cells that the lab does not have: {strange:?}"
    );
    assert_eq!(results.cells, results.whole, "the results are a part only");
    assert!(
        results.holds(),
        "what is checked in differs or failed: find out why before it is kept"
    );
    let rows = |cell: &Cell| -> Vec<&Row> {
        results
            .rows
            .iter()
            .filter(|row| cell_of(row) == cell.name())
            .collect()
    };
    // A new machine, fix or kernel need not wait for a run of the lab: what was not run is listed.
    let (ran, not_run): (Vec<&Cell>, Vec<&Cell>) =
        cells.iter().partition(|cell| !rows(cell).is_empty());
    not_run
        .iter()
        .for_each(|cell| println!("not run yet: {}", cell.name()));
    assert_eq!(
        ran.len(),
        results.cells.len(),
        "a cell that was run has no rows"
    );
    assert!(ran.len() > 100, "only {} cells were run", ran.len());
    for cell in ran {
        let host = cell.host().expect("a row of the model");
        let missing = cell.cases.len() - rows(cell).len();
        if missing > 0 {
            println!("not run yet: {missing} cases of {}", cell.name());
        }
        rows(cell)
            .iter()
            .for_each(|row| is_predicted(cell, &host, row));
    }
}

/// The model still predicts what it had predicted when the row was seen.
fn is_predicted(cell: &Cell, host: &Host, row: &Row) {
    let is = |case: &&Case| {
        case.script.name == row.case
            && case.device.name() == row.device
            && case.how.name() == row.how
    };
    let case = cell
        .cases
        .iter()
        .find(is)
        .unwrap_or_else(|| panic!("{}: no case {}", cell.name(), row.case));
    let predicted = predict(host, case).expect("a prediction");
    let name = format!(
        "{} {}: the model says otherwise now",
        cell.name(),
        case.name()
    );
    assert_eq!(row.predicted.verdict, predicted.verdict, "{name}");
    if row.predicted.host_irqs.is_some() {
        assert_eq!(row.predicted, ConductSummary::traced(&predicted), "{name}");
    }
}

#[test]
fn the_results_that_are_checked_in_are_as_this_program_writes_them() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/lab.json");
    let text = std::fs::read_to_string(&path).expect("docs/lab.json");
    let again = eoi::report::json::text(&checked_in()).expect("JSON");
    assert!(
        text == again,
        "eoi lab show docs/lab.json --format json > new.json && mv new.json docs/lab.json"
    );
}

#[test]
fn results_in_the_format_of_the_past_are_refused_with_what_to_do() {
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(
        file.path(),
        r#"{"schema": "eoi.lab/1", "date": "2026-11-23", "rows": []}"#,
    )
    .expect("written");
    let error = format!("{:#}", Results::read(file.path()).expect_err("it is gone"));
    assert!(
        error.contains("eoi.lab/1, a format that is gone") && error.contains("run it again"),
        "{error}"
    );
}

/// The race of docs/findings.md: a line that is lost is disabled, though the ioctl unmasked it.
#[test]
fn the_line_that_lost_the_race_is_disabled() {
    let results = checked_in();
    let is = |row: &&Row| cell_of(row) == "q35-ioapic/6.12.107-lab+none" && row.case == "mask-race";
    let row = results
        .rows
        .iter()
        .find(is)
        .expect("the kernel that tells the depth runs the race");
    assert_eq!(row.observed.verdict, Verdict::Stalls);
    let says = |what: &str| {
        row.state
            .iter()
            .any(|line| line.split_whitespace().eq(what.split(' ')))
    };
    assert!(
        says("ddepth: 1") && says("IRQD_IRQ_DISABLED"),
        "{:?}",
        row.state
    );
}
