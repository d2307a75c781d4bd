//! Results, written for people and for programs: one file a format.

use anyhow::{Context, Result};

use crate::check::report::Report;
use crate::check::select::Shape;
use crate::report::format::Format;
use crate::terminal;

pub mod alike;
pub mod boxes;
pub mod cells;
pub mod doctor;
pub mod everything;
pub mod fix;
pub mod flows;
pub mod format;
pub mod glossary;
pub mod json;
pub mod ktap;
pub mod lab;
pub mod ladder;
pub mod list;
pub mod matrix;
pub mod prometheus;
pub mod record;
pub mod rows;
pub mod schema;
pub mod single;
pub mod summary;
pub mod table;
pub mod trace;
pub mod verify;
pub mod words;

/// How much of a report text has.
#[derive(Clone, Copy, Debug, Default)]
pub struct Detail {
    /// The ladder of every broken law.
    pub explain: bool,
    /// Every row of a table, also where rows could be counted or folded.
    pub all: bool,
}

/// A report of `eoi check` in a format.
///
/// # Errors
/// None that is known.
pub fn check(format: Format, detail: Detail, report: &Report) -> Result<String> {
    let text = match format {
        Format::Json => return json::text(report),
        Format::Ktap => return Ok(ktap::check(report)),
        Format::Prometheus => return Ok(prometheus::check(report)),
        Format::Text => tables(report, detail),
    };
    Ok(if detail.explain {
        text + &ladder::all(report)
    } else {
        text
    })
}

/// The tables that the report was asked for as. A part of a check is a list, since its rows have gaps.
fn tables(report: &Report, detail: Detail) -> String {
    match (report.layout, &report.share) {
        (Shape::Single, _) => report
            .results
            .iter()
            .map(|entry| single::text(entry, detail.explain))
            .collect(),
        (Shape::Matrix, None) if summary::folds(report, detail.all) => summary::text(report),
        (Shape::Matrix, None) => matrix::matrix(report),
        (Shape::Fix, None) => fix::text(report, detail.all),
        (Shape::List, _) | (_, Some(_)) => rows::text(report),
    }
}

/// Writes to stdout, through the gate of [`terminal`].
///
/// # Errors
/// stdout cannot be written.
pub fn write(text: &str) -> Result<()> {
    terminal::write(text).context("cannot write to stdout")
}
