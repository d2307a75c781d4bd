//! Checks configurations, on all cores, with progress.

use anyhow::{Result, bail};
use eoi_model::cost::Metric;
use eoi_model::event::Event;
use eoi_model::system::{Refusal, System};
use eoi_search::{Cycles, Law, Pairs, Ratio, Search, Verdicts, typical};
use rayon::prelude::*;

use super::configuration::Configuration;
use super::progress::Progress;
use super::searched::{Searched, explore};
use super::select::{Selection, Shape};
use crate::error::CannotTell;

/// The outcome of one configuration.
pub enum Outcome {
    /// No real system is like this.
    None(Refusal),
    /// It has more states than the limit: what can be said of it all the same.
    TooMany(String),
    /// It was searched.
    Checked(Box<Checked>),
}

/// The answer of the search.
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
    pub verdicts: Verdicts,
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
    /// The interrupts that are served while nobody races, before there is never another one. `None` if they go on.
    pub ends_after: Option<u64>,
}

impl Outcome {
    /// Whether a law is broken, or holds only because nothing ever happened.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        match self {
            Self::None(_) | Self::TooMany(_) => false,
            Self::Checked(checked) => checked.is_broken(),
        }
    }

    /// The answer, if there was a system to search.
    #[must_use]
    pub fn checked(&self) -> Option<&Checked> {
        match self {
            Self::None(_) | Self::TooMany(_) => None,
            Self::Checked(checked) => Some(checked),
        }
    }
}

impl Checked {
    /// Whether a law is broken. A system that never serves anything is broken as well.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        !self.verdicts.hold() || !self.serves()
    }

    /// Whether anything is ever served.
    #[must_use]
    pub const fn serves(&self) -> bool {
        self.verdicts.of(Law::Stall).sometimes
    }

    /// The events of a path of labels.
    pub fn path<'a>(&'a self, labels: &'a [u8]) -> impl Iterator<Item = Event> + 'a {
        labels.iter().map(|&label| self.events[label as usize])
    }
}

/// Checks every configuration of a selection, in its order.
///
/// # Errors
/// No configuration is like a real system.
pub fn check_all(selection: &Selection) -> Result<Vec<Outcome>> {
    let progress = Progress::new(selection.configurations.len() as u64);
    let check = |configuration| {
        let outcome = check_telling(configuration, selection.limit, &|text| progress.at(text));
        progress.done();
        outcome
    };
    let outcomes: Vec<Outcome> = selection.configurations.par_iter().map(check).collect();
    drop(progress);
    // Where fixes are compared, what counts is that they could be put in somewhere: the second of each pair.
    let (skip, step) = if selection.shape == Shape::Fix {
        (1, 2)
    } else {
        (0, 1)
    };
    let asked: Vec<(&Configuration, &Outcome)> = selection
        .configurations
        .iter()
        .zip(&outcomes)
        .skip(skip)
        .step_by(step)
        .collect();
    let refused = |(_, outcome): &(&Configuration, &Outcome)| matches!(outcome, Outcome::None(_));
    match asked.first() {
        Some((configuration, Outcome::None(refusal)))
            if selection.share.is_none() && asked.iter().all(refused) =>
        {
            let others = if asked.len() > 1 {
                ", nor like the others asked for"
            } else {
                ""
            };
            let instead = configuration.instead(refusal);
            bail!(
                "no system is like {}{others}: {}{instead}",
                configuration.title(),
                refusal.reason
            )
        }
        _ => Ok(outcomes),
    }
}

/// Checks one configuration.
///
/// # Errors
/// More states than `limit`.
pub fn check(configuration: &Configuration, limit: usize) -> Result<Outcome> {
    match check_telling(configuration, limit, &|_| {}) {
        Outcome::TooMany(says) => {
            Err(CannotTell(format!("{} has {says}", configuration.title())).into())
        }
        outcome => Ok(outcome),
    }
}

/// Every law of one configuration, with the events that its labels stand for, and no costs, which take longer than the laws; `None`
/// where no real system is like this.
///
/// # Errors
/// More states than `limit`.
pub fn laws(configuration: &Configuration, limit: usize) -> Result<Option<(Verdicts, Vec<Event>)>> {
    let Ok(system) = configuration.system() else {
        return Ok(None);
    };
    let Ok(explored) = explore(&system, limit) else {
        return Err(CannotTell(format!(
            "{} has {}",
            configuration.title(),
            too_many(&system, limit)
        ))
        .into());
    };
    Ok(Some((Verdicts::new(&explored.graph), explored.events)))
}

/// Like [`check`]; shows its progress.
fn check_telling(configuration: &Configuration, limit: usize, tell: &dyn Fn(String)) -> Outcome {
    let system = match configuration.system() {
        Ok(system) => system,
        Err(refusal) => return Outcome::None(refusal),
    };
    let title = configuration.title();
    tell(title.clone());
    let states = |states: usize| tell(format!("{title}: {states} states"));
    let searched = Searched::new(system);
    let search = Search::new().limit(limit).telling(&states);
    let Ok(eoi_search::Explored { graph, events, .. }) = search.graph(&searched) else {
        tell(format!("{title}: more than {limit} states"));
        return Outcome::TooMany(too_many(&system, limit));
    };
    if graph.states() > 1 << 16 {
        tell(format!(
            "{title}: laws and costs of {} states",
            graph.states()
        ));
    }
    Outcome::Checked(Box::new(Checked {
        system,
        states: graph.states(),
        transitions: graph.transitions(),
        verdicts: Verdicts::new(&graph),
        costs: costs(&system, Cycles::new(&graph).as_ref()),
        events,
    }))
}

/// The answer that is left for a system with more states than the limit. Two lines are searched for a stall without a
/// graph; the other laws need one.
fn too_many(system: &System, limit: usize) -> String {
    let says = if system.has_two_lines() {
        stall_of_two_lines(system)
    } else {
        String::new()
    };
    format!("more than {limit} states{says}; raise --limit to know of all laws (150 bytes a state)")
}

fn stall_of_two_lines(system: &System) -> String {
    let system = Searched::new(*system);
    let pairs = match Pairs::new(&system) {
        Ok(pairs) => pairs,
        Err(refusal) => return format!(" (and cannot be searched as two lines: {refusal})"),
    };
    let reach = pairs.reach();
    let states = reach.states();
    reach.stall().map_or_else(
        || format!(", of which the law stall holds in all {states}"),
        |path| {
            let events: Vec<&str> = path.iter().map(|event| event.info().name).collect();
            format!(
                ", of which the law stall is broken by {} events: {}",
                events.len(),
                events.join(" ")
            )
        },
    )
}

fn costs(system: &System, cycles: Option<&Cycles>) -> Costs {
    let mut costs = Costs::default();
    let typical = typical(&Searched::new(*system));
    costs.ends_after = typical.ends_after;
    for metric in Metric::ALL {
        let index = metric as usize;
        costs.typical[index] = typical.round.as_ref().map(|ratios| ratios[index]);
        if let Some(cycles) = cycles {
            let bounds = cycles.bounds(index);
            (costs.best[index], costs.worst[index]) = (Some(bounds.best), bounds.worst);
        }
    }
    costs
}
