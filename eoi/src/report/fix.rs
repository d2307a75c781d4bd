//! Fixes: each system before and after, where they differ; and what that comes to.

use comfy_table::{Color, Table};
use eoi_model::cost::Metric;

use super::alike::{self, System};
use super::matrix::{colored, verdict_and_cost};
use super::table::{cell, render, table};
use super::words::{folded, paragraph, some};
use super::{cells, glossary, rows};
use crate::check::report::{About, Answer, Entry, Names, Report};

/// The most rows that are shown one by one, and of systems whose verdict is not at stake.
const FEW: usize = 12;

/// A name of a system in a column of its own.
type Column = (&'static str, fn(&Names) -> &String);

/// The names that a column shows where they differ, and a sentence above the table where they do not.
static MAY_DIFFER: [Column; 2] = [
    ("device", |names| &names.device),
    ("scenario", |names| &names.scenario),
];

/// Those of them that differ in a report.
fn differing(report: &Report) -> Vec<Column> {
    let differs = |(_, of): &&Column| {
        let mut names = report.results.iter().map(|entry| of(&entry.configuration));
        let first = names.next();
        names.any(|name| Some(name) != first)
    };
    MAY_DIFFER.iter().filter(differs).copied().collect()
}

/// One system without and with the fixes.
struct Pair<'a> {
    before: &'a Entry,
    after: &'a Entry,
}

impl<'a> Pair<'a> {
    /// Every system of a report.
    fn all(report: &'a Report) -> Vec<Self> {
        let pairs = report.results.chunks_exact(2);
        pairs
            .map(|pair| Self {
                before: &pair[0],
                after: &pair[1],
            })
            .collect()
    }

    /// The system by its outcome before and after.
    fn system(&self) -> System<'a> {
        let verdict = |entry: &Entry| match entry.result.searched() {
            Some(searched) if entry.result.is_broken() => cells::laws(searched),
            _ => cells::verdict(&entry.result),
        };
        let outcome = vec![verdict(self.before), verdict(self.after)];
        System {
            entry: self.before,
            outcome,
            steps: 0,
        }
    }

    /// There is such a system, without and with the fixes.
    fn exists(&self) -> bool {
        [self.before, self.after]
            .iter()
            .all(|entry| !matches!(entry.result, Answer::Refused(_)))
    }

    /// The fixes change a verdict or the cost of an interrupt.
    fn differs(&self) -> bool {
        self.exists()
            && verdict_and_cost(&self.before.result) != verdict_and_cost(&self.after.result)
    }

    fn broken(&self) -> (bool, bool) {
        (
            self.before.result.is_broken(),
            self.after.result.is_broken(),
        )
    }

    /// These costs of a typical interrupt together, before and after. `None` where one of the two serves none.
    fn typical(&self, metrics: &[Metric]) -> Option<(f64, f64)> {
        let of = |entry: &Entry| {
            let Answer::Holds(searched) = &entry.result else {
                return None;
            };
            let cost = |&metric: &Metric| {
                searched
                    .cost(metric)?
                    .typical
                    .map(|cost| cost.count as f64 / cost.served as f64)
            };
            metrics.iter().map(cost).sum::<Option<f64>>()
        };
        Some((of(self.before)?, of(self.after)?))
    }
}

/// The commands that lead on, by reader.
const NEXT: &str = "
Next, for
  an administrator: does this machine's kernel have the merged fix?
    eoi doctor
  a maintainer: how a system breaks, step by step; the same patch on real kernels
    the same command with --chip, --kernel, --path and --explain
    eoi lab run --patch FILE
  the author of a VMM: what if the VMM masks, resets or migrates meanwhile?
    the same command with --scenario vmm-route,reset,migrate
";

/// The meaning of the fixes, a few lines that sum up, and the systems whose verdict is at stake; with `all`, a row for each
/// system.
#[must_use]
pub fn text(report: &Report, all: bool) -> String {
    let pairs: Vec<Pair<'_>> = Pair::all(report);
    let at_stake = |pair: &&Pair<'_>| pair.exists() && pair.broken() != (false, false);
    let differ = |pair: &&Pair<'_>| pair.differs();
    let shown: Vec<&Pair<'_>> = match all {
        true => pairs.iter().filter(|pair| pair.exists()).collect(),
        false if pairs.iter().filter(differ).count() <= FEW => pairs
            .iter()
            .filter(|pair| at_stake(pair) || pair.differs())
            .collect(),
        false => pairs.iter().filter(at_stake).collect(),
    };
    let after: Vec<&Entry> = pairs
        .iter()
        .filter(|pair| !matches!(pair.before.result, Answer::Refused(_)))
        .map(|pair| pair.after)
        .collect();
    let mut text = about(report) + "\n" + &sum(&pairs);
    let one_by_one = all || shown.len() <= FEW;
    if !shown.is_empty() {
        let table = if one_by_one {
            each(&shown, &differing(report))
        } else {
            folded_alike(&shown, &differing(report))
        };
        text += &format!(
            "\n{}\n\n{}",
            render(&table),
            rows::legend(report, one_by_one)
        );
    }
    if one_by_one && !shown.is_empty() {
        text += &paragraph("", rows::HOST_IRQS);
    }
    if shown.len() < pairs.iter().filter(|pair| pair.exists()).count() {
        text += &paragraph(
            "",
            "Systems whose verdict stays \"holds\" are left out; --all shows them.",
        );
    }
    text += &rows::without("not touched:", &after);
    let words = glossary::words(&text);
    text + &words + &folded(NEXT)
}

/// A row a system, with its costs.
fn each(shown: &[&Pair<'_>], differing: &[Column]) -> Table {
    let mut table = table();
    table.set_header(head(["controller", "kernel", "path"], differing));
    for Pair { before, after } in shown {
        let names = &before.configuration;
        let head = [&names.chip, &names.kernel_and_fixes(), &names.path].map(|text| cell(text));
        let own = differing.iter().map(|(_, of)| cell(of(names)));
        let cells =
            [before, after].map(|entry| colored(&entry.result, &verdict_and_cost(&entry.result)));
        table.add_row(head.into_iter().chain(own).chain(cells));
    }
    table
}

/// The heads of the columns.
fn head(names: [&'static str; 3], differing: &[Column]) -> Vec<&'static str> {
    let own = differing.iter().map(|(name, _)| *name);
    names
        .into_iter()
        .chain(own)
        .chain(["before", "after"])
        .collect()
}

/// A row for systems that fare alike, without their costs.
fn folded_alike(shown: &[&Pair<'_>], differing: &[Column]) -> Table {
    let mut table = table();
    table.set_header(head(["controllers", "kernels", "paths"], differing));
    let mut groups: Vec<(Vec<&String>, Vec<System<'_>>)> = Vec::new();
    for pair in shown {
        let names = &pair.before.configuration;
        let own: Vec<&String> = differing.iter().map(|(_, of)| of(names)).collect();
        match groups.iter_mut().find(|(known, _)| *known == own) {
            Some((_, systems)) => systems.push(pair.system()),
            None => groups.push((own, vec![pair.system()])),
        }
    }
    let red = |text: &String| match text.as_str() {
        "holds" => cell(text),
        text if text.starts_with(|c: char| c.is_ascii_uppercase()) => cell(text).fg(Color::Red),
        text => cell(text),
    };
    for (own, systems) in groups {
        for row in alike::fold(systems) {
            let alike = [
                row.chips.join(", "),
                row.kernels.join(", "),
                row.paths.join(", "),
            ];
            let names = alike.iter().chain(own.iter().copied());
            table.add_row(names.chain(&row.outcome).map(red));
        }
    }
    table
}

/// The meaning of the fixes, and the names that all rows have in common.
fn about(report: &Report) -> String {
    let Some(fixed) = report.results.get(1).map(|entry| &entry.configuration) else {
        return String::new();
    };
    let of = |name: &String| report.fixes.iter().find(|fix| fix.name == *name);
    let line = |fix: &About| paragraph("", &format!("{}: {}.", fix.name, fix.about));
    let fixes: String = fixed.fixes.iter().filter_map(of).map(line).collect();
    let common = |name: &str| {
        differing(report)
            .iter()
            .all(|(differs, _)| *differs != name)
    };
    let device = common("device").then(|| glossary::device(fixed));
    let scenario = common("scenario").then(|| glossary::scenario(fixed));
    fixes + &device.unwrap_or_default() + &scenario.unwrap_or_default()
}

/// The systems that the fixes mend and break, and their cost, in a few lines.
fn sum(pairs: &[Pair<'_>]) -> String {
    let exist: Vec<&Pair<'_>> = pairs.iter().filter(|pair| pair.exists()).collect();
    let count = |which| exist.iter().filter(|pair| pair.broken() == which).count();
    let (mends, breaks, stay) = (
        count((true, false)),
        count((false, true)),
        count((true, true)),
    );
    let hold = exist.iter().filter(|pair| pair.broken() == (false, false));
    let cost = hold.clone().filter(|pair| pair.differs()).count();
    let same = hold.count() - cost;
    let systems = format!(
        "It mends {mends} of {}, breaks {breaks} and leaves {stay} broken; {cost} hold as before at another cost, and {same} \
         at the same.",
        some(exist.len(), "system")
    );
    let counts = |metrics: &[Metric]| {
        let costs: Vec<(f64, f64)> = exist
            .iter()
            .filter_map(|pair| pair.typical(metrics))
            .collect();
        let more = costs
            .iter()
            .filter(|(before, after)| after > before)
            .count();
        (
            costs
                .iter()
                .filter(|(before, after)| after < before)
                .count(),
            more,
        )
    };
    let irqs = counts(&[Metric::HostIrqs, Metric::HostIrqsIgnored]);
    let chip = counts(&[Metric::ChipReads, Metric::ChipWrites, Metric::FirmwareCalls]);
    let mut text = paragraph("", &systems);
    if (irqs, chip) != ((0, 0), (0, 0)) {
        let says = |(fewer, more)| format!("fewer in {fewer}, more in {more}");
        let cost = format!(
            "Cost of a typical interrupt, by systems: host interrupts {}; accesses to the controller {}.",
            says(irqs),
            says(chip)
        );
        text += &paragraph("", &cost);
    }
    text
}
