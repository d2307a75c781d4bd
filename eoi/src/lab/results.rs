//! Results: what was predicted and what was seen, kept as `eoi.lab/1`.

use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use super::cell::{Boot, Cell};
use super::observe::{Observed, differences};
use super::predict::Conduct;
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
        trace: Option<String>,
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
            trace,
        }
    }
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
    for share in shares {
        merged.rows.extend(share.rows.iter().cloned());
        merged.failures.extend(share.failures.iter().cloned());
        merged.replaced.extend(share.replaced.iter().cloned());
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
    let boot = if row.threadirqs { "/threadirqs" } else { "" };
    format!("{}/{}{boot}", row.machine, row.kernel)
}

/// The day and the second of it, UTC: `2026-11-22`, 40271.
#[must_use]
pub fn now() -> (String, u64) {
    let now = jiff::Timestamp::now();
    (now.strftime("%Y-%m-%d").to_string(), now.as_second().rem_euclid(86_400).unsigned_abs())
}
