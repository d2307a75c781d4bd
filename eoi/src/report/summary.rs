//! Many configurations, first look: how many hold, and which do not.

use std::collections::{BTreeMap, BTreeSet};

use comfy_table::Color;
use eoi_search::Law;

use super::rows;
use super::table::{cell, render, table};
use crate::check::report::{Answer, Entry, MERGED, Report, Searched};
use crate::terminal::shown;

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
const NEXT: &str = "\
Next:
  eoi check --all                every row, with host interrupts per served one
  eoi doctor                     an administrator: does this apply to this machine?
  eoi check --fix vfio-unlazy    a maintainer: what does a fix mend, break and cost?
  eoi check --chip ioapic --path vmm --scenario all
                                 a VMM author: what if the VMM resets, routes, migrates?
";

/// How many systems hold, and those that do not, equal ones in one row.
#[must_use]
pub fn text(report: &Report) -> String {
    let Some(first) = report.results.first().map(|entry| &entry.configuration) else {
        return String::new();
    };
    let exist = report
        .results
        .iter()
        .filter(|entry| !matches!(entry.result, Answer::Refused(_)));
    let broken: Vec<&Entry> = exist
        .clone()
        .filter(|entry| entry.result.is_broken())
        .collect();
    let undecided = exist
        .clone()
        .filter(|entry| matches!(entry.result, Answer::Undecided(_)))
        .count();
    let (all, stop) = (exist.count(), broken.len());
    let mut text = format!(
        "Device {}, scenario {}, {} CPUs: {all} systems exist. In {} of them interrupts keep coming; {stop} are broken",
        shown(&first.device),
        shown(&first.scenario),
        first.cpus,
        all - stop - undecided,
    );
    text += &if undecided > 0 {
        format!(", {undecided} undecided.\n")
    } else {
        ".\n".to_string()
    };
    if !broken.is_empty() {
        text += &(render(&broken_rows(&broken)) + "\n" + &rows::legend(report));
    }
    text + &with_the_fix(report)
        + "To see how: the same command with one --chip, --kernel and --path, and --explain.\n\n"
        + NEXT
}

/// The broken laws of a system, as one word each, with the shortest of these systems' sequences.
fn laws(searched: &Searched) -> Vec<Law> {
    searched.broken().map(|(law, _)| law.law.0).collect()
}

/// One row for controllers that are broken alike.
fn broken_rows(broken: &[&Entry]) -> comfy_table::Table {
    /// Of one controller and one way to be broken: the paths of each kernel.
    type Kernels = BTreeMap<String, BTreeSet<String>>;
    let mut of_chip: Vec<(&str, Vec<Law>, Kernels, usize)> = Vec::new();
    for entry in broken {
        let Some(searched) = entry.result.searched() else {
            continue;
        };
        let (names, laws) = (&entry.configuration, laws(searched));
        let steps = searched
            .broken()
            .map(|(_, run)| run.steps.len())
            .min()
            .unwrap_or(0);
        let known = of_chip
            .iter()
            .position(|(chip, same, ..)| *chip == names.chip && *same == laws);
        let at = known.unwrap_or_else(|| {
            of_chip.push((&names.chip, laws, Kernels::new(), usize::MAX));
            of_chip.len() - 1
        });
        of_chip[at]
            .2
            .entry(names.kernel_and_fixes())
            .or_default()
            .insert(names.path.clone());
        of_chip[at].3 = of_chip[at].3.min(steps);
    }
    let mut joined: Vec<(Vec<&str>, Vec<Law>, Kernels, usize)> = Vec::new();
    for (chip, laws, kernels, steps) in of_chip {
        match joined
            .iter_mut()
            .find(|row| row.1 == laws && row.2 == kernels)
        {
            Some(row) => {
                row.0.push(chip);
                row.3 = row.3.min(steps);
            }
            None => joined.push((vec![chip], laws, kernels, steps)),
        }
    }
    let mut table = table();
    table.set_header(["broken", "kernels", "paths", "law", "shortest"]);
    for (chips, laws, kernels, steps) in joined {
        let law = if laws.is_empty() {
            "NEVER SERVES".to_string()
        } else {
            laws.iter()
                .map(|law| law.name().to_uppercase())
                .collect::<Vec<_>>()
                .join(", ")
        };
        let paths: BTreeSet<&BTreeSet<String>> = kernels.values().collect();
        let mut every: Vec<String> = kernels
            .keys()
            .map(|kernel| shown(kernel).to_string())
            .collect();
        every.sort_by_key(|kernel| {
            broken
                .iter()
                .position(|entry| entry.configuration.kernel_and_fixes() == *kernel)
        });
        if let [paths] = paths.iter().collect::<Vec<_>>()[..] {
            let paths = paths.iter().cloned().collect::<Vec<_>>().join(", ");
            let row = [
                chips.join(", "),
                every.join(", "),
                paths,
                law,
                format!("{steps} steps"),
            ];
            table.add_row(row.map(|text| cell(&text).fg(Color::Red)));
            continue;
        }
        for (kernel, paths) in &kernels {
            let paths = paths.iter().cloned().collect::<Vec<_>>().join(", ");
            let row = [
                chips.join(", "),
                kernel.clone(),
                paths,
                law.clone(),
                format!("{steps} steps"),
            ];
            table.add_row(row.map(|text| cell(&text).fg(Color::Red)));
        }
    }
    table
}

/// Which kernels have the merged fix.
fn with_the_fix(report: &Report) -> String {
    let mut told: [Vec<String>; 2] = Default::default();
    for names in report.results.iter().map(|entry| &entry.configuration) {
        let (kernel, has) = (names.kernel_and_fixes(), names.has_the_merged_fix());
        if !told[usize::from(has)].contains(&kernel) {
            told[usize::from(has)].push(kernel);
        }
    }
    let [without, with] = told.map(|kernels| {
        let kernels = if kernels.is_empty() {
            "none".to_string()
        } else {
            kernels.join(", ")
        };
        shown(&kernels).to_string()
    });
    format!("Kernels with the merged fix ({MERGED}): {with}; without: {without}.\n")
}
