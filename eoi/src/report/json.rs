//! `eoi.check/1`.
//!
//! Beside what the schema's name promises, a configuration has `threadirqs`; a law `sometimes` (what it is about does
//! happen) and, where it is broken, `cycle` (how many of the last events go round). In `cost`, `null` is "nothing is
//! served", but for the metrics in `unbounded`, whose worst has no bound. `refused` are the configurations that no real
//! system is like, each with its `reason`; `undecided` those
//! with more states than the limit, with what can be said of them as `reason`. `share` is there with `--part`: the part, and the titles of the whole.

use anyhow::Result;
use eoi_model::cost::Metric;
use eoi_search::Ratio;
use serde_json::{Map, Value, json};

use super::ladder;
use crate::check::configuration::Configuration;
use crate::check::outcome::{Checked, Outcome};
use crate::check::select::Selection;

/// The whole report.
///
/// # Errors
/// None that a value of ours can have.
pub fn check(selection: &Selection, outcomes: &[Outcome]) -> Result<String> {
    let (mut configurations, mut refused, mut undecided) = (Vec::new(), Vec::new(), Vec::new());
    for (case, outcome) in selection.configurations.iter().zip(outcomes) {
        let mut named = name(case);
        match outcome {
            Outcome::None(refusal) => {
                named.insert("reason".into(), refusal.reason.into());
                refused.push(named);
            }
            Outcome::TooMany(says) => {
                named.insert("reason".into(), says.clone().into());
                undecided.push(named);
            }
            Outcome::Checked(checked) => {
                named.append(&mut results(checked));
                configurations.push(named);
            }
        }
    }
    let mut report = json!({
        "schema": "eoi.check/1", "configurations": configurations, "refused": refused, "undecided": undecided,
    });
    if let (Some(share), Some(report)) = (&selection.share, report.as_object_mut()) {
        report.insert("share".into(), serde_json::to_value(share)?);
    }
    super::json(&report)
}

fn object<const N: usize>(entries: [(&str, Value); N]) -> Map<String, Value> {
    entries.into_iter().map(|(key, value)| (key.to_string(), value)).collect()
}

/// What a configuration is.
fn name(case: &Configuration) -> Map<String, Value> {
    let fixes: Vec<&str> = case.fixes.iter().map(|fix| fix.name).collect();
    object([
        ("title", case.title().into()),
        ("chip", case.chip.name.into()),
        ("kernel", case.kernel.name.into()),
        ("threadirqs", case.threadirqs.into()),
        ("fixes", fixes.into()),
        ("device", case.device.name().into()),
        ("path", case.path.name().into()),
        ("guest", case.guest_name().into()),
        ("scenario", case.scenario.name().into()),
        ("cpus", case.cpus.into()),
        ("causes", case.causes.into()),
    ])
}

/// What came of it.
fn results(checked: &Checked) -> Map<String, Value> {
    let costs = &checked.costs;
    let cost = object([
        ("best", cost(&costs.best)),
        ("typical", cost(&costs.typical)),
        ("worst", cost(&costs.worst)),
        ("unbounded", unbounded(checked).into()),
    ]);
    object([
        ("states", checked.states.into()),
        ("transitions", checked.transitions.into()),
        ("laws", laws(checked)),
        ("cost", cost.into()),
    ])
}

fn laws(checked: &Checked) -> Value {
    let mut laws = Map::new();
    for verdict in &checked.verdicts {
        let mut law = json!({ "holds": verdict.holds(), "sometimes": verdict.sometimes });
        if let (Some(path), Some(law)) = (&verdict.broken_by, law.as_object_mut()) {
            let events: Vec<&str> = checked.path(path).map(|event| event.info().name).collect();
            law.insert("steps".into(), path.len().into());
            law.insert("served_before".into(), ladder::served(checked, path).into());
            law.insert("cycle".into(), verdict.cycle.into());
            law.insert("events".into(), events.into());
        }
        laws.insert(verdict.law.name().into(), law);
    }
    laws.into()
}

/// The metrics whose worst has no bound: a `null` there is not "nothing served".
fn unbounded(checked: &Checked) -> Vec<&'static str> {
    let costs = &checked.costs;
    let is = |metric: &Metric| costs.best[*metric as usize].is_some() && costs.worst[*metric as usize].is_none();
    Metric::ALL.iter().filter(|metric| is(metric)).map(|metric| metric.name()).collect()
}

fn cost(ratios: &[Option<Ratio>]) -> Value {
    let entries = Metric::ALL.into_iter().zip(ratios).map(|(metric, ratio)| {
        let value = match ratio {
            None => Value::Null,
            Some(Ratio { cost, served: 1 }) => (*cost).into(),
            Some(Ratio { cost, served }) => (*cost as f64 / *served as f64).into(),
        };
        (metric.name().to_string(), value)
    });
    Value::Object(entries.collect())
}
