//! Every system: how many hold, and which do not, in tables that a person can read.

use std::collections::BTreeSet;

use comfy_table::Table;
use eoi_search::Law;

use super::boxes::{self, Fold, KINDS};
use super::table::{cell, render, table};
use super::words::{paragraph, some};
use crate::check::by_name::Closed;
use crate::check::everything::{Everything, Found, Verdict};
use crate::check::kernel::THREADED;

/// The kinds of names of a system, in the order in which systems are folded: first those that tell the least.
const NAMES: [&str; KINDS] = [
    "scenarios",
    "boots",
    "guests",
    "kernels",
    "devices",
    "paths",
    "controllers",
];

/// The way to more.
const MORE: &str = "--all prints which they are, those that are alike in one row.\n";

/// How many systems hold; how many of each controller and path are broken; and with `all`, which.
#[must_use]
pub fn text(everything: &Everything, all: bool) -> String {
    let results = &everything.results;
    let head = paragraph("", &head(everything));
    let which = if all {
        render(&which(results)) + "\n"
    } else {
        MORE.to_string()
    };
    format!(
        "{head}\n{}\nBroken ones of all, by controller and path:\n{}\n\n{which}",
        laws(results),
        render(&matrix(results))
    )
}

fn head(everything: &Everything) -> String {
    let results = &everything.results;
    let count = |of: fn(&Found) -> &str| results.iter().map(of).collect::<BTreeSet<_>>().len();
    let part = everything.part.map_or(String::new(), |part| {
        let whole = some(everything.systems, "system");
        format!(" This is part {part} of {whole}.")
    });
    let undecided = match everything.count(Verdict::Undecided) {
        0 => String::new(),
        count => format!(" {count} are undecided."),
    };
    format!(
        "{} were searched, with {}, {}, {}, {}, {} and {}, as far as they exist together, each with and without threadirqs. \
         In {} of them interrupts keep coming; {} are broken.{undecided}{part}",
        some(results.len(), "system"),
        some(count(|one| &one.chip), "interrupt controller"),
        some(count(|one| boot(one).0), "kernel"),
        some(count(|one| &one.device), "device"),
        some(count(|one| &one.path), "path"),
        some(count(|one| &one.guest), "guest"),
        some(count(|one| &one.scenario), "scenario"),
        everything.count(Verdict::Holds),
        everything.count(Verdict::Broken),
    )
}

/// The kernel, and whether it boots with threadirqs.
fn boot(one: &Found) -> (&str, &str) {
    let threaded = one.kernel.strip_suffix(THREADED);
    let kernel = threaded.and_then(|rest| rest.strip_suffix('+'));
    kernel.map_or((one.kernel.as_str(), "usual"), |kernel| (kernel, THREADED))
}

/// A line for each law that is broken somewhere.
fn laws(results: &[Found]) -> String {
    let line = |law: &Law| {
        let breaks = |one: &&Found| one.broken.keys().any(|broken| broken.0 == *law);
        let count = results.iter().filter(breaks).count();
        let about = format!("{}; in {}", law.about(), some(count, "system"));
        (count > 0).then(|| paragraph(&format!("{}: ", law.name().to_uppercase()), &about))
    };
    Law::ALL.iter().filter_map(line).collect()
}

/// Controllers down, paths across: how many are broken of how many.
fn matrix(results: &[Found]) -> Table {
    let (chips, paths) = (
        in_order(results, |one| &one.chip),
        in_order(results, |one| &one.path),
    );
    let mut table = table();
    table.set_header([&["controller"][..], &paths].concat());
    for chip in chips {
        let count = |path: &&str| {
            let here = |one: &&Found| one.chip == chip && one.path == *path;
            let all = results.iter().filter(here).count();
            let broken = |one: &&Found| here(one) && one.verdict == Verdict::Broken;
            let broken = results.iter().filter(broken).count();
            cell(&if all == 0 {
                String::new()
            } else {
                format!("{broken}/{all}")
            })
        };
        table.add_row([cell(chip)].into_iter().chain(paths.iter().map(count)));
    }
    table
}

/// The names of one kind, in the order in which they first occur.
fn in_order(results: &[Found], of: fn(&Found) -> &str) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for name in results.iter().map(of) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// The broken systems, those that are alike in one row: each of these controllers with each of these kernels and so on.
fn which(results: &[Found]) -> Table {
    let broken = results
        .iter()
        .filter(|one| one.verdict == Verdict::Broken)
        .map(|one| Fold::new(values(one), outcome(one)));
    let mut rows = boxes::fold(broken.collect());
    rows.sort_by_key(|row| std::cmp::Reverse(row.count));
    let mut every: [BTreeSet<&str>; KINDS] = Default::default();
    for one in results {
        for (names, name) in every.iter_mut().zip(values(one)) {
            names.insert(name);
        }
    }
    let mut table = table();
    let kinds = (0..KINDS).rev();
    let head = ["systems", "broken law"].into_iter();
    table.set_header(head.chain(kinds.clone().map(|kind| NAMES[kind])));
    for row in rows {
        let names = |kind: usize| {
            let names = &row.values[kind];
            cell(&if *names == every[kind] {
                "all".to_string()
            } else {
                names.iter().copied().collect::<Vec<_>>().join(", ")
            })
        };
        let head = [cell(&row.count.to_string()), cell(&row.outcome)].into_iter();
        table.add_row(head.chain(kinds.clone().map(names)));
    }
    table
}

/// The names of a system, by kind.
fn values(one: &Found) -> [&str; KINDS] {
    let Found {
        chip,
        device,
        path,
        guest,
        scenario,
        ..
    } = one;
    let (kernel, boot) = boot(one);
    [scenario, boot, guest, kernel, device, path, chip]
}

/// The broken laws.
fn outcome(one: &Found) -> String {
    let laws: Vec<String> = one
        .broken
        .keys()
        .map(|law| law.0.name().to_uppercase())
        .collect();
    if laws.is_empty() {
        "NEVER SERVES".to_string()
    } else {
        laws.join(", ")
    }
}
