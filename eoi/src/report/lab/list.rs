//! The lab's cells: a table for people, a job matrix for CI systems.

use anyhow::Result;
use serde_json::json;

use crate::lab::cell::Cell;
use crate::lab::machine::MISSING;
use crate::report::format::ListFormat;
use crate::report::words::{hanging, paragraph};

/// Writes the list to stdout.
///
/// # Errors
/// stdout cannot be written.
pub fn write(cells: &[Cell], format: ListFormat) -> Result<()> {
    crate::report::write(&match format {
        ListFormat::Json => json(cells)?,
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

fn json(cells: &[Cell]) -> Result<String> {
    let cells: Vec<_> = cells
        .iter()
        .map(|cell| {
            json!({
                "cell": cell.name(),
                "machine": cell.machine.name,
                "arch": cell.machine.arch.debian(),
                "chip": cell.machine.prints,
                "model": cell.machine.chip,
                "kernel": cell.kernel(),
                "fixed": cell.fixed(),
                "cases": scripts(cell),
            })
        })
        .collect();
    let missing: Vec<_> = MISSING
        .iter()
        .map(
            |missing| json!({ "machine": missing.name, "model": missing.chip, "why": missing.why }),
        )
        .collect();
    let list = json!({ "schema": "eoi.lab-list/1", "cells": cells, "missing": missing });
    crate::report::json::text(&list)
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
