//! Many configurations: controllers and kernels down, paths across.

use comfy_table::{Cell, Color};

use super::table::{cell, render, table};
use super::words::paragraph;
use super::{cells, glossary, rows};
use crate::check::report::{Answer, Entry, Masking, Report, Searched};

pub(crate) fn colored(answer: &Answer, text: &str) -> Cell {
    match answer {
        Answer::Refused(_) | Answer::Undecided(_) => cell(text).fg(Color::DarkGrey),
        Answer::Broken(_) => cell(text).fg(Color::Red),
        Answer::Holds(_) => cell(text),
    }
}

pub(crate) fn verdict_and_cost(answer: &Answer) -> String {
    format!("{} {}", cells::verdict(answer), cells::host_irqs(answer))
        .trim_end()
        .to_string()
}

/// How the line is masked, in a word; nothing where no system was searched.
fn masking(row: &[&Entry]) -> &'static str {
    match row.iter().find_map(|entry| entry.result.searched()) {
        Some(Searched {
            masking: Masking::Disintx,
            ..
        }) => "DisINTx",
        Some(Searched {
            masking: Masking::Lazy,
            ..
        }) => "lazy",
        Some(Searched {
            masking: Masking::Unlazy,
            ..
        }) => "unlazy",
        None => "",
    }
}

/// Controllers and kernels down, paths across.
#[must_use]
pub fn matrix(report: &Report) -> String {
    let entries: Vec<&Entry> = report.results.iter().collect();
    let Some(first) = entries.first().map(|entry| &entry.configuration) else {
        return String::new();
    };
    let mut paths: Vec<&str> = Vec::new();
    for entry in &entries {
        if !paths.contains(&entry.configuration.path.as_str()) {
            paths.push(&entry.configuration.path);
        }
    }
    let mut table = table();
    table.set_header(
        ["controller", "kernel", ""]
            .into_iter()
            .chain(paths.iter().copied())
            .map(cell),
    );
    let head = |entry: &Entry| {
        (
            entry.configuration.chip.clone(),
            entry.configuration.kernel_and_fixes(),
        )
    };
    for row in entries.chunk_by(|one, other| head(one) == head(other)) {
        let (chip, kernel) = head(row[0]);
        let at = |path: &&str| match row.iter().find(|entry| entry.configuration.path == *path) {
            Some(entry) => colored(&entry.result, &verdict_and_cost(&entry.result)),
            None => cell(""),
        };
        table.add_row(
            [&chip, &kernel, masking(row)]
                .map(cell)
                .into_iter()
                .chain(paths.iter().map(at)),
        );
    }
    let masking = "lazy: the host masks the line at the controller when the next interrupt comes; unlazy: at once; \
                   DisINTx: at the device.";
    glossary::device(first)
        + &glossary::scenario(first)
        + "\n"
        + &render(&table)
        + "\n\n"
        + &rows::legend(report, true)
        + &paragraph("", rows::HOST_IRQS)
        + &paragraph("", masking)
        + &rows::without("n/a", &entries)
}
