//! Tables for people.

use std::collections::BTreeSet;
use std::fmt::Write;

use eoi_model::laws::Law;

use comfy_table::{Cell, Color};

use super::cells;
use super::table::{render, table};
use crate::check::case::Case;
use crate::check::outcome::Outcome;
use crate::check::select::Selection;

fn cell(outcome: &Outcome, text: &str) -> Cell {
    let cell = Cell::new(text);
    match outcome {
        Outcome::None(_) => cell.fg(Color::DarkGrey),
        Outcome::Checked(checked) if checked.is_broken() => cell.fg(Color::Red),
        Outcome::Checked(_) => cell,
    }
}

fn verdict_and_cost(outcome: &Outcome) -> String {
    format!("{} {}", cells::verdict(outcome), cells::host_irqs(outcome)).trim_end().to_string()
}

/// How the line is masked, in a word. A DisINTx+ device masks itself.
fn masking(case: &Case, row: &[(&Case, &Outcome)]) -> &'static str {
    let system = row.iter().find_map(|(_, outcome)| outcome.checked()).map(|checked| &checked.system);
    match system {
        _ if case.device.pci_2_3() => "DisINTx",
        Some(system) if system.is_lazy() => "lazy",
        Some(_) => "unlazy",
        None => "",
    }
}

/// What the verdicts in the table mean, each in a line; only those that are there.
fn legend(outcomes: &[Outcome]) -> String {
    let there = |law: Law| {
        let checked = outcomes.iter().filter_map(Outcome::checked);
        checked.flat_map(|checked| &checked.verdicts).any(|verdict| verdict.law == law && !verdict.holds())
    };
    Law::ALL.iter().filter(|&&law| there(law)).fold(String::new(), |text, law| {
        text + &format!("{} n: {}, after n events at the shortest\n", law.name().to_uppercase(), law.about())
    })
}

/// Controllers and kernels down, paths across.
#[must_use]
pub fn matrix(selection: &Selection, outcomes: &[Outcome]) -> String {
    let pairs: Vec<(&Case, &Outcome)> = selection.cases.iter().zip(outcomes).collect();
    let mut paths: Vec<&str> = Vec::new();
    for (case, _) in &pairs {
        if !paths.contains(&case.path.name()) {
            paths.push(case.path.name());
        }
    }
    let mut table = table();
    table.set_header(["controller", "kernel", ""].into_iter().chain(paths.iter().copied()));
    for row in pairs.chunks(paths.len()) {
        let case = row[0].0;
        let head = [case.chip.name.to_string(), case.kernel_and_fixes(), masking(case, row).to_string()];
        let cells = row.iter().map(|(_, outcome)| cell(outcome, &verdict_and_cost(outcome)));
        table.add_row(head.into_iter().map(Cell::new).chain(cells));
    }
    let first = &selection.cases[0];
    format!(
        "Device {}, scenario {}, {} CPUs. A cell: the verdict; then host interrupts taken+ignored per served one,\n\
         typical, and \"to\" the worst where that is more.\n{}{}\n{}",
        first.device.name(),
        first.scenario.name(),
        first.cpus,
        legend(outcomes),
        render(&table),
        reasons("n/a", &pairs)
    )
}

/// Each controller before and after the fixes. What a fix does not touch has a dash, and the reason below.
#[must_use]
pub fn fix(selection: &Selection, outcomes: &[Outcome]) -> String {
    let mut table = table();
    table.set_header(["controller", "kernel", "path", "before", "after"]);
    let pairs: Vec<(&Case, &Outcome)> = selection.cases.iter().zip(outcomes).collect();
    let mut untouched = Vec::new();
    for pair in pairs.chunks(2) {
        let [(before, was), (after, is)] = pair else { continue };
        if was.checked().is_none() {
            continue;
        }
        let head = [before.chip.name.to_string(), before.kernel_and_fixes(), before.path.name().to_string()];
        let is_text = if is.checked().is_some() { verdict_and_cost(is) } else { "-".to_string() };
        let cells = [cell(was, &verdict_and_cost(was)), cell(is, &is_text)];
        table.add_row(head.into_iter().map(Cell::new).chain(cells));
        untouched.push((*after, *is));
    }
    let mut text = String::new();
    if let Some(case) = selection.cases.get(1) {
        for fix in &case.fixes {
            let _ = writeln!(text, "{}: {}", fix.name, fix.about);
        }
        let _ = writeln!(text, "Device {}, scenario {}.", case.device.name(), case.scenario.name());
    }
    text + &legend(outcomes) + &render(&table) + "\n" + &reasons("-", &untouched)
}

/// A line a case.
#[must_use]
pub fn list(selection: &Selection, outcomes: &[Outcome]) -> String {
    let mut table = table();
    table.set_header(["controller", "kernel", "device", "path", "scenario", "states", "verdict", "host irqs"]);
    let pairs: Vec<(&Case, &Outcome)> = selection.cases.iter().zip(outcomes).collect();
    for (case, outcome) in &pairs {
        let Some(checked) = outcome.checked() else { continue };
        let head = [
            case.chip.name.to_string(),
            case.kernel_and_fixes(),
            case.device.name().to_string(),
            case.path.name().to_string(),
            case.scenario.name().to_string(),
            checked.states.to_string(),
        ];
        let tail = [cell(outcome, &cells::verdict(outcome)), Cell::new(cells::host_irqs(outcome))];
        table.add_row(head.into_iter().map(Cell::new).chain(tail));
    }
    let found: String = selection.found.iter().map(|line| format!("{line}\n")).collect();
    found + &render(&table) + "\n" + &reasons("n/a", &pairs)
}

/// Why there is no system where a cell has this mark: each reason once, with the controllers that it is true of.
fn reasons(mark: &str, pairs: &[(&Case, &Outcome)]) -> String {
    let mut reasons: Vec<(String, BTreeSet<&str>, Vec<&str>)> = Vec::new();
    for (case, outcome) in pairs {
        let Outcome::None(refusal) = outcome else { continue };
        let place = reasons.iter().position(|(reason, ..)| reason == refusal.reason).unwrap_or_else(|| {
            reasons.push((refusal.reason.to_string(), BTreeSet::new(), Vec::new()));
            reasons.len() - 1
        });
        reasons[place].1.insert(case.path.name());
        if !reasons[place].2.contains(&case.chip.name) {
            reasons[place].2.push(case.chip.name);
        }
    }
    let mut text = String::new();
    for (reason, paths, chips) in reasons {
        let paths: Vec<_> = paths.into_iter().collect();
        let _ = writeln!(text, "{mark} {}: {reason} ({}).", paths.join(", "), chips.join(", "));
    }
    text
}
