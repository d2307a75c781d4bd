//! Results: what was predicted and what was seen, kept as `eoi.lab/1`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use super::cell::{Boot, Cell};
use super::observe::{Observed, differences};
use super::predict::{Conduct, Verdict};
use super::protocol::Heard;
use super::run::Done;
use crate::part;

/// The name of the format.
pub const SCHEMA: &str = "eoi.lab/1";

/// One case on one machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The machine.
    pub machine: String,
    /// The controller, as `/proc/interrupts` prints it.
    pub chip: String,
    /// The model's row that it is compared with.
    pub model: String,
    /// The kernel.
    pub kernel: String,
    /// The kernel has the merged fix, or a candidate in its place.
    pub fixed: bool,
    /// Booted with `threadirqs`.
    pub threadirqs: bool,
    /// The script.
    pub case: String,
    /// `disintx` or `no-disintx`
    pub device: String,
    /// How it unmasks: `ioctl` or `eventfd`.
    pub how: String,
    /// `delivers`, `stalls` or `may stall`
    pub predicted: String,
    /// `delivers` or `stalls`
    pub observed: String,
    /// Interrupts that came of those that were waited for; of a race, its rounds.
    pub delivered: usize,
    /// Interrupts that the model delivers.
    pub predicted_delivered: usize,
    /// Host interrupts, taken and ignored, for each that was delivered; `null` where they were not recorded.
    pub host_irqs_per_event: Option<f64>,
    /// The same of the model.
    pub predicted_host_irqs_per_event: Option<f64>,
    /// Host interrupts taken and ignored.
    pub host_irqs: Option<[usize; 2]>,
    /// Whether the machine did what the model says.
    pub agrees: bool,
    /// How it did not, each in a sentence.
    pub differences: Vec<String>,
    /// What the guest saw of the device and of the line where an interrupt did not come.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub state: Vec<String>,
    /// The release that booted, which is another than the kernel's name says where a twin stands in for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<String>,
    /// The recording: a file below the run's directory; `null` if there is none.
    pub trace: Option<String>,
}

/// A cell, or a case of it, that says nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The cell.
    pub cell: String,
    /// The case; all of the cell if none is named.
    pub case: Option<String>,
    /// Why.
    pub error: String,
}

/// What a run brought.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Results {
    /// [`SCHEMA`]
    pub schema: String,
    /// The day, as `2026-11-22`, UTC.
    pub date: String,
    /// The emulator's version.
    pub qemu: String,
    /// The lock that pinned the packages: the first digits of its hash.
    pub lock: String,
    /// Packages that were taken because a pinned one is gone: `wanted -> got`.
    pub replaced: Vec<String>,
    /// Every cell of the whole run.
    pub whole: Vec<String>,
    /// The cells of this share that were run.
    pub cells: Vec<String>,
    /// The rows.
    pub rows: Vec<Row>,
    /// What says nothing.
    pub failures: Vec<Failure>,
    /// Cells that were run once more, alone, because they had differed: a loaded host can keep a CPU from its turn.
    #[serde(default)]
    pub repeated: Vec<String>,
}

fn per_event(host_irqs: usize, delivered: usize) -> Option<f64> {
    (delivered > 0).then(|| (host_irqs as f64 / delivered as f64 * 100.0).round() / 100.0)
}

impl Row {
    /// A case that was predicted and seen.
    #[must_use]
    pub fn new(
        cell: &Cell,
        case: &super::case::Case,
        chip: &'static eoi_model::irqchip::Irqchip,
        predicted: &Conduct,
        observed: &Observed,
        heard: &Heard,
    ) -> Self {
        let differences = differences(chip, predicted, observed);
        let conduct = &observed.conduct;
        let delivered = observed.rounds.map_or_else(|| conduct.delivered(), |rounds| rounds as usize);
        let traced = observed.traced;
        Self {
            machine: cell.machine.name.to_string(),
            chip: cell.machine.prints.to_string(),
            model: chip.name.to_string(),
            kernel: cell.kernel(),
            fixed: cell.fixed(),
            threadirqs: cell.boot == Boot::Threadirqs,
            case: case.script.name.to_string(),
            device: case.device.name().to_string(),
            how: case.how.name().to_string(),
            predicted: predicted.verdict.name().to_string(),
            observed: conduct.verdict.name().to_string(),
            delivered,
            predicted_delivered: if traced { predicted.delivered() } else { delivered },
            host_irqs_per_event: per_event(conduct.taken + conduct.ignored, conduct.delivered()).filter(|_| traced),
            predicted_host_irqs_per_event: per_event(predicted.taken + predicted.ignored, predicted.delivered())
                .filter(|_| traced),
            host_irqs: traced.then_some([conduct.taken, conduct.ignored]),
            agrees: differences.is_empty(),
            differences,
            state: if conduct.verdict == Verdict::Stalls { heard.state.clone() } else { Vec::new() },
            release: None,
            trace: (!heard.trace.is_empty()).then(|| format!("{}/{}", cell.name(), trace_file(case))),
        }
    }
}

/// The name of a case's recording in the directory of its cell.
#[must_use]
pub fn trace_file(case: &super::case::Case) -> String {
    format!("{}.trace", case.name().replace('/', "-"))
}

impl Results {
    /// Reads kept results.
    ///
    /// # Errors
    /// A file that cannot be read, or that is none of ours.
    pub fn read(path: &Path) -> Result<Self> {
        let name = path.display();
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read the results {name}"))?;
        let results: Self = serde_json::from_str(&text)
            .with_context(|| format!("{name} is not what `eoi lab run --format json` writes"))?;
        if results.schema != SCHEMA {
            bail!("{name} has the format '{}', not {SCHEMA}", results.schema);
        }
        Ok(results)
    }

    /// Of these kept results, what can stand for cells that are to be run, by the cell's name; and the cells that are left.
    ///
    /// # Errors
    /// They come from other packages or another emulator.
    pub fn take_over(&self, kept: Option<Self>, cells: &[Cell]) -> Result<(BTreeMap<String, Done>, Vec<Cell>)> {
        let mut old = BTreeMap::new();
        if let Some(kept) = kept {
            if (&kept.lock, &kept.qemu) != (&self.lock, &self.qemu) {
                bail!("the results to go on with come from other packages: their lock or emulator is not this one");
            }
            for name in kept.cells.iter().filter(|name| kept.failures.iter().all(|failure| failure.cell != **name)) {
                let rows = kept.rows.iter().filter(|row| cell_of(row) == *name).cloned().collect();
                let repeated = kept.repeated.iter().filter(|cell| *cell == name).cloned().collect();
                old.insert(name.clone(), Done { rows, failures: Vec::new(), repeated });
            }
        }
        old.retain(|name, done| {
            done.agrees() && cells.iter().any(|cell| cell.name() == *name && cell.cases.len() == done.rows.len())
        });
        let left = cells.iter().filter(|cell| !old.contains_key(&cell.name())).cloned().collect();
        Ok((old, left))
    }

    /// Keeps the rows of these cells, cases and device; all where none is named.
    ///
    /// # Errors
    /// A name that these results do not have.
    pub fn keep(&mut self, cells: &[String], cases: &[String], device: Option<&str>) -> Result<()> {
        let known = |what: &str, names: &[String], all: BTreeSet<&str>| -> Result<()> {
            match names.iter().find(|name| !all.contains(name.as_str())) {
                Some(name) => bail!("these results have no {what} '{name}'"),
                None => Ok(()),
            }
        };
        known("cell", cells, self.whole.iter().map(String::as_str).collect())?;
        known("case", cases, self.rows.iter().map(|row| row.case.as_str()).collect())?;
        let devices: Vec<String> = device.iter().map(|device| (*device).to_string()).collect();
        known("device", &devices, self.rows.iter().map(|row| row.device.as_str()).collect())?;
        let has = |names: &[String], name: &str| names.is_empty() || names.iter().any(|wanted| wanted == name);
        self.whole.retain(|cell| has(cells, cell));
        self.cells.retain(|cell| has(cells, cell));
        self.failures.retain(|failure| has(cells, &failure.cell));
        self.rows.retain(|row| has(cells, &cell_of(row)) && has(cases, &row.case) && has(&devices, &row.device));
        Ok(())
    }

    /// Everything agrees and everything was run.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.failures.is_empty() && self.rows.iter().all(|row| row.agrees)
    }
}

/// Joins the shares of one run.
///
/// # Errors
/// They are not the shares of one run, or a cell is there twice or not at all.
pub fn merge(shares: &[Results]) -> Result<Results> {
    let pieces: Vec<(&[String], Vec<String>)> =
        shares.iter().map(|share| (share.whole.as_slice(), share.cells.clone())).collect();
    part::complete(&pieces)?;
    if shares.iter().any(|share| share.lock != shares[0].lock || share.qemu != shares[0].qemu) {
        bail!("these results come from different packages: their locks or emulators are not the same");
    }
    let order = |name: &str| shares[0].whole.iter().position(|cell| cell == name);
    let mut merged = Results { cells: shares[0].whole.clone(), rows: Vec::new(), ..shares[0].clone() };
    merged.failures.clear();
    merged.replaced.clear();
    merged.repeated.clear();
    for share in shares {
        merged.rows.extend(share.rows.iter().cloned());
        merged.failures.extend(share.failures.iter().cloned());
        merged.replaced.extend(share.replaced.iter().cloned());
        merged.repeated.extend(share.repeated.iter().cloned());
        merged.date = merged.date.max(share.date.clone());
    }
    merged.replaced.sort();
    merged.replaced.dedup();
    merged.rows.sort_by_key(|row| order(&cell_of(row))); // stable: the cases of a cell stay in order
    Ok(merged)
}

/// The name of a row's cell.
#[must_use]
pub fn cell_of(row: &Row) -> String {
    let boot = if row.threadirqs { Boot::Threadirqs } else { Boot::Plain };
    format!("{}/{}{}", row.machine, row.kernel, boot.suffix())
}

/// The day, UTC: `2026-11-22`.
#[must_use]
pub fn today() -> String {
    jiff::Timestamp::now().strftime("%F").to_string()
}
