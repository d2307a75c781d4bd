//! Results that a run goes on with: which rows are taken over, and which results are refused.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use eoi::lab::brought;
use eoi::lab::cell::Base;
use eoi::lab::choice::Brought;
use eoi::lab::predict::Verdict;
use eoi::lab::results::Results;
use eoi::lab::row::{HostIrqs, Row};

use super::{IOAPIC, Scratch, cells, failure, ran};

/// How many cells of a run with this case are taken over from `kept`.
fn taken(case: &str, kept: Results) -> usize {
    let (cells, head) = (cells(case), ran(&cells(case)));
    let (old, left) = head
        .take_over(Some(kept), &cells)
        .expect("results that can be gone on with");
    assert_eq!(old.len() + left.len(), cells.len());
    old.len()
}

#[test]
fn only_rows_of_the_same_cases_and_predictions_are_taken_over() {
    let kept = ran(&cells("reraise-masked"));
    assert_eq!(taken("reraise-masked", kept.clone()), 1);
    assert_eq!(
        kept.rows.len(),
        ran(&cells("unmask-high")).rows.len(),
        "else it says nothing"
    );
    assert_eq!(
        taken("unmask-high", kept.clone()),
        0,
        "another case with as many rows"
    );
    let changes: [fn(&mut Row); 5] = [
        |row| row.predicted.verdict = Verdict::MayStall,
        |row| row.predicted.delivered = Some(1000),
        |row| {
            row.predicted.host_irqs = Some(HostIrqs {
                taken: 1000,
                ignored: 0,
            });
        },
        |row| row.model = "ioapic".to_string(),
        |row| row.how = "intx".to_string(),
    ];
    for (number, change) in changes.iter().enumerate() {
        let mut changed = kept.clone();
        change(&mut changed.rows[0]);
        assert_eq!(taken("reraise-masked", changed), 0, "change {number}");
    }
}

#[test]
fn results_of_something_else_are_refused() {
    let (cells, kept) = (cells("reraise-masked"), ran(&cells("reraise-masked")));
    for (change, says) in [
        (
            Results {
                brought: Some("0123".to_string()),
                ..kept.clone()
            },
            "another patch, kernel, program or base",
        ),
        (
            Results {
                eoi: "0.0.0".to_string(),
                ..kept.clone()
            },
            "another eoi",
        ),
        (
            Results {
                lock: "0123".to_string(),
                ..kept.clone()
            },
            "other packages",
        ),
    ] {
        let error = kept
            .take_over(Some(change), &cells)
            .err()
            .expect("refused")
            .to_string();
        assert!(error.contains(says), "{error}");
    }
}

#[test]
fn a_cell_that_was_run_twice_says_so_after_it_is_taken_over() {
    let mut kept = ran(&cells("reraise-masked"));
    kept.first = vec![failure(IOAPIC, None, "the machine said nothing")];
    let head = ran(&cells("reraise-masked"));
    let (old, _) = head
        .take_over(Some(kept.clone()), &cells("reraise-masked"))
        .expect("taken over");
    assert_eq!(old[IOAPIC].first, kept.first);
}

#[test]
fn what_the_user_brings_is_told_apart_by_its_content() {
    let directory = std::env::temp_dir().join(format!("eoi-brought-{}", std::process::id()));
    fs::create_dir_all(directory.join("modules/kernel")).expect("a directory");
    let file = |name: &str, text: &str| -> PathBuf {
        fs::write(directory.join(name), text).expect("a file");
        directory.join(name)
    };
    let with = |files: Vec<PathBuf>, base: Base| {
        brought::digest(Some(&Brought::Patches { files, base }), None).expect("a digest")
    };
    assert_eq!(brought::digest(None, None).expect("nothing"), None);
    let one = with(vec![file("a.diff", "one")], Base::Fixed);
    assert_eq!(one, with(vec![file("a.diff", "one")], Base::Fixed));
    assert_ne!(one, with(vec![file("a.diff", "one")], Base::Unfixed));
    assert_ne!(one, with(vec![file("a.diff", "two")], Base::Fixed));
    let kernel = |image: &str, module: &str| {
        let (image, modules) = (file("bzImage", image), Some(directory.join("modules")));
        file("modules/kernel/vfio-pci.ko.xz", module);
        brought::digest(
            Some(&Brought::Kernel {
                image,
                modules,
                base: Base::Fixed,
            }),
            None,
        )
        .expect("a digest")
    };
    assert_ne!(kernel("one", "one"), kernel("two", "one"));
    assert_ne!(kernel("one", "one"), kernel("one", "two"));
    assert!(brought::digest(None, Some(&directory.join("none"))).is_err());
    let _ = fs::remove_dir_all(directory);
}

#[test]
fn a_cell_that_is_run_once_more_keeps_what_the_first_time_left() {
    let scratch = Scratch::new("again");
    let emulator = scratch.0.join("qemu-system-x86_64");
    fs::write(&emulator, "#!/bin/sh\necho QEMU emulator version 0.fake\n").expect("a script");
    fs::set_permissions(&emulator, fs::Permissions::from_mode(0o755)).expect("a program");
    // Its kernel cannot be had, as nobody listens there: a failure, twice.
    let nowhere = [
        "--mirror",
        "http://127.0.0.1:1/debian",
        "--qemu",
        ".",
        "--program",
        "qemu-system-x86_64",
    ];
    let run = [
        "run", "--only", IOAPIC, "--case", "reopen", "--jobs", "2", "--format", "json",
    ];
    let output = scratch.lab(&[&run[..], &nowhere[..]].concat());
    let results: Results = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(
        (
            output.status.code(),
            results.first.len(),
            results.failures.len()
        ),
        (Some(3), 1, 1)
    );
    assert_eq!(results.first[0].cell, IOAPIC);
    assert!(
        results.whole.len() > 50 && results.cells == [IOAPIC],
        "a share of all cells"
    );
    let run = fs::read_dir(scratch.0.join("eoi/runs"))
        .expect("runs")
        .flatten()
        .next()
        .expect("a run")
        .path();
    for place in [IOAPIC.to_string(), format!("{IOAPIC}.again")] {
        assert!(run.join(&place).is_dir(), "{place}");
    }
}
