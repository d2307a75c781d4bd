//! What was found, written for people and for programs: one file a format.

use anyhow::{Context, Result, bail};
use serde::Serialize;

use crate::check::merge::Report;
use crate::check::outcome::Outcome;
use crate::check::select::{Selection, Shape};
use crate::report::format::Format;
use crate::terminal;

pub mod cells;
pub mod doctor;
pub mod format;
pub mod json;
pub mod ktap;
pub mod lab;
pub mod ladder;
pub mod list;
pub mod matrix;
pub mod record;
pub mod rows;
pub mod single;
pub mod table;
pub mod trace;

/// Writes the outcomes of `eoi check` to stdout.
///
/// # Errors
/// stdout cannot be written.
pub fn check(format: Format, explain: bool, selection: &Selection, outcomes: &[Outcome]) -> Result<()> {
    let text = match (format, selection.shape) {
        (Format::Json, _) => json::check(selection, outcomes)?,
        (Format::Ktap, _) => ktap::check(selection, outcomes),
        (Format::Text, Shape::Single) => single::text(selection, outcomes, explain),
        (Format::Text, Shape::Matrix) => matrix::matrix(selection, outcomes),
        (Format::Text, Shape::Fix) => matrix::fix(selection, outcomes),
        (Format::Text, Shape::List) => rows::searched(selection, outcomes),
    };
    let mut text = text;
    if explain {
        text += &ladder::all(selection, outcomes);
    }
    write(&text)
}

/// The report that the parts of a check make; JSON if no format was asked for.
///
/// # Errors
/// A format that needs more than the parts say.
pub fn merged(format: Option<Format>, report: &Report) -> Result<String> {
    match format {
        None | Some(Format::Json) => json(report),
        Some(Format::Text) => Ok(rows::merged(report)),
        Some(Format::Ktap) => bail!("--merge writes --format json or text; ktap comes from each part by itself"),
    }
}

/// A value as JSON, in lines.
///
/// # Errors
/// None that a value of ours can have.
pub fn json(value: &impl Serialize) -> Result<String> {
    Ok(terminal::json(&serde_json::to_string_pretty(value)?) + "\n")
}

/// Writes to stdout, through the gate of [`terminal`].
///
/// # Errors
/// stdout cannot be written.
pub fn write(text: &str) -> Result<()> {
    terminal::write(text).context("cannot write to stdout")
}
