//! `eoi lab list`: every cell, for people and as the job matrix of a CI system.

use std::fmt::Write;

use anyhow::Result;
use clap::{Args, ValueEnum};
use serde_json::json;

use super::cell::{self, Cell, Choice};
use super::machine;
use crate::error::Status;
use crate::report;
use crate::report::table::{render, table};

/// How the list is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    /// For people
    #[default]
    Text,
    /// For programs: `eoi.lab-list/1`
    Json,
}

/// What to list.
#[derive(Args)]
pub struct ListArgs {
    #[command(flatten)]
    choice: Choice,
    /// Output format
    #[arg(long, value_enum, default_value_t)]
    format: ListFormat,
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

/// Prints the list.
///
/// # Errors
/// A name that nothing has.
pub fn print(args: &ListArgs) -> Result<Status> {
    let cells = cell::choose(&args.choice)?;
    let cells = args.choice.part.map_or_else(|| cells.clone(), |part| part.of(cells.clone()));
    let text = match args.format {
        ListFormat::Json => json(&cells)?,
        ListFormat::Text => text(&cells),
    };
    report::write(&text)?;
    Ok(Status::Holds)
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
    let missing: Vec<_> = machine::MISSING
        .iter()
        .map(|missing| json!({ "machine": missing.name, "model": missing.chip, "why": missing.why }))
        .collect();
    let list = json!({ "schema": "eoi.lab-list/1", "cells": cells, "missing": missing });
    report::json(&list)
}

fn text(cells: &[Cell]) -> String {
    let mut table = table();
    table.set_header(["cell", "chip", "model's row", "cases"]);
    for cell in cells {
        let cases = format!("{} of {}", cell.cases.len(), scripts(cell).join(", "));
        table.add_row([cell.name(), cell.machine.prints.to_string(), cell.machine.chip.to_string(), cases]);
    }
    let mut text = format!("{}\n{} cells; `eoi lab run --only CELL` runs one of them.\n", render(&table), cells.len());
    for missing in machine::MISSING {
        let _ = writeln!(text, "not {} ({}): {}.", missing.name, missing.chip, missing.why);
    }
    text
}
