//! The comparison of the kernels' own C with the model that is checked in.

use std::collections::HashSet;
use std::path::Path;

use eoi::report::verify::{ComparedRow, Comparison};
use eoi::verify::rows::{self, Key, RELEASES};
use eoi_model::system::System;

fn file() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/verify.json")
}

fn checked_in() -> Comparison {
    Comparison::read(&file()).expect("docs/verify.json")
}

fn key(row: &ComparedRow) -> Key {
    Key {
        kernel: row.kernel.clone(),
        fixes: row.fixes.clone(),
        chip: row.chip.clone(),
        device: row.device.clone(),
    }
}

#[test]
fn the_rows_that_are_checked_in_are_those_of_the_tables() {
    let wanted: Vec<Key> = rows::kept().into_iter().map(|(key, _)| key).collect();
    let kept: Vec<Key> = checked_in().rows.iter().map(key).collect();
    let strange: Vec<&Key> = kept.iter().filter(|key| !wanted.contains(key)).collect();
    assert!(strange.is_empty(), "rows that nothing names: {strange:?}");
    let unique: HashSet<String> = kept.iter().map(|key| format!("{key:?}")).collect();
    assert_eq!(unique.len(), kept.len(), "a row is there twice");
    // A new driver or fix need not wait until all is compared anew: what was not is listed.
    for key in wanted.iter().filter(|key| !kept.contains(key)) {
        println!("not compared yet: {key:?}");
    }
    for release in RELEASES {
        let of = kept.iter().filter(|key| key.kernel == release.kernel);
        assert!(of.count() >= 12, "few rows of {}", release.series);
    }
}

#[test]
fn nothing_that_is_checked_in_differs_and_what_could_not_be_compared_is_known() {
    for row in checked_in().rows {
        assert_eq!(row.differing, 0, "{:?} differs: find out why", key(&row));
        assert_eq!(row.findings, [""; 0], "{:?}", key(&row));
        // The one asks for the interrupt's thread, which kernel-c does not have; of the other `cut.sh` does not find a function.
        let threaded = row.fixes.iter().any(|fix| fix == "vfio-oneshot");
        let known = threaded && row.device == "no-disintx"
            || row.kernel == "linux-5.10" && row.chip.contains("ioapic");
        assert_eq!(row.failed.is_some(), known, "{:?}", key(&row));
    }
}

/// States of the model that can be reached without these events.
fn states(system: &System, without: &[String]) -> usize {
    let events = system.events();
    let events: Vec<_> = events
        .filter(|event| without.iter().all(|name| name != event.info().name))
        .collect();
    let mut seen = HashSet::from([system.initial()]);
    let mut next = vec![system.initial()];
    while let Some(state) = next.pop() {
        for &event in &events {
            if let Some(to) = system.step(state, event)
                && seen.insert(to)
            {
                next.push(to);
            }
        }
    }
    seen.len()
}

#[test]
fn the_model_has_as_many_states_as_when_it_was_compared() {
    let rows = checked_in().rows;
    let mut counted = 0;
    for (wanted, system) in rows::kept() {
        let Some(row) = rows.iter().find(|row| key(row) == wanted) else {
            continue;
        };
        if row.failed.is_none() {
            let now = states(&system, &row.not_compared);
            assert_eq!(
                now, row.states,
                "{wanted:?}: the model has changed: compare anew"
            );
            counted += 1;
        }
    }
    assert!(counted > 100, "only {counted} rows were counted");
}

#[test]
fn what_is_checked_in_is_as_this_program_writes_it() {
    let text = std::fs::read_to_string(file()).expect("docs/verify.json");
    let again = eoi::report::json::text(&checked_in()).expect("JSON");
    assert!(
        text == again,
        "eoi verify --show docs/verify.json --format json > new.json && mv new.json docs/verify.json"
    );
}
