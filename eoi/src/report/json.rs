//! `eoi.check/1`.
//!
//! Beside what the schema's name promises, a configuration has `threadirqs`; a law `sometimes` (what it is about does
//! happen) and, where it is broken, `cycle` (how many of the last events go round). In `cost`, `null` is "nothing is
//! served", but for the metrics in `unbounded`, whose worst has no bound. `refused` stands in for results where no
//! real system is like the configuration.

use anyhow::Result;
use eoi_model::cost::Metric;
use serde_json::{Map, Value, json};

use super::ladder;
use crate::check::case::Case;
use crate::check::outcome::{Checked, Outcome};
use crate::check::select::Selection;
use crate::explore::ratio::Ratio;

/// The whole report. A configuration that does not exist has `"refused"` with the reason instead of results.
///
/// # Errors
/// None that a value of ours can have.
pub fn check(selection: &Selection, outcomes: &[Outcome]) -> Result<String> {
    let configurations: Vec<Value> =
        selection.cases.iter().zip(outcomes).map(|(case, outcome)| configuration(case, outcome)).collect();
    let report = json!({ "schema": "eoi.check/1", "configurations": configurations });
    Ok(serde_json::to_string_pretty(&report)? + "\n")
}

fn configuration(case: &Case, outcome: &Outcome) -> Value {
    let fixes: Vec<&str> = case.fixes.iter().map(|fix| fix.name).collect();
    let mut value = json!({
        "chip": case.chip.name,
        "kernel": case.kernel.name,
        "threadirqs": case.threadirqs,
        "fixes": fixes,
        "device": case.device.name(),
        "path": case.path.name(),
        "guest": case.guest_name(),
        "scenario": case.scenario.name(),
        "cpus": case.cpus,
        "causes": case.causes,
    });
    let Some(object) = value.as_object_mut() else { return value };
    match outcome {
        Outcome::None(refusal) => {
            object.insert("refused".into(), refusal.reason.into());
        }
        Outcome::Checked(checked) => {
            object.insert("states".into(), checked.states.into());
            object.insert("transitions".into(), checked.transitions.into());
            object.insert("laws".into(), laws(checked));
            let costs = &checked.costs;
            let cost = json!({
                "best": cost(&costs.best),
                "typical": cost(&costs.typical),
                "worst": cost(&costs.worst),
                "unbounded": unbounded(checked),
            });
            object.insert("cost".into(), cost);
        }
    }
    value
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
