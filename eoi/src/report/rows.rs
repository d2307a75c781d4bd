//! A line a configuration; and why some have no verdict.

use std::collections::BTreeSet;

use comfy_table::Color;
use eoi_search::Law;

use super::table::{cell, render, table};
use super::words::{hanging, paragraph};
use super::{cells, glossary};
use crate::check::by_name::Closed;
use crate::check::report::{Answer, Entry, Names, Report};

/// The meaning of a cost.
pub const HOST_IRQS: &str = "\
Host irqs, for each interrupt that is served: taken+ignored in the run in which nobody races, and \"to\" the most of any run \
where that is more. Without the first number that run serves nothing. \u{221e}: no bound.";

/// Every configuration that was searched, in a table; and why the others were not.
#[must_use]
pub fn text(report: &Report) -> String {
    let host: String = report
        .host
        .iter()
        .map(|line| paragraph("", &format!("{line}.")))
        .collect();
    let entries: Vec<&Entry> = report.results.iter().collect();
    host + &rows(report)
        + &legend(report, true)
        + &paragraph("", HOST_IRQS)
        + &without("n/a", &entries)
}

/// The meaning of each law that is broken in the report; of those that are written with the steps of their shortest
/// example, of these too.
#[must_use]
pub fn legend(report: &Report, with_steps: bool) -> String {
    let broken = Law::ALL.iter().filter(|&&law| report.breaks(law));
    let line = |law: &Law| {
        let name = law.name().to_uppercase();
        if with_steps {
            let about = format!("{}; shortest example: n steps", law.about());
            paragraph(&format!("{name} n: "), &about)
        } else {
            paragraph(&format!("{name}: "), law.about())
        }
    };
    broken.map(line).collect()
}

fn rows(report: &Report) -> String {
    let names = || report.results.iter().map(|entry| &entry.configuration);
    let several = |of: fn(&Names) -> &String| names().map(of).collect::<BTreeSet<_>>().len() > 1;
    let (devices, scenarios) = (
        several(|names| &names.device),
        several(|names| &names.scenario),
    );
    let mut table = table();
    let head = [
        ("controller", true),
        ("kernel", true),
        ("device", devices),
        ("path", true),
        ("scenario", scenarios),
        ("states", true),
        ("verdict", true),
        ("host irqs", true),
    ];
    table.set_header(
        head.iter()
            .filter(|(_, shown)| *shown)
            .map(|(name, _)| *name),
    );
    for Entry {
        configuration: names,
        result,
    } in &report.results
    {
        let states = match result {
            Answer::Refused(_) => continue,
            Answer::Undecided(_) => format!(">{}", report.limit),
            Answer::Holds(searched) | Answer::Broken(searched) => searched.states.to_string(),
        };
        let verdict = cell(&cells::verdict(result));
        let cells = [
            cell(&names.chip),
            cell(&names.kernel_and_fixes()),
            cell(&names.device),
            cell(&names.path),
            cell(&names.scenario),
            cell(&states),
            if result.is_broken() {
                verdict.fg(Color::Red)
            } else {
                verdict
            },
            cell(&cells::host_irqs(result)),
        ];
        let row = cells.into_iter().zip(head).filter(|(_, (_, shown))| *shown);
        table.add_row(row.map(|(cell, _)| cell));
    }
    let mut common = String::new();
    if let Some(first) = names().next() {
        common += &if devices {
            String::new()
        } else {
            glossary::device(first)
        };
        common += &if scenarios {
            String::new()
        } else {
            glossary::scenario(first)
        };
        common += if common.is_empty() { "" } else { "\n" };
    }
    common + &render(&table) + "\n\n"
}

/// Configurations without a verdict for one reason: all of these paths with all of these controllers.
#[derive(PartialEq)]
struct Group<'a> {
    mark: &'a str,
    reason: &'a str,
    paths: BTreeSet<&'a str>,
    chips: Vec<&'a str>,
}

/// Why some of these have no verdict, each reason once; `mark` is the cell of those that no real system is like.
#[must_use]
pub fn without(mark: &str, entries: &[&Entry]) -> String {
    let among = Among::new(entries);
    let mut groups: Vec<(String, Group<'_>)> = Vec::new();
    for Entry {
        configuration: names,
        result,
    } in entries
    {
        let (mark, reason) = match result {
            Answer::Refused(refused) => (mark, refused.reason.as_str()),
            Answer::Undecided(undecided) => (cells::UNDECIDED, undecided.reason.as_str()),
            Answer::Holds(_) | Answer::Broken(_) => continue,
        };
        let among = among.of(&names.scenario, &names.device);
        let known = groups
            .iter()
            .position(|(of, group)| *of == among && (group.mark, group.reason) == (mark, reason));
        let at = known.unwrap_or_else(|| {
            groups.push((
                among,
                Group {
                    mark,
                    reason,
                    paths: BTreeSet::new(),
                    chips: Vec::new(),
                },
            ));
            groups.len() - 1
        });
        let group = &mut groups[at].1;
        group.paths.insert(&names.path);
        if !group.chips.contains(&names.chip.as_str()) {
            group.chips.push(&names.chip);
        }
    }
    lines(groups)
}

/// A line for each group. The same of several scenarios or devices is one line.
fn lines(groups: Vec<(String, Group<'_>)>) -> String {
    let mut joined: Vec<(Group<'_>, Vec<String>)> = Vec::new();
    for (among, group) in groups {
        match joined.iter_mut().find(|(known, _)| *known == group) {
            Some((_, all)) => all.push(among),
            None => joined.push((group, vec![among])),
        }
    }
    let mut text = String::new();
    for (
        Group {
            mark,
            reason,
            paths,
            chips,
        },
        among,
    ) in joined
    {
        let paths: Vec<_> = paths.into_iter().collect();
        let among = if among == [""] {
            String::new()
        } else {
            format!(" in {}", among.join(", "))
        };
        let line = format!(
            "{mark} {}{among}: {reason} ({}).",
            paths.join(", "),
            chips.join(", ")
        );
        text += &hanging("", 4, &line);
    }
    text
}

/// How configurations differ beside controller, kernel and path.
struct Among {
    scenarios: bool,
    devices: bool,
}

impl Among {
    fn new(entries: &[&Entry]) -> Self {
        let names = entries.iter().map(|entry| &entry.configuration);
        let (scenarios, devices): (BTreeSet<&str>, BTreeSet<&str>) = names
            .map(|names| (names.scenario.as_str(), names.device.as_str()))
            .unzip();
        Self {
            scenarios: scenarios.len() > 1,
            devices: devices.len() > 1,
        }
    }

    fn of(&self, scenario: &str, device: &str) -> String {
        let words = [(self.scenarios, scenario), (self.devices, device)];
        words
            .iter()
            .filter(|(several, _)| *several)
            .map(|(_, word)| *word)
            .collect::<Vec<_>>()
            .join(" of ")
    }
}
