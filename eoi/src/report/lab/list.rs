//! The lab's cells: a table for people, a job matrix for CI systems.

use std::fmt::Write;

use anyhow::Result;
use serde_json::json;

use crate::lab::cell::Cell;
use crate::lab::machine::MISSING;
use crate::report::format::ListFormat;
use crate::report::table::{render, table};

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

fn text(cells: &[Cell]) -> String {
    let mut table = table();
    table.set_header(["cell", "chip", "model's row", "cases"]);
    for cell in cells {
        let cases = format!("{} of {}", cell.cases.len(), scripts(cell).join(", "));
        table.add_row([
            cell.name(),
            cell.machine.prints.to_string(),
            cell.machine.chip.to_string(),
            cases,
        ]);
    }
    let mut text = format!(
        "{}\n{} cells; `eoi lab run --only CELL` runs one of them.\n",
        render(&table),
        cells.len()
    );
    for missing in MISSING {
        let _ = writeln!(
            text,
            "not {} ({}): {}.",
            missing.name, missing.chip, missing.why
        );
    }
    text
}
