//! The result of `eoi verify`: a table and the sequences that tell C and model apart, JSON, KTAP.

use std::fmt::Write;
use std::path::Path;

use anyhow::{Context, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::format::VerifyFormat;
use super::words::hanging;
use super::{json, table};
use crate::bounded;
use crate::error::Status;
use crate::terminal::shown;
use crate::verify::drift::Drift;
use crate::verify::lockstep::{Different, Outcome};
use crate::verify::rows::Row;

/// The comparison of a kernel's own C with the model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Comparison {
    /// The name and the version of this format.
    pub schema: Schema,
    /// The rows that were compared.
    pub rows: Vec<ComparedRow>,
    /// The functions of each source.
    pub drift: Vec<Drift>,
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
    /// The version of the source, as its Makefile says.
    pub source: String,
    /// The model's kernel, by its name in `eoi check --list`.
    pub kernel: String,
    /// The fixes on top of it, in the model and as patches in the C.
    pub fixes: Vec<String>,
    /// The controller, by its name in `eoi check --list`.
    pub chip: String,
    /// The device.
    pub device: String,
    /// The reason why the C could not be compared; then there are no numbers.
    pub failed: Option<String>,
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
    let nothing = Outcome::default();
    let Outcome {
        states,
        c_states,
        pairs: _,
        edges,
        differing,
        first,
        findings,
        not_compared,
        calls: _,
    } = row.outcome.as_ref().unwrap_or(&nothing);
    ComparedRow {
        source: row.source.clone(),
        kernel: row.key.kernel.clone(),
        fixes: row.key.fixes.clone(),
        chip: row.key.chip.clone(),
        device: row.key.device.clone(),
        failed: row.outcome.as_ref().err().cloned(),
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

impl Comparison {
    /// The result of these rows, and the functions of their sources.
    #[must_use]
    pub fn new(rows: &[Row], drift: Vec<Drift>) -> Self {
        Self {
            schema: Schema::Verify1,
            rows: rows.iter().map(row).collect(),
            drift,
        }
    }

    /// A result that was kept.
    ///
    /// # Errors
    /// The file cannot be read, or holds something else.
    pub fn read(file: &Path) -> Result<Self> {
        let text = bounded::text(file, bounded::REPORT)?;
        serde_json::from_str(&text)
            .with_context(|| format!("{} is no eoi.verify/1", file.display()))
    }

    /// The result in a format.
    ///
    /// # Errors
    /// None that is known.
    pub fn text(&self, format: VerifyFormat) -> Result<String> {
        match format {
            VerifyFormat::Json => json::text(self),
            VerifyFormat::Ktap => Ok(ktap(self)),
            VerifyFormat::Text => Ok(people(self)),
        }
    }

    /// Whether something differs, or else could not be compared.
    #[must_use]
    pub fn status(&self) -> Status {
        if self
            .rows
            .iter()
            .any(|row| row.differing > 0 || !row.findings.is_empty())
        {
            Status::Found
        } else if self.rows.iter().any(|row| row.failed.is_some()) {
            Status::Unknown
        } else {
            Status::Holds
        }
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
        let number = |number: usize| match row.failed {
            Some(_) => "?".to_string(),
            None => number.to_string(),
        };
        let cells = words.into_iter().chain(numbers.map(number));
        lines.add_row(cells.map(|cell| table::cell(&cell)).collect::<Vec<_>>());
    }
    let mut sources: Vec<&str> = Vec::new();
    for row in &comparison.rows {
        if !sources.contains(&row.source.as_str()) {
            sources.push(&row.source);
        }
    }
    let mut text = format!(
        "The C of Linux {} and the model, step by step:\n\n{}\n",
        shown(&sources.join(", ")),
        table::render(&lines)
    );
    text += &notes("Could not be compared: ", comparison, |row| {
        row.failed.as_slice()
    });
    text += &notes("Not compared: ", comparison, |row| {
        row.not_compared.as_slice()
    });
    for drift in &comparison.drift {
        text += &functions(drift);
    }
    for row in &comparison.rows {
        if let Some(first) = &row.first {
            let _ = write!(text, "\n{} tells them apart with:\n", shown(&row.title()));
            text += &steps(first);
        }
    }
    text
}

/// The functions that the model cites: those that changed, and those that are gone.
fn functions(drift: &Drift) -> String {
    let source = shown(&drift.source).to_string();
    let mut text = String::new();
    if let Some(before) = &drift.before {
        let same = format!("{} are as in {}", drift.same, shown(before));
        let label = format!("Functions of Linux {source} that the model cites: ");
        text += &if drift.changed.is_empty() {
            hanging(&label, 4, &same)
        } else {
            hanging(
                &label,
                4,
                &format!("{same}; changed: {}", drift.changed.join(", ")),
            )
        };
    }
    if !drift.gone.is_empty() {
        let label = format!("Cited, and not in Linux {source}: ");
        text += &hanging(&label, 4, &drift.gone.join(", "));
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
        if let Some(why) = &row.failed {
            let _ = writeln!(
                text,
                "ok {number} {} # SKIP {}",
                shown(&row.title()),
                shown(why)
            );
            continue;
        }
        let not = if row.differing > 0 { "not " } else { "" };
        let _ = writeln!(text, "{not}ok {number} {}", shown(&row.title()));
    }
    text
}
