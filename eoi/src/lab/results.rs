//! Results: what was predicted and what was seen, kept as `eoi.lab/1`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result, bail};
use eoi_lab_protocol::Key;
use serde::{Deserialize, Serialize};

use super::cell::{Boot, Cell};
use super::observe::{Observed, differences};
use super::predict::{Conduct, Verdict};
use super::protocol::Heard;
use crate::bounded;

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
    /// What a case that is not traced counted, in the words of the guest's program.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub counts: BTreeMap<String, u64>,
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

/// What came of one cell.
#[derive(Default)]
pub struct Done {
    /// The rows.
    pub rows: Vec<Row>,
    /// What says nothing.
    pub failures: Vec<Failure>,
    /// What differed or failed the first time, if it was run twice.
    pub first: Vec<Failure>,
}

impl Done {
    /// Everything was run and agrees.
    #[must_use]
    pub fn agrees(&self) -> bool {
        self.failures.is_empty() && self.rows.iter().all(|row| row.agrees)
    }

    /// What does not agree, and what failed, in the cell of this name.
    #[must_use]
    pub fn complaints(&self, cell: &str) -> Vec<Failure> {
        let differ = self.rows.iter().filter(|row| !row.agrees).map(|row| Failure {
            cell: cell.to_string(),
            case: Some(format!("{}/{}/{}", row.case, row.device, row.how)),
            error: row.differences.join("; "),
        });
        differ.chain(self.failures.iter().cloned()).collect()
    }
}

/// What a run brought.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Results {
    /// [`SCHEMA`]
    pub schema: String,
    /// The version of `eoi`.
    #[serde(default)]
    pub eoi: String,
    /// The day, as `2026-11-22`, UTC.
    pub date: String,
    /// The emulator's version.
    pub qemu: String,
    /// The lock that pinned the packages: the first digits of its hash.
    pub lock: String,
    /// Packages that were taken because a pinned one is gone: `wanted -> got`.
    pub replaced: Vec<String>,
    /// What the user brought, by its content: patches or a kernel, and their base ([`super::brought`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brought: Option<String>,
    /// The scripts of the whole run.
    #[serde(default)]
    pub cases: Vec<String>,
    /// The only device that is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// Every cell of the whole run: what `--only` and `--part` take their share of.
    pub whole: Vec<String>,
    /// The cells of this share that were run.
    pub cells: Vec<String>,
    /// Those that were to be run when it was stopped.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub undone: Vec<String>,
    /// The rows.
    pub rows: Vec<Row>,
    /// What says nothing.
    pub failures: Vec<Failure>,
    /// What differed or failed in cells that were then run once more, alone: a loaded host can keep a CPU from its turn.
    #[serde(default)]
    pub first: Vec<Failure>,
}

/// Host interrupts for each that was delivered.
pub(super) fn per_event(host_irqs: usize, delivered: usize) -> Option<f64> {
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
            counts: counts(case, heard),
            release: None,
            trace: None,
        }
    }
}

/// What is counted where nothing is traced; how long it took is no count.
fn counts(case: &super::case::Case, heard: &Heard) -> BTreeMap<String, u64> {
    if !(case.races() || case.needs_kvm() || case.is_fault()) {
        return BTreeMap::new();
    }
    let numbers = heard.counts.iter().filter(|(key, _)| *key != Key::Us);
    numbers.filter_map(|(key, value)| Some((key.to_string(), value.parse().ok()?))).collect()
}

/// The name of a case's recording in the directory of its cell.
#[must_use]
pub fn trace_file(case: &super::case::Case) -> String {
    format!("{}.trace", case.name().replace('/', "-"))
}

impl Results {
    /// Those of a run of today that has done nothing yet.
    #[must_use]
    pub fn of(whole: &[Cell]) -> Self {
        let scripts = super::case::SCRIPTS.iter().map(|script| script.name);
        let has = |name: &&str| whole.iter().any(|cell| cell.cases.iter().any(|case| case.script.name == *name));
        Self {
            schema: SCHEMA.to_string(),
            date: today(),
            cases: scripts.filter(has).map(str::to_string).collect(),
            whole: whole.iter().map(Cell::name).collect(),
            ..Self::default()
        }
    }

    /// Reads kept results.
    ///
    /// # Errors
    /// A file that cannot be read, or that is none of ours.
    pub fn read(path: &Path) -> Result<Self> {
        let name = path.display();
        let text = bounded::text(path, bounded::REPORT)?;
        let results: Self = serde_json::from_str(&text)
            .with_context(|| format!("{name} is not what `eoi lab run --format json` writes"))?;
        if results.schema != SCHEMA {
            bail!("{name} has the format '{}', not {SCHEMA}", results.schema);
        }
        Ok(results)
    }

    /// Writes the file anew. Whoever reads it meanwhile, or after we were killed, has the old or the new.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        let new = path.with_extension("new");
        std::fs::write(&new, serde_json::to_string_pretty(self)? + "\n")
            .and_then(|()| std::fs::rename(&new, path))
            .with_context(|| format!("cannot write {}; is the disk full?", path.display()))
    }

    /// These, and what came of cells, in this order.
    #[must_use]
    pub fn with<'a>(&self, cells: impl Iterator<Item = (String, &'a Done)>) -> Self {
        let mut results = self.clone();
        for (name, done) in cells {
            results.cells.push(name);
            results.rows.extend(done.rows.iter().cloned());
            results.failures.extend(done.failures.iter().cloned());
            results.first.extend(done.first.iter().cloned());
        }
        results
    }

    /// Keeps the rows of these cells, cases and device; all where none is named. The whole stays as it was, but for cells that
    /// were run and have none of these cases.
    ///
    /// # Errors
    /// A name that these results do not have, or names that leave nothing.
    pub fn keep(&mut self, cells: &[String], cases: &[String], device: Option<&str>) -> Result<()> {
        let known = |what: &str, names: &[String], all: BTreeSet<&str>| -> Result<()> {
            match names.iter().find(|name| !all.contains(name.as_str())) {
                Some(name) => bail!("these results have no {what} '{name}'"),
                None => Ok(()),
            }
        };
        let devices: Vec<String> = device.iter().map(|device| (*device).to_string()).collect();
        known("cell", cells, self.cells.iter().map(String::as_str).collect())?;
        known("case", cases, self.rows.iter().map(|row| &row.case).chain(&self.cases).map(String::as_str).collect())?;
        known("device", &devices, self.rows.iter().map(|row| row.device.as_str()).collect())?;
        if !cases.is_empty() || !devices.is_empty() {
            self.keep_cases(cases, &devices);
        }
        if !cells.is_empty() {
            self.keep_cells(cells);
        }
        if self.cells.is_empty() && !(cells.is_empty() && cases.is_empty() && devices.is_empty()) {
            bail!("nothing is left to show: the cells that are asked for do not have these cases");
        }
        Ok(())
    }

    fn keep_cells(&mut self, cells: &[String]) {
        self.cells.retain(|cell| cells.contains(cell));
        self.first.retain(|failure| cells.contains(&failure.cell));
        self.failures.retain(|failure| cells.contains(&failure.cell));
        self.rows.retain(|row| cells.contains(&cell_of(row)));
    }

    fn keep_cases(&mut self, cases: &[String], devices: &[String]) {
        let has = |names: &[String], name: &str| names.is_empty() || names.iter().any(|wanted| wanted == name);
        let about = |failure: &Failure| match failure.case.as_deref().map(|case| case.split('/').collect::<Vec<_>>()) {
            Some(words) => matches!(words[..], [case, device, ..] if has(cases, case) && has(devices, device)),
            None => true, // a machine that died has none of its cases
        };
        self.rows.retain(|row| has(cases, &row.case) && has(devices, &row.device));
        self.failures.retain(about);
        self.first.retain(about);
        self.cases.retain(|case| has(cases, case));
        self.device = devices.first().cloned().or(self.device.take());
        let left: BTreeSet<String> =
            self.rows.iter().map(cell_of).chain(self.failures.iter().map(|failure| failure.cell.clone())).collect();
        let ran = std::mem::take(&mut self.cells);
        self.whole.retain(|cell| left.contains(cell) || !ran.contains(cell));
        self.cells = ran.into_iter().filter(|cell| left.contains(cell)).collect();
        self.first.retain(|failure| left.contains(&failure.cell));
    }

    /// Everything agrees and everything was run.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.failures.is_empty() && self.undone.is_empty() && self.rows.iter().all(|row| row.agrees)
    }
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

#[cfg(test)]
mod tests {
    use eoi_model::device::Device;

    use super::*;
    use crate::lab::case::{Case, How, SCRIPTS};
    use crate::lab::protocol::Session;

    #[test]
    fn what_is_not_traced_keeps_its_counts() {
        let counted = |name: &str, said: &[&str]| {
            let script = SCRIPTS.iter().find(|script| script.name == name).expect("a script");
            let mut session = Session::default();
            said.iter().for_each(|said| session.hear(said.parse().expect(said)).expect(said));
            counts(&Case { script, device: Device::NoDisintx, how: How::Ioctl }, &session.cases[0])
        };
        let of = |pairs: &[(&str, u64)]| pairs.iter().map(|&(key, count)| (key.to_string(), count)).collect();
        let chain = ["begin x", "chain guest_irqs=7 astray=2 chip=vgic-v3 us=9"];
        assert_eq!(counted("kvm-soak", &chain), of(&[("guest_irqs", 7), ("astray", 2)]), "not how long it took");
        let race = ["begin x", "step 1 race:45 ok us=5 rounds=45 masks=9"];
        assert_eq!(counted("mask-race", &race), of(&[("rounds", 45), ("masks", 9)]));
        assert_eq!(counted("clear-unmask", &["begin x", "step 1 wait got us=5"]), of(&[]));
    }
}
