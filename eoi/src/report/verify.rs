//! The result of `eoi verify`: a table and the sequences that tell C and model apart, JSON, KTAP.

use std::fmt::Write;

use anyhow::Result;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::format::VerifyFormat;
use super::words::hanging;
use super::{json, table};
use crate::terminal::shown;
use crate::verify::lockstep::{Different, Outcome};
use crate::verify::rows::Row;

/// The comparison of a kernel's own C with the model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Comparison {
    /// The name and the version of this format.
    pub schema: Schema,
    /// The source's version, as its Makefile says.
    pub source: String,
    /// The rows that were compared.
    pub rows: Vec<ComparedRow>,
}

/// The name and the version of the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Schema {
    /// This version.
    #[serde(rename = "eoi.verify/1")]
    Verify1,
}

/// One row: a kernel on one controller, with one device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ComparedRow {
    /// The model's kernel, by its name in `eoi check --list`.
    pub kernel: String,
    /// The fixes on top of it, in the model and as patches in the C.
    pub fixes: Vec<String>,
    /// The controller, by its name in `eoi check --list`.
    pub chip: String,
    /// The device.
    pub device: String,
    /// States of the model.
    pub states: usize,
    /// States of the C. Several of them can look the same to the model, and several of the model's to the C.
    pub c_states: usize,
    /// Steps that were compared.
    pub edges: usize,
    /// Steps that differ.
    pub differing: usize,
    /// The shortest sequence that tells the two apart.
    pub first: Option<Sequence>,
    /// Warnings and messages of the kernel.
    pub findings: Vec<String>,
    /// Events of the model that the C does not have, and fields of it that the C does not show.
    pub not_compared: Vec<String>,
}

/// A sequence of events, of which the last one differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Sequence {
    /// The events, from the beginning.
    pub events: Vec<String>,
    /// The differences of the last one.
    pub how: Vec<String>,
    /// The functions that the model says are called in it.
    pub model_calls: Vec<String>,
    /// The kernel's functions that ran in it.
    pub c_calls: Vec<String>,
}

fn strings(all: &[&str]) -> Vec<String> {
    all.iter().map(ToString::to_string).collect()
}

fn row(row: &Row) -> ComparedRow {
    let Outcome {
        states,
        c_states,
        pairs: _,
        edges,
        differing,
        first,
        findings,
        not_compared,
    } = &row.outcome;
    ComparedRow {
        kernel: row.kernel.to_string(),
        fixes: strings(&row.fixes),
        chip: row.chip.to_string(),
        device: row.device.to_string(),
        states: *states,
        c_states: *c_states,
        edges: *edges,
        differing: *differing,
        first: first.as_ref().map(sequence),
        findings: findings.clone(),
        not_compared: strings(not_compared),
    }
}

fn sequence(different: &Different) -> Sequence {
    let mut events = strings(&different.before);
    events.push(different.event.to_string());
    Sequence {
        events,
        how: different.how.clone(),
        model_calls: different.model_calls.clone(),
        c_calls: different.c_calls.clone(),
    }
}

/// The rows in a format.
///
/// # Errors
/// None that is known.
pub fn text(source: &str, rows: &[Row], format: VerifyFormat) -> Result<String> {
    let comparison = Comparison {
        schema: Schema::Verify1,
        source: source.to_string(),
        rows: rows.iter().map(row).collect(),
    };
    match format {
        VerifyFormat::Json => json::text(&comparison),
        VerifyFormat::Ktap => Ok(ktap(&comparison)),
        VerifyFormat::Text => Ok(people(&comparison)),
    }
}

impl ComparedRow {
    fn kernel(&self) -> String {
        let fixes = self.fixes.iter().map(|fix| format!("+{fix}"));
        self.kernel.clone() + &fixes.collect::<String>()
    }

    fn title(&self) -> String {
        format!("{} {} {}", self.kernel(), self.chip, self.device)
    }
}

fn people(comparison: &Comparison) -> String {
    let mut lines = table::table();
    lines.set_header(
        [
            "kernel",
            "controller",
            "device",
            "states",
            "C states",
            "steps",
            "differ",
        ]
        .map(table::cell),
    );
    for row in &comparison.rows {
        let numbers = [row.states, row.c_states, row.edges, row.differing];
        let words = [row.kernel(), row.chip.clone(), row.device.clone()];
        let cells = words
            .into_iter()
            .chain(numbers.map(|number| number.to_string()));
        lines.add_row(cells.map(|cell| table::cell(&cell)).collect::<Vec<_>>());
    }
    let mut text = format!(
        "The C of Linux {} and the model, step by step:\n\n{}\n",
        shown(&comparison.source),
        table::render(&lines)
    );
    text += &notes("Not compared: ", comparison, |row| {
        row.not_compared.as_slice()
    });
    for row in &comparison.rows {
        if let Some(first) = &row.first {
            let _ = write!(text, "\n{} tells them apart with:\n", shown(&row.title()));
            text += &steps(first);
        }
    }
    text
}

/// The words of all rows, each once.
fn notes(label: &str, comparison: &Comparison, of: fn(&ComparedRow) -> &[String]) -> String {
    let mut all: Vec<&str> = Vec::new();
    for note in comparison.rows.iter().flat_map(of) {
        if !all.contains(&note.as_str()) {
            all.push(note);
        }
    }
    if all.is_empty() {
        return String::new();
    }
    hanging(label, 4, &all.join(", "))
}

fn steps(sequence: &Sequence) -> String {
    let mut text = String::new();
    for (event, number) in sequence.events.iter().zip(1..) {
        text += &hanging(&format!("  {number:>2} "), 5, event);
    }
    for how in &sequence.how {
        text += &hanging("     ", 7, how);
    }
    for (who, calls) in [("model", &sequence.model_calls), ("C", &sequence.c_calls)] {
        if !calls.is_empty() {
            text += &hanging(&format!("     {who}: "), 7, &calls.join(" "));
        }
    }
    text
}

fn ktap(comparison: &Comparison) -> String {
    let mut text = format!("KTAP version 1\n1..{}\n", comparison.rows.len());
    for (row, number) in comparison.rows.iter().zip(1..) {
        if let Some(first) = &row.first {
            let _ = writeln!(text, "# {}", shown(&first.events.join(" ")));
        }
        let not = if row.differing > 0 { "not " } else { "" };
        let _ = writeln!(text, "{not}ok {number} {}", shown(&row.title()));
    }
    text
}
