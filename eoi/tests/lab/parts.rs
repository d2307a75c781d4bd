//! Cells and results: parts that join to the whole, a run that goes on, and every format.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use eoi::lab::cell::Cell;
use eoi::lab::choice::{Choice, choose};
use eoi::lab::machine::MISSING;
use eoi::lab::results::Results;
use eoi::lab::row::{Row, cell_of};
use serde_json::Value;

use super::{Fake, checked_in};

#[test]
fn parts_join_to_the_whole_and_to_nothing_else() {
    let fake = Fake::new("parts", "exit 1");
    let part = |k: usize| -> PathBuf {
        let output = fake.run(&["--part", &format!("{k}/2"), "--format", "json"]);
        let file = fake.directory.join(format!("{k}.json"));
        fs::write(&file, &output.stdout).expect("a file");
        file
    };
    let (one, two) = (part(1), part(2));
    let merge = |files: &[&PathBuf]| {
        let output = Command::new(env!("CARGO_BIN_EXE_eoi"))
            .args(["lab", "merge"])
            .args(files)
            .output();
        output.expect("eoi runs")
    };
    let merged: Value = serde_json::from_slice(&merge(&[&two, &one]).stdout).expect("JSON");
    assert_eq!(
        merged["cells"],
        serde_json::json!(["q35-ioapic/bzImage", "q35-ir-ioapic/bzImage"])
    );
    assert_eq!(merged["failures"].as_array().expect("failures").len(), 2);
    for (files, says) in [
        (vec![&one], "missing: q35-ir-ioapic/bzImage"),
        (vec![&one, &two, &one], "more than once"),
    ] {
        let output = merge(&files);
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&output.stderr).contains(says));
    }
}

#[test]
fn the_list_is_a_job_matrix() {
    let output = Command::new(env!("CARGO_BIN_EXE_eoi"))
        .args(["lab", "list", "--format", "json"])
        .output();
    let list: Value = serde_json::from_slice(&output.expect("eoi runs").stdout).expect("JSON");
    let cells = list["cells"].as_array().expect("cells");
    assert!(cells.len() > 50);
    for cell in cells {
        for key in ["cell", "machine", "arch", "chip", "model", "kernel"] {
            assert!(cell[key].is_string(), "{cell}");
        }
    }
}

#[test]
fn every_format_says_what_the_results_say() {
    let results = checked_in();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/lab.json");
    let show = |format: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_eoi"));
        command
            .args(["lab", "show"])
            .arg(&path)
            .args(["--format", format]);
        String::from_utf8(command.output().expect("eoi runs").stdout).expect("text")
    };
    let differ = results.rows.iter().filter(|row| !row.agrees).count() + results.failures.len();
    // Machines that the lab does not have are shown with all of its cells. It may have got a cell that was not run yet.
    let cells = choose(&Choice::default()).expect("cells").cells;
    let is_all = cells
        .iter()
        .map(Cell::name)
        .eq(results.whole.iter().cloned());
    let missing = if is_all { MISSING.len() } else { 0 };
    let ktap = show("ktap");
    assert!(ktap.starts_with(&format!(
        "KTAP version 1\n1..{}\n",
        results.whole.len() + missing
    )));
    assert_eq!(
        ktap.matches(" loongarch64-virt # SKIP qemu-system-loongarch64")
            .count(),
        missing,
        "a machine that the lab does not have"
    );
    assert_eq!(
        ktap.lines()
            .filter(|line| line.starts_with("  not ok"))
            .count(),
        differ
    );
    assert_eq!(
        ktap.lines().filter(|line| line.starts_with("  ok")).count() + differ,
        results.rows.len() + results.failures.len()
    );
    let junit = show("junit");
    assert_eq!(
        junit.matches("<testcase").count(),
        results.rows.len() + results.failures.len() + missing
    );
    let json: Results = serde_json::from_str(&show("json")).expect("our own format");
    assert_eq!(json, results);
}

#[test]
fn a_run_that_was_stopped_goes_on_with_what_is_missing() {
    let fake = Fake::new("resumed", "");
    let file = fake.directory.join("pid");
    fake.emulator(&format!("echo started >> {}; exit 1", file.display()));
    let output = fake.run(&["--format", "json"]);
    assert_eq!(
        fs::read_to_string(&file).expect("started").lines().count(),
        2,
        "two cells"
    );
    // The first cell, as it would be if its emulator had been a real one.
    let mut results: Results = serde_json::from_slice(&output.stdout).expect("JSON");
    let cell = "q35-ioapic/bzImage";
    let rows = checked_in()
        .rows
        .into_iter()
        .filter(|row| cell_of(row) == "q35-ioapic/7.3.4" && row.case == "clear-unmask");
    results.rows = rows
        .map(|row| Row {
            kernel: "bzImage".to_string(),
            ..row
        })
        .collect();
    results.failures.retain(|failure| failure.cell != cell);
    let kept = fake.directory.join("kept.json");
    fs::write(&kept, serde_json::to_string(&results).expect("JSON")).expect("a file");
    fs::remove_file(&file).expect("removed");
    let resumed = fake.run(&["--format", "json", "--resume", &kept.display().to_string()]);
    assert_eq!(
        fs::read_to_string(&file).expect("started").lines().count(),
        1,
        "only the cell that had failed"
    );
    let resumed: Results = serde_json::from_slice(&resumed.stdout).expect("JSON");
    assert_eq!(
        resumed.cells,
        ["q35-ioapic/bzImage", "q35-ir-ioapic/bzImage"]
    );
    assert_eq!(resumed.rows, results.rows);
    results.lock = "another".to_string();
    fs::write(&kept, serde_json::to_string(&results).expect("JSON")).expect("a file");
    let refused = fake.run(&["--resume", &kept.display().to_string()]);
    assert_eq!(
        refused.status.code(),
        Some(2),
        "results of other packages cannot be gone on with"
    );
}

#[test]
fn an_empty_part_is_a_part() {
    let fake = Fake::new("empty", "exit 1");
    let part = |k: usize| -> PathBuf {
        let output = fake.run(&["--part", &format!("{k}/3"), "--format", "json"]);
        assert_eq!(
            output.status.code(),
            Some(if k == 3 { 0 } else { 3 }),
            "{k}"
        );
        let file = fake.directory.join(format!("{k}.json"));
        fs::write(&file, &output.stdout).expect("a file");
        file
    };
    let parts: Vec<PathBuf> = [3, 1, 2].map(part).to_vec();
    let merged = Command::new(env!("CARGO_BIN_EXE_eoi"))
        .args(["lab", "merge"])
        .args(parts)
        .output();
    let merged: Results = serde_json::from_slice(&merged.expect("eoi runs").stdout).expect("JSON");
    assert_eq!((merged.cells.len(), merged.qemu.as_str()), (2, "0.fake"));
}
