//! Fixes: each system before and after, where they differ; and what that comes to.

use std::fmt::Write;

use eoi_model::cost::Metric;

use super::matrix::{colored, verdict_and_cost};
use super::rows;
use super::table::{cell, render, table};
use crate::check::report::{Answer, Entry, Report};
use crate::terminal::shown;

/// The most rows that are shown although no verdict is at stake in them.
const FEW: usize = 12;

/// One system without and with the fixes.
struct Pair<'a> {
    before: &'a Entry,
    after: &'a Entry,
}

impl Pair<'_> {
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

/// The meaning of the fixes, one line that sums up, and a row for each system that they change; with `all`, for each.
#[must_use]
pub fn text(report: &Report, all: bool) -> String {
    let pairs: Vec<Pair<'_>> = report
        .results
        .chunks_exact(2)
        .map(|pair| Pair {
            before: &pair[0],
            after: &pair[1],
        })
        .collect();
    let differ = pairs.iter().filter(|pair| pair.differs()).count();
    let shown = |pair: &&Pair<'_>| match pair.broken() {
        _ if all => pair.exists(),
        (false, false) => differ <= FEW && pair.differs(),
        _ => pair.exists(),
    };
    let mut table = table();
    table.set_header(["controller", "kernel", "path", "before", "after"]);
    let mut rows = 0;
    for Pair { before, after } in pairs.iter().filter(shown) {
        let names = &before.configuration;
        let head = [&names.chip, &names.kernel_and_fixes(), &names.path].map(|text| cell(text));
        let cells =
            [before, after].map(|entry| colored(&entry.result, &verdict_and_cost(&entry.result)));
        table.add_row(head.into_iter().chain(cells));
        rows += 1;
    }
    let after: Vec<&Entry> = pairs
        .iter()
        .filter(|pair| !matches!(pair.before.result, Answer::Refused(_)))
        .map(|pair| pair.after)
        .collect();
    let mut text = about(report) + &sum(&pairs);
    if rows > 0 {
        text += &(render(&table) + "\n" + &rows::legend(report));
    }
    if rows < differ && !all {
        text += "Rows in which nothing but the cost changes are left out; --all shows them.\n";
    }
    text + &rows::without("not touched:", &after)
}

/// The meaning of the fixes, and what all rows have in common.
fn about(report: &Report) -> String {
    let Some(fixed) = report.results.get(1).map(|entry| &entry.configuration) else {
        return String::new();
    };
    let mut text = String::new();
    for fix in fixed
        .fixes
        .iter()
        .filter_map(|name| report.fixes.iter().find(|fix| fix.name == *name))
    {
        let _ = writeln!(text, "{}: {}", shown(&fix.name), shown(&fix.about));
    }
    let _ = writeln!(
        text,
        "Device {}, scenario {}.",
        shown(&fixed.device),
        shown(&fixed.scenario)
    );
    text
}

/// The lines that the fixes mend and break, and their cost, in one line.
fn sum(pairs: &[Pair<'_>]) -> String {
    let exist: Vec<&Pair<'_>> = pairs.iter().filter(|pair| pair.exists()).collect();
    let count = |which| exist.iter().filter(|pair| pair.broken() == which).count();
    let (mends, breaks, stay) = (
        count((true, false)),
        count((false, true)),
        count((true, true)),
    );
    let same = exist.iter().filter(|pair| !pair.differs()).count();
    let costs = |metrics: &[Metric]| {
        let costs: Vec<(f64, f64)> = exist
            .iter()
            .filter_map(|pair| pair.typical(metrics))
            .collect();
        let more = costs
            .iter()
            .filter(|(before, after)| after > before)
            .count();
        let fewer = costs
            .iter()
            .filter(|(before, after)| after < before)
            .count();
        format!("fewer in {fewer}, more in {more}")
    };
    format!(
        "Systems: {}. Mended {mends}, broken by it {breaks}, still broken {stay}, as before {same}.\n\
         Cost of a typical interrupt: host interrupts {}; accesses to the controller {}.\n",
        exist.len(),
        costs(&[Metric::HostIrqs, Metric::HostIrqsIgnored]),
        costs(&[Metric::ChipReads, Metric::ChipWrites, Metric::FirmwareCalls]),
    )
}
