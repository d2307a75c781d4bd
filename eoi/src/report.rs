//! What was found, written for people and for programs: one file a format.

use anyhow::{Context, Result};

use crate::check::CheckArgs;
use crate::check::outcome::Outcome;
use crate::check::select::{Selection, Shape};
use crate::cli::Format;

pub mod cells;
pub mod doctor;
pub mod json;
pub mod ktap;
pub mod lab;
pub mod ladder;
pub mod list;
pub mod matrix;
pub mod record;
pub mod single;
pub mod table;
pub mod trace;

/// Writes the outcomes of `eoi check` to stdout.
///
/// # Errors
/// stdout cannot be written.
pub fn check(args: &CheckArgs, selection: &Selection, outcomes: &[Outcome]) -> Result<()> {
    let text = match (args.format, selection.shape) {
        (Format::Json, _) => json::check(selection, outcomes)?,
        (Format::Ktap, _) => ktap::check(selection, outcomes),
        (Format::Text, Shape::Single) => single::text(selection, outcomes, args.explain),
        (Format::Text, Shape::Matrix) => matrix::matrix(selection, outcomes),
        (Format::Text, Shape::Fix) => matrix::fix(selection, outcomes),
        (Format::Text, Shape::List) => matrix::list(selection, outcomes),
    };
    let mut text = text;
    if args.explain && args.format == Format::Text {
        text += &ladder::all(selection, outcomes);
    }
    write(&text)
}

/// Writes to stdout; colours are taken out unless it is a terminal. A reader who went away is no error: whoever wrote goes on
/// to its own status.
///
/// # Errors
/// stdout cannot be written.
pub fn write(text: &str) -> Result<()> {
    use std::io::{ErrorKind, Write};
    let mut stdout = anstream::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written.context("cannot write to stdout"),
    }
}
