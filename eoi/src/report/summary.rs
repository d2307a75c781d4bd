//! Many configurations, first look: how many hold, and which do not.

use std::collections::BTreeSet;

use comfy_table::{Color, Table};

use super::alike::{self, System};
use super::table::{cell, render, table};
use super::words::{folded, paragraph, some};
use super::{cells, glossary, rows};
use crate::check::report::{Answer, Entry, Names, Report};

/// The most rows that are shown as they are.
const FEW: usize = 12;

/// Whether a report is told in sums.
#[must_use]
pub fn folds(report: &Report, all: bool) -> bool {
    let rows: BTreeSet<(&str, String)> = report
        .results
        .iter()
        .map(|entry| {
            (
                entry.configuration.chip.as_str(),
                entry.configuration.kernel_and_fixes(),
            )
        })
        .collect();
    !all && rows.len() > FEW
}

/// The commands that lead on, by reader.
const NEXT: &str = "
Next, for
  an administrator: is this machine affected?
    eoi doctor
  a maintainer: what does a fix mend, break and cost? Which flow handlers lose a level?
    eoi check --fix vfio-unlazy
    eoi check --by flow
  the author of a VMM: what if the VMM resets the function, or migrates the guest?
    eoi check --chip ioapic --path vmm --scenario reset,migrate
  everybody: every row; and one system in full, with each step that leads to a stall
    eoi check --all
    eoi check --chip xive --kernel linux-6.12.57 --path vmm --explain
";

/// How many systems hold, and those that do not, equal ones in one row.
#[must_use]
pub fn text(report: &Report) -> String {
    let Some(first) = report.results.first().map(|entry| &entry.configuration) else {
        return String::new();
    };
    let all = report.results.iter();
    let exist: Vec<&Entry> = all
        .filter(|entry| !matches!(entry.result, Answer::Refused(_)))
        .collect();
    let broken: Vec<&Entry> = exist
        .iter()
        .copied()
        .filter(|entry| entry.result.is_broken())
        .collect();
    let undecided = exist
        .iter()
        .filter(|entry| matches!(entry.result, Answer::Undecided(_)))
        .count();
    let count = |of: fn(&Names) -> String| {
        exist
            .iter()
            .map(|entry| of(&entry.configuration))
            .collect::<BTreeSet<String>>()
            .len()
    };
    let open = if undecided > 0 {
        format!(" {undecided} are undecided.")
    } else {
        String::new()
    };
    let head = format!(
        "{} were searched, with {}, {} and {}, as far as they exist together. In {} of them interrupts keep coming; \
         {} are broken.{open}",
        some(exist.len(), "system"),
        some(count(|names| names.chip.clone()), "interrupt controller"),
        some(count(Names::kernel_and_fixes), "kernel"),
        some(count(|names| names.path.clone()), "path"),
        exist.len() - broken.len() - undecided,
        broken.len(),
    );
    let mut text =
        paragraph("", &head) + &glossary::device(first) + &glossary::scenario(first) + "\n";
    if !broken.is_empty() {
        text += &(render(&broken_rows(&broken)) + "\n\n" + &rows::legend(report, false));
        text += &glossary::of(&broken);
    }
    let words = glossary::words(&text);
    text + &words + &folded(NEXT)
}

/// A broken system by its laws.
fn system(entry: &Entry) -> Option<System<'_>> {
    let searched = entry.result.searched()?;
    let steps = searched.broken().map(|(_, run)| run.steps.len()).min();
    Some(System {
        entry,
        outcome: vec![cells::laws(searched)],
        steps: steps.unwrap_or(0),
    })
}

/// One row for systems that are broken alike.
fn broken_rows(broken: &[&Entry]) -> Table {
    let mut table = table();
    table.set_header(["controllers", "kernels", "paths", "broken law", "shortest"]);
    for row in alike::fold(broken.iter().filter_map(|entry| system(entry)).collect()) {
        let steps = format!("{} steps", row.steps);
        let row = [
            row.chips.join(", "),
            row.kernels.join(", "),
            row.paths.join(", "),
            row.outcome.concat(),
            steps,
        ];
        table.add_row(row.map(|text| cell(&text).fg(Color::Red)));
    }
    table
}
