//! Kernel TAP 1 (Documentation/dev-tools/ktap.rst): a test a configuration, a subtest a law.

use std::fmt::Write;

use eoi_search::Law;

use super::cells;
use crate::check::outcome::{Checked, Outcome};
use crate::check::select::Selection;

/// The whole report.
#[must_use]
pub fn check(selection: &Selection, outcomes: &[Outcome]) -> String {
    let mut text = format!("KTAP version 1\n1..{}\n", outcomes.len());
    for (number, (case, outcome)) in selection.configurations.iter().zip(outcomes).enumerate() {
        let number = number + 1;
        let title = case.title();
        match outcome {
            Outcome::None(refusal) => {
                let _ = writeln!(text, "ok {number} {title} # SKIP {}", refusal.reason);
            }
            Outcome::TooMany(says) => {
                let _ = writeln!(text, "ok {number} {title} # SKIP {says}");
            }
            Outcome::Checked(checked) => {
                laws(&mut text, checked);
                let result = if checked.is_broken() { "not ok" } else { "ok" };
                let _ = writeln!(text, "{result} {number} {title}");
            }
        }
    }
    text
}

fn laws(text: &mut String, checked: &Checked) {
    let _ = writeln!(text, "  KTAP version 1\n  1..{}", Law::ALL.len());
    for (number, verdict) in checked.verdicts.iter().enumerate() {
        let (number, name) = (number + 1, verdict.law.name());
        match &verdict.broken_by {
            None if verdict.sometimes => {
                let _ = writeln!(text, "  ok {number} {name}");
            }
            None => {
                let _ = writeln!(text, "  ok {number} {name} # SKIP nothing here could break it");
            }
            Some(path) => {
                let events: Vec<&str> = checked.path(path).map(|event| event.info().name).collect();
                let _ = writeln!(text, "  # {}\n  not ok {number} {name}", events.join(" "));
            }
        }
    }
    let typical = checked.costs.typical[0];
    let _ = writeln!(text, "  # host_irqs per served interrupt, typical: {}", cells::ratio(typical, "none"));
}
