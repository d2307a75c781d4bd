//! How far the lab is, on stderr.

use std::fmt::Write;
use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};

use crate::lab::predict::Verdict;
use crate::lab::results::Done;
use crate::lab::store::{Opened, Renewed};
use crate::terminal::note;

/// A run, on its way. The bar is drawn on a terminal only.
pub struct Progress(ProgressBar);

impl Progress {
    /// Of a run of so many cells.
    #[must_use]
    pub fn new(cells: usize) -> Self {
        let style = ProgressStyle::with_template("{pos}/{len} cells {bar:30} {elapsed} {wide_msg}");
        Self(
            ProgressBar::new(cells as u64)
                .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar())),
        )
    }

    /// A cell begins. Where no bar shows it, a line says so: a cell takes minutes.
    pub fn begins(&self, cell: &str) {
        if self.0.is_hidden() {
            note(format_args!("{cell}: begins"));
        }
        self.0.set_message(cell.to_string());
    }

    /// A cell is done.
    pub fn done(&self, cell: &str, done: &Done) {
        self.0
            .suspend(|| note(format_args!("{}", said(cell, done))));
        self.0.set_message(cell.to_string());
        self.0.inc(1);
    }

    /// A cell is run once more.
    pub fn again(&self, cell: &str) {
        self.0
            .suspend(|| note(format_args!("{cell}: once more, alone")));
    }

    /// All are done.
    pub fn finish(&self) {
        self.0.finish_and_clear();
    }
}

fn said(cell: &str, done: &Done) -> String {
    let differ = done.rows.iter().filter(|row| !row.agrees).count();
    let stalls = done
        .rows
        .iter()
        .filter(|row| row.observed.verdict == Verdict::Stalls)
        .count();
    let mut text = format!(
        "{cell}: {} cases, {stalls} stall, {differ} differ",
        done.rows.len()
    );
    for failure in &done.failures {
        let case = failure
            .case
            .as_ref()
            .map_or(String::new(), |case| format!(" {case}"));
        let _ = write!(text, "\n  failed{case}: {}", failure.error);
    }
    for row in done.rows.iter().filter(|row| !row.agrees) {
        let _ = write!(
            text,
            "\n  differs {}: {}",
            super::words::case_name(row),
            row.differences.join("; ")
        );
    }
    text
}

/// Machines that a patch of the user's cannot reach.
pub fn left_out(machines: &[&str]) {
    if !machines.is_empty() {
        note(format_args!(
            "left out, as nothing that is patched is compiled for them: {}; --machine runs them all the same",
            machines.join(", ")
        ));
    }
}

/// A set is in the cache.
pub fn fetched(set: &str, opened: &Opened) {
    note(format_args!(
        "{set}: {} packages in {}",
        opened.packages.len(),
        opened.prefix.display()
    ));
}

/// The changes in a lock that is made anew.
pub fn renewed(renewed: &Renewed) {
    for (set, changes) in &renewed.changed {
        for change in changes {
            note(format_args!("{set}: {} -> {}", change.wanted, change.got));
        }
    }
    for (set, error) in &renewed.failed {
        note(format_args!("{set}: stays as it was: {error:#}"));
    }
}

/// The lock is written.
pub fn pinned(renewed: &Renewed, file: &Path) {
    note(format_args!(
        "{} sets pinned in {}",
        renewed.lock.sets.len(),
        file.display()
    ));
}

/// Where a run's results are.
pub fn kept(results: &Path) {
    note(format_args!(
        "kept in {}, with every console and recording beside it",
        results.display()
    ));
}
