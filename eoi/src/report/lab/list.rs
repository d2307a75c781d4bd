//! The lab's cells: a table for people, a job matrix for CI systems.

use anyhow::Result;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::lab::cell::Cell;
use crate::lab::machine::MISSING;
use crate::report::format::ListFormat;
use crate::report::words::{hanging, paragraph};

/// The cells that the lab can run: a job matrix for CI systems.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct List {
    /// The name and the version of this format.
    pub schema: Schema,
    /// The cells that were asked for, in the order in which they are run.
    pub cells: Vec<ListedCell>,
    /// The machines that the lab cannot run.
    pub missing: Vec<MissingMachine>,
}

/// The name and the version of the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Schema {
    /// This version.
    #[serde(rename = "eoi.lab-list/1")]
    LabList1,
}

/// A cell: one machine, started once with one kernel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ListedCell {
    /// The cell's name, which `eoi lab run --only` takes.
    pub cell: String,
    /// The machine, by the name that `--machine` takes.
    pub machine: String,
    /// The machine's architecture, by Debian's name.
    pub arch: String,
    /// The interrupt controller, by its name in `/proc/interrupts`.
    pub chip: String,
    /// The model's controller that the machine is compared with, by its name in `eoi check --list`.
    pub model: String,
    /// The kernel.
    pub kernel: String,
    /// Whether the kernel has the merged fix or, as a candidate, a fix in its place.
    pub fixed: bool,
    /// The cases that are run there, by the names that `--case` takes.
    pub cases: Vec<String>,
}

/// A machine that an emulator has and that the lab cannot run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MissingMachine {
    /// The machine.
    pub machine: String,
    /// The model's controller that it would be compared with.
    pub model: String,
    /// The reason why it cannot be run.
    pub why: String,
}

/// Writes the list to stdout.
///
/// # Errors
/// stdout cannot be written.
pub fn write(cells: &[Cell], format: ListFormat) -> Result<()> {
    crate::report::write(&match format {
        ListFormat::Json => crate::report::json::text(&list(cells))?,
        ListFormat::Text => text(cells),
    })
}

/// The cases of a cell: each script once.
fn scripts(cell: &Cell) -> Vec<&'static str> {
    let mut scripts: Vec<&str> = Vec::new();
    for case in &cell.cases {
        if !scripts.contains(&case.script.name) {
            scripts.push(case.script.name);
        }
    }
    scripts
}

fn list(cells: &[Cell]) -> List {
    let listed = |cell: &Cell| ListedCell {
        cell: cell.name(),
        machine: cell.machine.name.to_string(),
        arch: cell.machine.arch.debian().to_string(),
        chip: cell.machine.prints.to_string(),
        model: cell.machine.chip.to_string(),
        kernel: cell.kernel(),
        fixed: cell.fixed(),
        cases: scripts(cell).into_iter().map(str::to_string).collect(),
    };
    let missing = MISSING.iter().map(|missing| MissingMachine {
        machine: missing.name.to_string(),
        model: missing.chip.to_string(),
        why: missing.why.to_string(),
    });
    List {
        schema: Schema::LabList1,
        cells: cells.iter().map(listed).collect(),
        missing: missing.collect(),
    }
}

/// The cells below their machines. Most cells have the same few sets of cases, which stand below them once each.
fn text(cells: &[Cell]) -> String {
    let (mut text, mut sets): (String, Vec<Vec<&str>>) = (String::new(), Vec::new());
    let mut above = "";
    for cell in cells {
        let machine = cell.machine;
        if machine.name != above {
            let about = format!("{}, in the model {}", machine.prints, machine.chip);
            text += &paragraph(&format!("{}: ", machine.name), &about);
            above = machine.name;
        }
        let scripts = scripts(cell);
        let set = sets
            .iter()
            .position(|known| *known == scripts)
            .unwrap_or_else(|| {
                sets.push(scripts);
                sets.len() - 1
            });
        let cases = format!("{} cases of set {}", cell.cases.len(), set + 1);
        text += &hanging(&format!("  {:<48} ", cell.name()), 6, &cases);
    }
    text += "\n";
    for (number, set) in sets.iter().enumerate() {
        text += &paragraph(&format!("set {}: ", number + 1), &set.join(", "));
    }
    let count = format!(
        "{} cells; `eoi lab run --only CELL` runs one of them.",
        cells.len()
    );
    text += &format!("\n{}", paragraph("", &count));
    for missing in MISSING {
        let why = format!("not {} ({}): {}.", missing.name, missing.chip, missing.why);
        text += &paragraph("", &why);
    }
    text
}
