//! From the verdicts to the report.

use super::{Candidate, Dead, Departs, Entries, Expected, Function, Handoff, Missing};
use super::{Outcome, Report, Schema};
use crate::check::configuration::Configuration;
use crate::trace::verdict::{self, Answer, Verdict};

impl Report {
    /// The report on a recording of this name.
    #[must_use]
    pub fn new(recording: &str, answer: Answer) -> Self {
        let missing = answer.missing.iter().map(|&(what, would_show)| Missing {
            what: what.to_string(),
            would_show: would_show.to_string(),
        });
        Self {
            schema: Schema::Trace2,
            eoi: env!("CARGO_PKG_VERSION").to_string(),
            recording: recording.to_string(),
            cpus: answer.cpus,
            unknown: answer.unknown,
            lost: answer.lost,
            kvm: answer.kvm,
            undone: answer.undone,
            missing: missing.collect(),
            record: answer.record,
            functions: answer.functions.into_iter().map(Function::new).collect(),
        }
    }
}

impl Function {
    fn new(verdict: Verdict) -> Self {
        let names = |all: &[Configuration]| all.iter().map(Candidate::new).collect();
        let outcome = verdict.outcome();
        let (irq, action) = verdict.function.unzip();
        Self {
            irq,
            action: action.filter(|name| !name.is_empty()),
            handlers: verdict.owners,
            outcome: Outcome::new(outcome),
            unclear: verdict.unclear.or(verdict.doubt),
            departs: verdict.departs.as_ref().map(Departs::new),
            configurations: names(&verdict.configurations),
            dead: verdict
                .dead
                .into_iter()
                .map(|dead| Dead {
                    from: dead.from,
                    until: dead.until,
                    lost_handoff: dead.lost_handoff,
                    not_with: names(&dead.not_with),
                })
                .collect(),
            last_handoff: verdict.ending.last.map(|(what, line)| Handoff {
                what: what.to_string(),
                line,
            }),
            due: verdict.ending.due,
            interrupts: verdict.counts.clone(),
            entries: Entries {
                followed: verdict.entries,
                possible: verdict.possible,
                aside: verdict.aside,
            },
            never_seen: verdict
                .absent
                .iter()
                .map(|name| (*name).to_string())
                .collect(),
            way: verdict.way,
        }
    }
}

impl Outcome {
    const fn new(outcome: verdict::Outcome) -> Self {
        match outcome {
            verdict::Outcome::Follows => Self::Follows,
            verdict::Outcome::WasDead => Self::WasDead,
            verdict::Outcome::Stuck => Self::Stuck,
            verdict::Outcome::Departs => Self::Departs,
            verdict::Outcome::Unclear => Self::Unclear,
        }
    }
}

impl Departs {
    fn new(departs: &verdict::Departs) -> Self {
        let expected = departs.expected.iter();
        let expected = expected
            .map(|one| Expected {
                call: one.name.to_string(),
                event: one.event.map(str::to_string),
            })
            .collect();
        Self {
            line: departs.line,
            seen: departs.seen.to_string(),
            expected,
        }
    }

    /// The calls that could have come instead, each once.
    #[must_use]
    pub fn calls(&self) -> Vec<&str> {
        let mut calls: Vec<&str> = self
            .expected
            .iter()
            .map(|expected| expected.call.as_str())
            .collect();
        calls.dedup(); // they are in order
        calls
    }
}
