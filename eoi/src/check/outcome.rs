//! Checks configurations, on all cores, with progress.

use anyhow::{Result, bail};
use eoi_model::cost::Metric;
use eoi_model::event::Event;
use eoi_model::system::{Refusal, System};
use eoi_search::{Cycles, Law, Pairs, Ratio, Search, TransitionSystem, Verdicts, Whole, typical};
use rayon::prelude::*;

use super::configuration::Configuration;
use super::progress::Progress;
use super::searched::Searched;
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

/// The laws of a system.
pub struct Laws {
    /// Its states.
    pub states: u64,
    /// One a law.
    pub verdicts: Verdicts,
    /// The events, by the labels of the verdicts.
    pub events: Vec<Event>,
}

impl Laws {
    /// Whether every law holds. One does not of a system that never serves anything.
    #[must_use]
    pub fn hold(&self) -> bool {
        self.verdicts.hold() && self.verdicts.of(Law::Stall).sometimes
    }
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

/// Every law of one configuration, and no costs, which take longer than the laws; `None` where no real system is like this.
///
/// # Errors
/// More states than `limit`.
pub fn laws(configuration: &Configuration, limit: usize) -> Result<Option<Laws>> {
    let Ok(system) = configuration.system() else {
        return Ok(None);
    };
    let searched = Searched::new(system);
    let graph = || {
        let explored = Search::new().limit(limit).graph(&searched);
        let graph = explored.map_err(|_| too_many(limit))?.graph;
        Ok((graph.states() as u64, Verdicts::new(&graph)))
    };
    let found = match by_lines(&searched, &system, limit) {
        Ok(Some(whole)) => Ok((whole.states, whole.verdicts)),
        Ok(None) => graph(),
        Err(says) => Err(says),
    };
    let (states, verdicts) =
        found.map_err(|says| CannotTell(format!("{} has {says}", configuration.title())))?;
    Ok(Some(Laws {
        states,
        verdicts,
        events: searched.events(),
    }))
}

/// Like [`check`]; shows its progress.
fn check_telling(configuration: &Configuration, limit: usize, tell: &dyn Fn(String)) -> Outcome {
    let system = match configuration.system() {
        Ok(system) => system,
        Err(refusal) => return Outcome::None(refusal),
    };
    let title = configuration.title();
    tell(title.clone());
    let say = |what: &str| tell(format!("{title}: {what}"));
    let searched = Searched::new(system);
    let found = match by_lines(&searched, &system, limit) {
        Ok(None) => by_graph(&searched, limit, &say).ok_or_else(|| too_many(limit)),
        Ok(Some(whole)) => Ok(whole),
        Err(says) => Err(says),
    };
    let whole = match found {
        Ok(whole) => whole,
        Err(says) => return Outcome::TooMany(says),
    };
    Outcome::Checked(Box::new(Checked {
        system,
        states: whole.states as usize,
        transitions: whole.transitions as usize,
        verdicts: whole.verdicts,
        costs: costs(&system, whole.cycles.as_ref()),
        events: searched.events(),
    }))
}

/// Pairs of states of two lines that take as much memory as a state of a graph.
const PAIRS_OF_A_STATE: u64 = 128;

/// Pairs of states of two lines that are searched whatever the limit: a gigabyte and a half.
const PAIRS: u64 = 1 << 31;

/// All laws and costs of two lines, without a graph; `None` where only the graph can tell.
///
/// # Errors
/// What is left to say where the two lines have more pairs of states than are searched.
fn by_lines(searched: &Searched, system: &System, limit: usize) -> Result<Option<Whole>, String> {
    if !system.has_two_lines() {
        return Ok(None);
    }
    let lines = match Pairs::new(searched) {
        Ok(lines) => lines,
        Err(eoi_search::Refusal::TooMany) => return Ok(None),
        Err(refusal) => {
            return Err(format!(
                "two lines that meet where they must not: {refusal}"
            ));
        }
    };
    let pairs = lines.pairs();
    if pairs > PAIRS.max(PAIRS_OF_A_STATE.saturating_mul(limit as u64)) {
        let limit = pairs.div_ceil(PAIRS_OF_A_STATE);
        return Err(format!(
            "{pairs} pairs of states of its two lines; take --limit {limit} to know of its laws (a byte a pair)"
        ));
    }
    Ok(lines.whole())
}

/// All laws and costs by the graph; `None` if it has more states than the limit.
fn by_graph(searched: &Searched, limit: usize, say: &dyn Fn(&str)) -> Option<Whole> {
    let states = |states| say(&format!("{states} states"));
    let explored = Search::new().limit(limit).telling(&states).graph(searched);
    let graph = explored.ok()?.graph;
    if graph.states() > MANY {
        say(&format!("laws and costs of {} states", graph.states()));
    }
    Some(Whole {
        states: graph.states() as u64,
        transitions: graph.transitions() as u64,
        verdicts: Verdicts::new(&graph),
        cycles: Cycles::new(&graph),
    })
}

/// States of which laws and costs take so long that the progress says so.
const MANY: usize = 1 << 16;

/// The answer that is left for a system with more states than the limit.
fn too_many(limit: usize) -> String {
    format!("more than {limit} states; raise --limit to know of its laws (100 bytes a state)")
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
