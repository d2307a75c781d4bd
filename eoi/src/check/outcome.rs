//! Checking cases, on all cores, with progress.

use std::time::Duration;

use anyhow::{Result, bail};
use eoi_model::cost::Metric;
use eoi_model::event::Event;
use eoi_model::system::{Refusal, System};
use indicatif::{ProgressBar, ProgressStyle};
use rayon::prelude::*;

use super::case::Case;
use super::select::{Selection, Shape};
use crate::error::CannotTell;
use crate::explore::graph::explore_telling;
use crate::explore::ratio::{Cycles, Ratio};
use crate::explore::reach;
use crate::explore::typical;
use crate::explore::verdict::{Verdict, verdicts};

/// What came of one case.
pub enum Outcome {
    /// No real system is like this.
    None(Refusal),
    /// It was searched.
    Checked(Box<Checked>),
}

/// What the search says.
pub struct Checked {
    /// The system.
    pub system: System,
    /// Its states.
    pub states: usize,
    /// Its transitions.
    pub transitions: usize,
    /// The events, by the labels of the verdicts.
    pub events: Vec<Event>,
    /// One a law.
    pub verdicts: Vec<Verdict>,
    /// Costs per served interrupt.
    pub costs: Costs,
}

/// Costs per served interrupt, by metric in the order of [`Metric::ALL`]. `None` is "no bound", or nothing served.
#[derive(Clone, Debug, Default)]
pub struct Costs {
    /// The cheapest round that goes on for ever.
    pub best: [Option<Ratio>; Metric::ALL.len()],
    /// The round in which nobody races.
    pub typical: [Option<Ratio>; Metric::ALL.len()],
    /// The dearest round.
    pub worst: [Option<Ratio>; Metric::ALL.len()],
}

impl Outcome {
    /// Whether a law is broken, or holds only because nothing ever happened.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        match self {
            Self::None(_) => false,
            Self::Checked(checked) => checked.is_broken(),
        }
    }

    /// What was found, if there was a system to search.
    #[must_use]
    pub fn checked(&self) -> Option<&Checked> {
        match self {
            Self::None(_) => None,
            Self::Checked(checked) => Some(checked),
        }
    }
}

impl Checked {
    /// Whether a law is broken. A system that never serves anything is broken as well.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.verdicts.iter().any(|verdict| !verdict.holds()) || !self.verdicts[0].sometimes
    }

    /// The events of a path of labels.
    pub fn path<'a>(&'a self, labels: &'a [u8]) -> impl Iterator<Item = Event> + 'a {
        labels.iter().map(|&label| self.events[label as usize])
    }
}

/// Checks every case of a selection, in its order.
///
/// # Errors
/// A single case that is refused, or one with more states than the limit.
pub fn check_all(selection: &Selection) -> Result<Vec<Outcome>> {
    let bar = progress(selection.cases.len() as u64);
    let outcomes: Result<Vec<Outcome>> = selection
        .cases
        .par_iter()
        .map(|case| {
            let outcome = check_telling(case, selection.limit, &|text| bar.set_message(text));
            bar.inc(1);
            outcome
        })
        .collect();
    bar.finish_and_clear();
    let outcomes = outcomes?;
    // Where fixes are compared, what counts is that they could be put in somewhere: the second of each pair.
    let (skip, step) = if selection.shape == Shape::Fix { (1, 2) } else { (0, 1) };
    let asked: Vec<(&Case, &Outcome)> = selection.cases.iter().zip(&outcomes).skip(skip).step_by(step).collect();
    match asked.first() {
        Some((case, Outcome::None(refusal)))
            if selection.share.is_none() && asked.iter().all(|(_, outcome)| outcome.checked().is_none()) =>
        {
            let others = if asked.len() > 1 { ", nor like the others asked for" } else { "" };
            bail!("no system is like {}{others}: {}; {}", case.title(), refusal.reason, refusal.instead)
        }
        _ => Ok(outcomes),
    }
}

fn progress(cases: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} configurations, {elapsed} {msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = ProgressBar::new(cases).with_style(style); // drawn on a terminal only
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// Checks one case.
///
/// # Errors
/// More states than `limit`.
pub fn check(case: &Case, limit: usize) -> Result<Outcome> {
    check_telling(case, limit, &|_| {})
}

/// Every law of one case, with the events that its labels stand for, and no costs, which take longer than the laws; `None`
/// where no real system is like this.
///
/// # Errors
/// More states than `limit`.
pub fn laws(case: &Case, limit: usize) -> Result<Option<(Vec<Verdict>, Vec<Event>)>> {
    let Ok(system) = case.system() else { return Ok(None) };
    let Ok(explored) = explore_telling(&system, limit, &|_| {}) else {
        return Err(too_many(case, &system, limit).into());
    };
    Ok(Some((verdicts(&explored.graph), explored.events)))
}

/// As [`check`]; says what it is at where that takes long.
fn check_telling(case: &Case, limit: usize, tell: &dyn Fn(String)) -> Result<Outcome> {
    let system = match case.system() {
        Ok(system) => system,
        Err(refusal) => return Ok(Outcome::None(refusal)),
    };
    let states = |states: usize| tell(format!("{}: {states} states", case.chip.name));
    let Ok(explored) = explore_telling(&system, limit, &states) else {
        return Err(too_many(case, &system, limit).into());
    };
    let graph = &explored.graph;
    if graph.len() > 1 << 16 {
        tell(format!("{}: laws and costs of {} states", case.chip.name, graph.len()));
    }
    Ok(Outcome::Checked(Box::new(Checked {
        system,
        states: graph.len(),
        transitions: graph.edges.len(),
        verdicts: verdicts(graph),
        costs: costs(&system, Cycles::new(graph).as_ref()),
        events: explored.events,
    })))
}

/// What can still be said of a system with more states than the limit. Two lines are searched for a stall without a
/// graph; the other laws need one.
fn too_many(case: &Case, system: &System, limit: usize) -> CannotTell {
    let says = system.has_two_lines().then(|| reach::stall(system, rayon::current_num_threads())).map(|reached| {
        reached.found.map_or_else(
            || format!(", of which the law stall holds in all {}", reached.states),
            |path| {
                let events: Vec<&str> = path.iter().map(|event| event.info().name).collect();
                format!(", of which the law stall is broken by {} events: {}", events.len(), events.join(" "))
            },
        )
    });
    let (title, says) = (case.title(), says.unwrap_or_default());
    CannotTell(format!(
        "{title} has more than {limit} states{says}; raise --limit to know of all laws (150 bytes a state)"
    ))
}

fn costs(system: &System, cycles: Option<&Cycles>) -> Costs {
    let run = typical::run(system);
    let mut costs = Costs::default();
    for metric in Metric::ALL {
        let index = metric as usize;
        if run.tally.served > 0 {
            costs.typical[index] = Some(Ratio::new(run.tally.sums[index], run.tally.served));
        }
        if let Some(cycles) = cycles {
            let bounds = cycles.bounds(metric);
            (costs.best[index], costs.worst[index]) = (Some(bounds.best), bounds.worst);
        }
    }
    costs
}
