//! Tables for people.

use std::fmt::Write;

use comfy_table::{Cell, Color};

use super::table::{render, table};
use super::{cells, rows};
use crate::check::configuration::Configuration;
use crate::check::outcome::Outcome;
use crate::check::select::Selection;

fn cell(outcome: &Outcome, text: &str) -> Cell {
    let cell = Cell::new(text);
    match outcome {
        Outcome::None(_) | Outcome::TooMany(_) => cell.fg(Color::DarkGrey),
        Outcome::Checked(checked) if checked.is_broken() => cell.fg(Color::Red),
        Outcome::Checked(_) => cell,
    }
}

fn verdict_and_cost(outcome: &Outcome) -> String {
    format!("{} {}", cells::verdict(outcome), cells::host_irqs(outcome)).trim_end().to_string()
}

/// How the line is masked, in a word. A DisINTx+ device masks itself.
fn masking(case: &Configuration, row: &[(&Configuration, &Outcome)]) -> &'static str {
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
    rows::legend(|law| cells::breaks(outcomes, law))
}

/// Controllers and kernels down, paths across.
#[must_use]
pub fn matrix(selection: &Selection, outcomes: &[Outcome]) -> String {
    let pairs: Vec<(&Configuration, &Outcome)> = selection.configurations.iter().zip(outcomes).collect();
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
    let first = &selection.configurations[0];
    format!(
        "Device {}, scenario {}, {} CPUs. A cell: the verdict; then host interrupts taken+ignored per served one,\n\
         typical, and \"to\" the worst where that is more.\n{}{}\n{}",
        first.device.name(),
        first.scenario.name(),
        first.cpus,
        legend(outcomes),
        render(&table),
        rows::without("n/a", &pairs)
    )
}

/// Each controller before and after the fixes. What a fix does not touch has a dash, and the reason below.
#[must_use]
pub fn fix(selection: &Selection, outcomes: &[Outcome]) -> String {
    let mut table = table();
    table.set_header(["controller", "kernel", "path", "before", "after"]);
    let pairs: Vec<(&Configuration, &Outcome)> = selection.configurations.iter().zip(outcomes).collect();
    let mut untouched = Vec::new();
    for pair in pairs.chunks(2) {
        let [(before, was), (after, is)] = pair else { continue };
        if matches!(was, Outcome::None(_)) {
            continue;
        }
        let head = [before.chip.name.to_string(), before.kernel_and_fixes(), before.path.name().to_string()];
        let is_text = if matches!(is, Outcome::None(_)) { "-".to_string() } else { verdict_and_cost(is) };
        let cells = [cell(was, &verdict_and_cost(was)), cell(is, &is_text)];
        table.add_row(head.into_iter().map(Cell::new).chain(cells));
        untouched.push((*after, *is));
    }
    let mut text = String::new();
    if let Some(case) = selection.configurations.get(1) {
        for fix in &case.fixes {
            let _ = writeln!(text, "{}: {}", fix.name, fix.about);
        }
        let _ = writeln!(text, "Device {}, scenario {}.", case.device.name(), case.scenario.name());
        if untouched.iter().any(|(_, is)| matches!(is, Outcome::None(_))) {
            text += "- after: the fix changes nothing there, so that it is as before; why stands below.\n";
        }
    }
    text + &legend(outcomes) + &render(&table) + "\n" + &rows::without("-", &untouched)
}
