//! The lab's results: joined, gone on with, filtered, and written where not everything is well.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use eoi::lab::brought;
use eoi::lab::cell::{Base, Cell};
use eoi::lab::choice::{Brought, Choice, choose};
use eoi::lab::merge::merge;
use eoi::lab::predict::Verdict;
use eoi::lab::results::{Done, Results};
use eoi::lab::row::{CaseNames, ConductSummary, Failure, HostIrqs, Row, cell_of};
use eoi::report::lab::{junit, ktap, summary, text};

const IOAPIC: &str = "q35-ioapic/6.12.107";
const I8259: &str = "q35-i8259/6.12.107";
const GIC: &str = "arm64-gicv3/6.12.107";
const XIVE: &str = "pseries-xive/6.12.107";

fn checked_in() -> Results {
    Results::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/lab.json"))
        .expect("docs/lab.json")
}

fn cells(case: &str) -> Vec<Cell> {
    let (only, cases) = (vec![IOAPIC.to_string()], vec![case.to_string()]);
    choose(&Choice {
        only,
        cases,
        ..Choice::default()
    })
    .expect("cells")
    .cells
}

/// A run of these cells, as the checked-in one has them.
fn ran(cells: &[Cell]) -> Results {
    let all = checked_in();
    let head = Results {
        lock: all.lock.clone(),
        qemu: all.qemu.clone(),
        ..Results::of(cells)
    };
    let done: Vec<(String, Done)> = cells
        .iter()
        .map(|cell| {
            let is = |row: &&Row| cell_of(row) == cell.name() && head.cases.contains(&row.case);
            (
                cell.name(),
                Done {
                    rows: all.rows.iter().filter(is).cloned().collect(),
                    ..Done::default()
                },
            )
        })
        .collect();
    head.with(done.iter().map(|(name, done)| (name.clone(), done)))
}

fn failure(cell: &str, case: Option<&str>, error: &str) -> Failure {
    let names = |case: &str| {
        let [case, device, how] = case.split('/').collect::<Vec<_>>()[..] else {
            panic!("{case} is no case")
        };
        CaseNames {
            case: case.to_string(),
            device: device.to_string(),
            how: how.to_string(),
        }
    };
    Failure {
        cell: cell.to_string(),
        case: case.map(names),
        error: error.to_string(),
    }
}

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
            })
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

/// A directory that is gone with the test.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let directory = std::env::temp_dir().join(format!("eoi-{name}-{}", std::process::id()));
        fs::create_dir_all(&directory).expect("a directory");
        Self(directory)
    }

    /// `eoi lab`, with its cache here.
    fn lab(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_eoi"));
        command
            .arg("lab")
            .args(arguments)
            .env("XDG_CACHE_HOME", &self.0)
            .current_dir(&self.0);
        command.output().expect("eoi runs")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
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

#[test]
fn showing_and_listing_take_only_what_means_something_there() {
    let scratch = Scratch::new("showing");
    let output = scratch.lab(&["show"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("`eoi lab run` makes one"));
    assert!(!scratch.0.join("eoi").exists(), "to show makes no cache");
    for (arguments, says) in [
        (["show", "--lock", "x"], "'--lock'"),
        (["list", "--format", "ktap"], "text, json"),
    ] {
        let output = scratch.lab(&arguments);
        assert_eq!(output.status.code(), Some(2));
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(words.contains(says), "{words}");
    }
}

/// The checked-in results as ten jobs have them, each with `--only`.
fn jobs() -> Vec<Results> {
    let all = checked_in();
    let job = |cells: &[String]| {
        let mut job = all.clone();
        job.keep(cells, &[], None).expect("its cells");
        job
    };
    all.cells.chunks(12).map(job).collect()
}

#[test]
fn jobs_of_single_cells_join_to_the_whole() {
    let jobs = jobs();
    assert_eq!(jobs.len(), 10);
    assert_eq!(merge(&jobs).expect("the whole"), checked_in());
    assert!(
        merge(&jobs[1..])
            .unwrap_err()
            .to_string()
            .contains("missing: \n  q35-ioapic/6.12.57\n")
    );
}

type Change = (fn(&mut Results), &'static str);

#[test]
fn shares_that_do_not_fit_are_refused() {
    let changes: [Change; 7] = [
        (
            |share| share.eoi = "0.0.0".to_string(),
            "different versions of eoi",
        ),
        (
            |share| share.brought = Some("0123".to_string()),
            "different patches",
        ),
        (
            |share| share.cases = vec!["reopen".to_string()],
            "different cases",
        ),
        (|share| share.qemu = "9.0".to_string(), "different packages"),
        (
            |share| share.cells.push("q35-ioapic/0.1".to_string()),
            "no part of the whole",
        ),
        (|share| share.rows.clear(), "neither rows nor a failure"),
        (
            |share| share.rows[0].machine = "powernv8-xics".to_string(),
            "no cell of its share",
        ),
    ];
    for (change, says) in changes {
        let mut shares = jobs();
        change(&mut shares[1]);
        let error = merge(&shares).expect_err(says).to_string();
        assert!(error.contains(says), "{error}");
    }
}

/// One host interrupt for each that was delivered.
fn conduct(verdict: Verdict, delivered: usize) -> ConductSummary {
    let host_irqs = Some(HostIrqs {
        taken: delivered,
        ignored: 0,
    });
    ConductSummary {
        verdict,
        delivered: Some(delivered),
        host_irqs,
    }
}

fn row(cell: &str, chip: &str, observed: Verdict, differences: &[&str]) -> Row {
    let (machine, kernel) = cell.split_once('/').expect("a cell");
    Row {
        machine: machine.to_string(),
        chip: chip.to_string(),
        model: "ioapic-qemu".to_string(),
        kernel: kernel.to_string(),
        fixed: true,
        threadirqs: false,
        case: "clear-unmask".to_string(),
        device: "no-disintx".to_string(),
        how: "ioctl".to_string(),
        predicted: conduct(Verdict::Delivers, 5),
        observed: conduct(observed, 1),
        agrees: differences.is_empty(),
        differences: differences
            .iter()
            .map(|difference| (*difference).to_string())
            .collect(),
        state: Vec::new(),
        counts: std::collections::BTreeMap::new(),
        release: None,
        trace: None,
    }
}

/// A cell that differs, one that failed, one that was run twice and lost a guest, and one that is another part's.
fn troubled() -> Results {
    let names = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_string()).collect();
    let mut good = row(GIC, "GICv3", Verdict::Delivers, &[]);
    good.counts.insert("astray".to_string(), 2);
    Results {
        date: "2026-11-23".to_string(),
        cases: names(&["clear-unmask", "reopen"]),
        whole: names(&[IOAPIC, I8259, GIC, XIVE]),
        cells: names(&[IOAPIC, I8259, GIC]),
        rows: vec![
            row(
                IOAPIC,
                "IO-APIC",
                Verdict::Stalls,
                &["stalls instead of delivers", "it departs"],
            ),
            good,
        ],
        failures: vec![failure(I8259, None, "the machine ended:\nno init")],
        first: vec![failure(
            GIC,
            Some("clear-unmask/no-disintx/ioctl"),
            "stalls instead of delivers",
        )],
        ..Results::default()
    }
}

#[test]
fn ktap_of_a_troubled_run() {
    let expected = "KTAP version 1
1..4
  KTAP version 1
  1..1
  # stalls after 1, 1 host interrupts an event
  # stalls instead of delivers
  # it departs
  not ok 1 clear-unmask no-disintx ioctl
not ok 1 q35-ioapic/6.12.107
  KTAP version 1
  1..1
  # the machine ended: no init
  not ok 1 the machine
not ok 2 q35-i8259/6.12.107
  KTAP version 1
  1..1
  # run once more, alone; the first time clear-unmask/no-disintx/ioctl: stalls instead of delivers
  # delivers, 1 host interrupts an event
  ok 1 clear-unmask no-disintx ioctl
ok 3 arm64-gicv3/6.12.107
ok 4 pseries-xive/6.12.107 # SKIP not in this part
";
    assert_eq!(ktap::text(&troubled()), expected);
}

#[test]
fn junit_of_a_troubled_run() {
    let xml = junit::text(&troubled()).expect("XML");
    let suites: Vec<&str> = xml.split("<testsuite ").skip(1).collect();
    let expected = [
        (
            IOAPIC,
            [1, 0, 0],
            "<failure message=\"stalls instead of delivers; it departs\"/>",
        ),
        (I8259, [0, 1, 0], "<error message=\"the machine ended:"),
        (
            GIC,
            [0, 0, 0],
            "<system-out>run once more, alone; the first time clear-unmask/no-disintx/ioctl: stalls",
        ),
        (XIVE, [0, 0, 1], "<skipped message=\"not in this part\"/>"),
    ];
    assert_eq!(suites.len(), expected.len(), "{xml}");
    for (suite, (cell, counts, says)) in suites.iter().zip(expected) {
        assert!(
            suite.starts_with(&format!("name=\"{cell}\"")) && suite.contains(says),
            "{suite}"
        );
        assert_eq!(
            ["<failure", "<error", "<skipped"].map(|tag| suite.matches(tag).count()),
            counts,
            "{suite}"
        );
        assert_eq!(suite.matches("<testcase").count(), 1, "{suite}");
    }
}

/// Results that another eoi may have written, whose lab has more cells.
#[test]
fn an_answer_of_a_cell_that_the_whole_does_not_have_is_in_every_format() {
    let mut results = troubled();
    let strange = "q35-new/9.1";
    results.rows.push(row(
        strange,
        "IO-APIC",
        Verdict::Stalls,
        &["stalls instead of delivers"],
    ));
    results
        .failures
        .push(failure("q35-newer/9.1", None, "it is gone"));
    let ktap = ktap::text(&results);
    assert!(ktap.starts_with("KTAP version 1\n1..6\n"), "{ktap}");
    assert!(
        ktap.contains("\nnot ok 5 q35-new/9.1\n") && ktap.ends_with("\nnot ok 6 q35-newer/9.1\n"),
        "{ktap}"
    );
    let xml = junit::text(&results).expect("XML");
    assert!(
        xml.contains(&format!("name=\"{strange}\"")) && xml.contains("name=\"q35-newer/9.1\""),
        "{xml}"
    );
    assert_eq!(
        ["<failure", "<error"].map(|tag| xml.matches(tag).count()),
        [2, 2],
        "{xml}"
    );
}

#[test]
fn the_summary_names_the_cells_where_a_line_stalled() {
    let mut results = troubled();
    results
        .rows
        .push(row("q35-ioapic/7.3.4", "IO-APIC", Verdict::Delivers, &[]));
    let text = summary::text(&results);
    assert!(
        text.contains("3 cases on 3 cells, 2 agree with the model."),
        "{text}"
    );
    assert!(
        text.contains("clear-unmask no-disintx: delivers on 2 cells, and stalls on 1:\n  q35-ioapic: 6.12.107\n"),
        "{text}"
    );
    assert!(
        text.lines().any(|line| line
            .split_whitespace()
            .eq("q35-ioapic IO-APIC ioapic-qemu 2 2 1 1".split(' '))),
        "{text}"
    );
    assert!(!text.contains("reopen"), "no cell ran it: {text}");
}

#[test]
fn text_of_a_troubled_run() {
    let text = text(&troubled());
    for line in [
        "DIFFERS q35-ioapic/6.12.107 clear-unmask no-disintx ioctl: stalls instead of delivers; it departs",
        "FAILED q35-i8259/6.12.107: the machine ended:",
        "REPEATED arm64-gicv3/6.12.107: run once more, alone; the first time clear-unmask/no-disintx/ioctl: stalls instead \
         of delivers",
        "arm64-gicv3/6.12.107 clear-unmask no-disintx ioctl: guests that lost their registers and were replaced (astray): 2.",
    ] {
        assert!(text.lines().any(|said| said == line), "{line}\n{text}");
    }
    assert!(
        text.contains("2 cases on 3 cells, 1 agree with the model"),
        "{text}"
    );
}

#[test]
fn a_filter_leaves_no_cell_without_cases() {
    let mut results = checked_in();
    results
        .keep(&[], &["kvm-soak".to_string()], None)
        .expect("a case");
    assert_eq!(
        results.cells,
        results.rows.iter().map(cell_of).collect::<Vec<_>>()
    );
    assert_eq!((results.whole.len(), &results.whole), (2, &results.cells));
    let mut failed = troubled();
    failed.failures.push(failure(
        IOAPIC,
        Some("reopen/disintx/ioctl"),
        "it was not run",
    ));
    failed
        .keep(&[], &["clear-unmask".to_string()], None)
        .expect("a case");
    assert_eq!(
        failed.failures,
        troubled().failures,
        "another case's failure is not shown, a dead machine's is"
    );
    assert!(
        failed.clone().keep(&[XIVE.to_string()], &[], None).is_err(),
        "it was not run"
    );
}
