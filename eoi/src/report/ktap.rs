//! Kernel TAP 1 (Documentation/dev-tools/ktap.rst): a test a configuration, a subtest a law.

use std::fmt::Write;

use eoi_model::cost::Metric;

use super::cells;
use crate::check::report::{Answer, LawResult, Report, Searched};
use crate::terminal::shown;

/// The whole report.
#[must_use]
pub fn check(report: &Report) -> String {
    let mut text = format!("KTAP version 1\n1..{}\n", report.results.len());
    for (entry, number) in report.results.iter().zip(1..) {
        let title = shown(&entry.configuration.title);
        let _ = match &entry.result {
            Answer::Refused(refused) => writeln!(
                text,
                "ok {number} {title} # SKIP {}",
                shown(&refused.reason)
            ),
            Answer::Undecided(undecided) => writeln!(
                text,
                "ok {number} {title} # SKIP {}",
                shown(&undecided.reason)
            ),
            Answer::Holds(searched) => writeln!(text, "{}ok {number} {title}", laws(searched)),
            Answer::Broken(searched) => writeln!(text, "{}not ok {number} {title}", laws(searched)),
        };
    }
    text
}

fn laws(searched: &Searched) -> String {
    let mut text = format!("  KTAP version 1\n  1..{}\n", searched.laws.len());
    for (result, number) in searched.laws.iter().zip(1..) {
        let LawResult {
            law,
            run,
            sometimes,
            ..
        } = result;
        let name = law.0.name();
        let _ = match (run, sometimes) {
            (Some(run), _) => {
                writeln!(
                    text,
                    "  # {}\n  not ok {number} {name}",
                    shown(&run.events().join(" "))
                )
            }
            (None, true) => writeln!(text, "  ok {number} {name}"),
            (None, false) => writeln!(
                text,
                "  ok {number} {name} # SKIP nothing here could break it"
            ),
        };
    }
    let typical = searched
        .cost(Metric::HostIrqs)
        .and_then(|cost| cost.typical);
    let _ = writeln!(
        text,
        "  # host_irqs per served interrupt, typical: {}",
        cells::per_served(typical, "none")
    );
    text
}
