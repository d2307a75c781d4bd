//! The lab's results: joined, gone on with, filtered, and written where not everything is well.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use eoi::lab::cell::Cell;
use eoi::lab::choice::{Choice, choose};
use eoi::lab::predict::Verdict;
use eoi::lab::results::{Done, Results};
use eoi::lab::row::{CaseNames, ConductSummary, Failure, HostIrqs, Row, cell_of};

mod formats;
mod joined;
mod taken_over;

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
