//! Tables of many configurations: controllers by paths, and before beside after.

use std::fmt::Write;

use comfy_table::{Cell, Color};

use super::table::{cell, render, table};
use super::{cells, rows};
use crate::check::report::{Answer, Entry, Masking, Report, Searched};
use crate::terminal::shown;

fn colored(answer: &Answer, text: &str) -> Cell {
    match answer {
        Answer::Refused(_) | Answer::Undecided(_) => cell(text).fg(Color::DarkGrey),
        Answer::Broken(_) => cell(text).fg(Color::Red),
        Answer::Holds(_) => cell(text),
    }
}

fn verdict_and_cost(answer: &Answer) -> String {
    format!("{} {}", cells::verdict(answer), cells::host_irqs(answer)).trim_end().to_string()
}

/// How the line is masked, in a word; nothing where no system was searched.
fn masking(row: &[&Entry]) -> &'static str {
    match row.iter().find_map(|entry| entry.result.searched()) {
        Some(Searched { masking: Masking::Disintx, .. }) => "DisINTx",
        Some(Searched { masking: Masking::Lazy, .. }) => "lazy",
        Some(Searched { masking: Masking::Unlazy, .. }) => "unlazy",
        None => "",
    }
}

/// Controllers and kernels down, paths across.
#[must_use]
pub fn matrix(report: &Report) -> String {
    let entries: Vec<&Entry> = report.results.iter().collect();
    let Some(first) = entries.first().map(|entry| &entry.configuration) else { return String::new() };
    let mut paths: Vec<&str> = Vec::new();
    for entry in &entries {
        if !paths.contains(&entry.configuration.path.as_str()) {
            paths.push(&entry.configuration.path);
        }
    }
    let mut table = table();
    table.set_header(["controller", "kernel", ""].into_iter().chain(paths.iter().copied()).map(cell));
    let head = |entry: &Entry| (entry.configuration.chip.clone(), entry.configuration.kernel_and_fixes());
    for row in entries.chunk_by(|one, other| head(one) == head(other)) {
        let (chip, kernel) = head(row[0]);
        let at = |path: &&str| match row.iter().find(|entry| entry.configuration.path == *path) {
            Some(entry) => colored(&entry.result, &verdict_and_cost(&entry.result)),
            None => cell(""),
        };
        table.add_row([&chip, &kernel, masking(row)].map(cell).into_iter().chain(paths.iter().map(at)));
    }
    format!(
        "Device {}, scenario {}, {} CPUs. A cell: the verdict; then host interrupts taken+ignored per served one,\n\
         typical, and \"to\" the worst where that is more.\n{}{}\n{}",
        shown(&first.device),
        shown(&first.scenario),
        first.cpus,
        rows::legend(report),
        render(&table),
        rows::without("n/a", &entries)
    )
}

/// Each controller before and after the fixes. A dash stands where a fix changes nothing, and the reason below.
#[must_use]
pub fn fix(report: &Report) -> String {
    let mut table = table();
    table.set_header(["controller", "kernel", "path", "before", "after"]);
    let mut after = Vec::new();
    for pair in report.results.chunks_exact(2) {
        let [was, is] = pair else { continue };
        if matches!(was.result, Answer::Refused(_)) {
            continue;
        }
        let names = &was.configuration;
        let text = if matches!(is.result, Answer::Refused(_)) { "-".to_string() } else { verdict_and_cost(&is.result) };
        let cells = [colored(&was.result, &verdict_and_cost(&was.result)), colored(&is.result, &text)];
        let head = [&names.chip, &names.kernel_and_fixes(), &names.path].map(|text| cell(text));
        table.add_row(head.into_iter().chain(cells));
        after.push(is);
    }
    fixes(report, &after) + &rows::legend(report) + &render(&table) + "\n" + &rows::without("-", &after)
}

/// The meaning of the fixes, and how to read the table.
fn fixes(report: &Report, after: &[&Entry]) -> String {
    let Some(fixed) = report.results.get(1).map(|entry| &entry.configuration) else { return String::new() };
    let mut text = String::new();
    for fix in fixed.fixes.iter().filter_map(|name| report.fixes.iter().find(|fix| fix.name == *name)) {
        let _ = writeln!(text, "{}: {}", shown(&fix.name), shown(&fix.about));
    }
    let _ = writeln!(text, "Device {}, scenario {}.", shown(&fixed.device), shown(&fixed.scenario));
    if after.iter().any(|entry| matches!(entry.result, Answer::Refused(_))) {
        text += "- after: the fix changes nothing there, so that it is as before; why stands below.\n";
    }
    text
}
