//! Every system: how many hold, and which do not, in tables that a person can read.

use std::collections::BTreeSet;

use super::boxes::{self, Fold};
use super::table::{cell, render, table};
use super::words::{paragraph, some};
use crate::check::by_name::Closed;
use crate::check::everything::{Everything, Found, Verdict};
use eoi_search::Law;

/// How many systems hold; how many of each controller and path are broken; with `all`, which they are.
#[must_use]
pub fn text(everything: &Everything, all: bool) -> String {
    let results = &everything.results;
    let mut text = paragraph("", &head(everything)) + "\n" + &laws(results) + "\n";
    text += &(render(&matrix(results)) + "\n\n");
    if all {
        text += &boxes(results);
    }
    text
}

fn head(everything: &Everything) -> String {
    let results = &everything.results;
    let count = |of: fn(&Found) -> &String| results.iter().map(of).collect::<BTreeSet<_>>().len();
    let part = everything.part.map_or(String::new(), |part| {
        format!(" Part {part} of {}.", some(everything.systems, "system"))
    });
    format!(
        "{} were searched: {}, {}, {}, {}, {} and {}, as far as they exist together.",
        some(results.len(), "system"),
        some(count(|one| &one.chip), "interrupt controller"),
        some(count(|one| &one.kernel), "kernel"),
        some(count(|one| &one.device), "device"),
        some(count(|one| &one.path), "path"),
        some(count(|one| &one.guest), "guest"),
        some(count(|one| &one.scenario), "scenario"),
    ) + &format!(
        " {} hold, {} are broken, {} are undecided.{part}",
        everything.count(Verdict::Holds),
        everything.count(Verdict::Broken),
        everything.count(Verdict::Undecided),
    )
}

fn laws(results: &[Found]) -> String {
    let line = |law: &Law| {
        let broken = results
            .iter()
            .filter(|one| one.broken.keys().any(|key| key.0 == *law))
            .count();
        (broken > 0).then(|| {
            paragraph(
                &format!("{}: ", law.name().to_uppercase()),
                &format!("{}, in {}", law.about(), some(broken, "system")),
            )
        })
    };
    Law::ALL.iter().filter_map(line).collect()
}

fn matrix(results: &[Found]) -> comfy_table::Table {
    let mut table = table();
    let mut chips: Vec<&str> = Vec::new();
    let mut paths: Vec<&str> = Vec::new();
    for one in results {
        if !chips.contains(&one.chip.as_str()) {
            chips.push(&one.chip);
        }
        if !paths.contains(&one.path.as_str()) {
            paths.push(&one.path);
        }
    }
    table.set_header([&["controller"][..], &paths].concat());
    for chip in chips {
        let of = |path: &&str| {
            let these: Vec<&Found> = results
                .iter()
                .filter(|one| one.chip == chip && one.path == *path)
                .collect();
            let broken = these
                .iter()
                .filter(|one| one.verdict == Verdict::Broken)
                .count();
            cell(&if these.is_empty() {
                String::new()
            } else {
                format!("{broken}/{}", these.len())
            })
        };
        let cells = paths.iter().map(of);
        table.add_row([cell(chip)].into_iter().chain(cells));
    }
    table
}

fn boxes(results: &[Found]) -> String {
    let broken: Vec<Fold<'_>> = results
        .iter()
        .filter(|one| one.verdict == Verdict::Broken)
        .map(|one| {
            let laws: Vec<&str> = one.broken.keys().map(|law| law.0.name()).collect();
            let (kernel, boot) = one
                .kernel
                .strip_suffix("+threadirqs")
                .map_or((one.kernel.as_str(), ""), |kernel| (kernel, "threadirqs"));
            Fold::new(
                [
                    one.scenario.as_str(),
                    boot,
                    &one.guest,
                    kernel,
                    &one.device,
                    &one.path,
                    &one.chip,
                ],
                laws.join(", "),
            )
        })
        .collect();
    let mut text = String::new();
    for fold in boxes::fold(broken) {
        let [scenario, boot, guest, kernel, device, path, chip] = &fold.values;
        let join = |set: &BTreeSet<&str>| set.iter().copied().collect::<Vec<_>>().join(",");
        text += &format!(
            "{} {}: {} | {} | {} | {} | {} | {} | {}\n",
            fold.count,
            fold.outcome,
            join(chip),
            join(kernel),
            join(boot),
            join(device),
            join(path),
            join(guest),
            join(scenario)
        );
    }
    text
}
