//! `eoi.lab/2`: the results of the lab as data. Every format is rendered from it.
//!
//! The doc comments of these types are the descriptions in the JSON schema.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result, bail};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::cell::Cell;
use super::lock::Replacement;
use super::row::{Failure, Row, cell_of};
use crate::check::names::meant;
use crate::document::Document;

/// Results as a file.
const DOCUMENT: Document = Document {
    schema: "eoi.lab/2",
    gone: &["eoi.lab/1"],
    command: "eoi lab run --format json",
};

/// The results of one cell.
#[derive(Default)]
pub struct Done {
    /// The rows.
    pub rows: Vec<Row>,
    /// The cases and machines that give no result.
    pub failures: Vec<Failure>,
    /// The cases that differed or failed the first time, if the cell was run twice.
    pub first: Vec<Failure>,
}

impl Done {
    /// Everything was run and agrees.
    #[must_use]
    pub fn agrees(&self) -> bool {
        self.failures.is_empty() && self.rows.iter().all(|row| row.agrees)
    }

    /// The cases that differ, and the failures, of the cell of this name.
    #[must_use]
    pub fn complaints(&self, cell: &str) -> Vec<Failure> {
        let differ = self
            .rows
            .iter()
            .filter(|row| !row.agrees)
            .map(|row| Failure {
                cell: cell.to_string(),
                case: Some(row.names()),
                error: row.differences.join("; "),
            });
        differ.chain(self.failures.iter().cloned()).collect()
    }
}

/// The results of a run of the lab, or of a share of one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Results {
    /// The name and the version of this format.
    pub schema: Schema,
    /// The version of the `eoi` that ran it.
    pub eoi: String,
    /// The day, as `2026-11-22`, UTC.
    pub date: String,
    /// The emulator's version. It is empty in a share without cells, which starts no emulator.
    pub qemu: String,
    /// The lock that pinned the packages: the first digits of its hash.
    pub lock: String,
    /// Packages that were taken because a pinned one is gone.
    pub replaced: Vec<Replacement>,
    /// The patches or the kernel that the user brought, and their base: the first digits of a hash of their content.
    /// `null` if everything was the lab's.
    pub brought: Option<String>,
    /// The cases of the whole run.
    pub cases: Vec<String>,
    /// The only device that is shown. `null` if all are.
    pub device: Option<String>,
    /// Every cell of the whole run: `--only` and `--part` take their share of these.
    pub whole: Vec<String>,
    /// The cells of this share that were run.
    pub cells: Vec<String>,
    /// The cells that were still to be run when the run was stopped.
    pub undone: Vec<String>,
    /// Every case of every cell, in the order of cells.
    pub rows: Vec<Row>,
    /// Cells and cases of which nothing can be said.
    pub failures: Vec<Failure>,
    /// Everything that differed or failed in cells that were then run once more, alone: a loaded host can keep a CPU from
    /// its turn.
    pub first: Vec<Failure>,
}

/// The name and the version of the format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Schema {
    /// This version.
    #[default]
    #[serde(rename = "eoi.lab/2")]
    Lab2,
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
        let has = |name: &&str| {
            whole
                .iter()
                .any(|cell| cell.cases.iter().any(|case| case.script.name == *name))
        };
        Self {
            date: today(),
            cases: scripts.filter(has).map(str::to_string).collect(),
            whole: whole.iter().map(Cell::name).collect(),
            ..Self::default()
        }
    }

    /// Reads kept results.
    ///
    /// # Errors
    /// A file that cannot be read, or that is none of ours of today.
    pub fn read(path: &Path) -> Result<Self> {
        DOCUMENT.read(path)
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
                Some(name) => {
                    let all: Vec<&str> = all.into_iter().collect();
                    bail!("these results have no {what} '{name}'{}", meant(name, &all))
                }
                None => Ok(()),
            }
        };
        let devices: Vec<String> = device.iter().map(|device| (*device).to_string()).collect();
        known(
            "cell",
            cells,
            self.cells.iter().map(String::as_str).collect(),
        )?;
        known(
            "case",
            cases,
            self.rows
                .iter()
                .map(|row| &row.case)
                .chain(&self.cases)
                .map(String::as_str)
                .collect(),
        )?;
        known(
            "device",
            &devices,
            self.rows.iter().map(|row| row.device.as_str()).collect(),
        )?;
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
        self.failures
            .retain(|failure| cells.contains(&failure.cell));
        self.rows.retain(|row| cells.contains(&cell_of(row)));
    }

    fn keep_cases(&mut self, cases: &[String], devices: &[String]) {
        let has = |names: &[String], name: &str| {
            names.is_empty() || names.iter().any(|wanted| wanted == name)
        };
        // A machine that died has none of its cases.
        let about = |failure: &Failure| {
            failure
                .case
                .as_ref()
                .is_none_or(|of| has(cases, &of.case) && has(devices, &of.device))
        };
        self.rows
            .retain(|row| has(cases, &row.case) && has(devices, &row.device));
        self.failures.retain(about);
        self.first.retain(about);
        self.cases.retain(|case| has(cases, case));
        self.device = devices.first().cloned().or(self.device.take());
        let left: BTreeSet<String> = self
            .rows
            .iter()
            .map(cell_of)
            .chain(self.failures.iter().map(|failure| failure.cell.clone()))
            .collect();
        let ran = std::mem::take(&mut self.cells);
        self.whole
            .retain(|cell| left.contains(cell) || !ran.contains(cell));
        self.cells = ran.into_iter().filter(|cell| left.contains(cell)).collect();
        self.first.retain(|failure| left.contains(&failure.cell));
    }

    /// Everything agrees and everything was run.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.failures.is_empty() && self.undone.is_empty() && self.rows.iter().all(|row| row.agrees)
    }
}

/// The day, UTC: `2026-11-22`.
#[must_use]
pub fn today() -> String {
    jiff::Timestamp::now().strftime("%F").to_string()
}
