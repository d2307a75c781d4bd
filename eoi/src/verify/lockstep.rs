//! Lock step: from the same beginning, model and C take every step that either of them can take.
//!
//! A pair of states is equal if both refuse the same events, and every step that they take touches the same registers in the
//! same order and leaves the same fields. The pairs are walked by breadth, so that the first difference has the shortest
//! way to it.

use std::collections::{BTreeSet, HashMap};

use anyhow::{Context, Result};
use eoi_model::cost::Metric;
use eoi_model::event::Event;
use eoi_model::fields::Value;
use eoi_model::log::Log;
use eoi_model::state::State;
use eoi_model::system::System;
use rustc_hash::FxHashMap;

use super::answer::{self, Expansion, Step};
use super::program::Program;
use crate::error::{CannotTell, cannot_tell};
use crate::terminal::shown;

/// Pairs that are walked at most; the largest known row has a few thousand.
const PAIRS: usize = 1_000_000;

/// The result of one row.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// States of the model.
    pub states: usize,
    /// States of the C, with every byte that it has: several may look the same to the model, and several of the model's to it.
    pub c_states: usize,
    /// Pairs of them.
    pub pairs: usize,
    /// Steps of pairs.
    pub edges: usize,
    /// Steps of pairs that differ.
    pub differing: usize,
    /// The first one that differs.
    pub first: Option<Different>,
    /// The C's WARN, BUG and messages, each once.
    pub findings: Vec<String>,
    /// The events of the model that the C does not have, and the fields that vary and that it does not show.
    pub not_compared: Vec<&'static str>,
    /// The functions that the model says are called.
    pub calls: BTreeSet<&'static str>,
}

/// A step that tells the two apart.
#[derive(Clone, Debug)]
pub struct Different {
    /// The events before it, from the beginning.
    pub before: Vec<&'static str>,
    /// The event.
    pub event: &'static str,
    /// The difference, in a few words.
    pub how: Vec<String>,
    /// The functions that the model says are called.
    pub model_calls: Vec<String>,
    /// The kernel's functions that ran.
    pub c_calls: Vec<String>,
}

/// A pair of states, and how it was reached.
struct Pair {
    model: State,
    c: usize,
    from: Option<(usize, Event)>,
}

/// The walk so far.
struct Walk<'a> {
    system: &'a System,
    program: &'a mut Program,
    /// The C's states by their numbers.
    c_states: Vec<answer::State>,
    expanded: HashMap<usize, Expansion>,
    pairs: Vec<Pair>,
    numbers: FxHashMap<(State, usize), usize>,
    outcome: Outcome,
}

/// Compares the two. The tables of the hardware have been handed over.
///
/// # Errors
/// ([`CannotTell`]) The program fails, or there are more pairs than are walked.
pub fn compare(system: &System, program: &mut Program, known: &[String]) -> Result<Outcome> {
    let (events, others): (Vec<Event>, Vec<Event>) = system
        .events()
        .partition(|event| known.iter().any(|name| name == event.info().name));
    let first = program.begin()?;
    let mut walk = Walk {
        system,
        program,
        c_states: vec![first],
        expanded: HashMap::new(),
        pairs: Vec::new(),
        numbers: FxHashMap::default(),
        outcome: Outcome::default(),
    };
    let initial = system.initial();
    let differ = walk.fields(initial, 0);
    if !differ.is_empty() {
        return Err(CannotTell(format!(
            "model and C differ before anything happens: {}",
            differ.join(", ")
        ))
        .into());
    }
    walk.meet(initial, 0, None);
    // Events of the C that this system does not have: the model refuses them.
    let foreign: Vec<Event> = known
        .iter()
        .filter_map(|name| Event::by_name(name))
        .filter(|event| !events.contains(event))
        .collect();
    let mut at = 0;
    while at < walk.pairs.len() {
        walk.visit(at, &events, &foreign)?;
        at += 1;
    }
    walk.outcome.not_compared = others.iter().map(|event| event.info().name).collect();
    Ok(walk.done())
}

impl Walk<'_> {
    fn meet(&mut self, model: State, c: usize, from: Option<(usize, Event)>) {
        let next = self.pairs.len();
        if *self.numbers.entry((model, c)).or_insert(next) == next {
            self.pairs.push(Pair { model, c, from });
        }
    }

    /// Compares every step of a pair.
    fn visit(&mut self, at: usize, events: &[Event], foreign: &[Event]) -> Result<()> {
        let Pair { model, c, .. } = self.pairs[at];
        if at >= PAIRS {
            return Err(CannotTell(format!("there are more than {PAIRS} pairs of states")).into());
        }
        self.expand(c)?;
        for &event in events.iter().chain(foreign) {
            let name = event.info().name;
            let model_step = if foreign.contains(&event) {
                None
            } else {
                self.system.step_logged(model, event)
            };
            let c_step = self.expanded[&c].step(name).cloned();
            let how = match (&model_step, &c_step) {
                (None, None) => continue,
                (Some(_), None) => vec!["the model takes this step, the C cannot".to_string()],
                (None, Some(_)) => vec!["the C takes this step, the model cannot".to_string()],
                (Some((next, log)), Some(step)) => self.unlike(*next, log, step),
            };
            self.outcome.edges += 1;
            if let Some((_, log)) = &model_step {
                self.outcome.calls.extend(log.calls());
            }
            if let (true, Some((next, _)), Some(step)) = (how.is_empty(), model_step, c_step) {
                self.meet(next, step.to, Some((at, event)));
                continue;
            }
            self.outcome.differing += 1;
            if self.outcome.first.is_none() {
                self.outcome.first = Some(self.different(at, event, how)?);
            }
        }
        Ok(())
    }

    /// Asks for the steps of a state of the C, once.
    fn expand(&mut self, c: usize) -> Result<()> {
        if self.expanded.contains_key(&c) {
            return Ok(());
        }
        let expansion = self.program.expand(c)?;
        for step in &expansion.steps {
            if let Some(new) = &step.new {
                if step.to != self.c_states.len() {
                    return Err(CannotTell("the C's states are not in order".into()).into());
                }
                self.c_states.push(new.clone());
            }
            if step.to >= self.c_states.len() {
                return Err(CannotTell("the C names a state that is not there".into()).into());
            }
            for finding in &step.findings {
                if !self.outcome.findings.contains(finding) {
                    self.outcome.findings.push(finding.clone());
                }
            }
        }
        self.expanded.insert(c, expansion);
        Ok(())
    }

    /// How the two steps differ; nothing if they do not.
    fn unlike(&self, next: State, log: &Log, step: &Step) -> Vec<String> {
        let mut how = self.fields(next, step.to);
        let named = |metric: Metric, name: &str| {
            is_compared(metric).then(|| format!("{} {name}", metric.name()))
        };
        let model: Vec<_> = log
            .operations()
            .iter()
            .filter_map(|one| named(one.metric, one.name))
            .collect();
        let c: Vec<_> = step
            .operations
            .iter()
            .filter_map(|one| named(one.metric, &one.name))
            .collect();
        if model != c {
            how.push(format!(
                "the model does {}, the C {}",
                listed(&model),
                listed(&c)
            ));
        }
        how.extend(
            step.findings
                .iter()
                .map(|text| format!("the C says: {text}")),
        );
        how
    }

    /// The fields in which a state of the model and one of the C differ.
    fn fields(&self, model: State, c: usize) -> Vec<String> {
        let state = &self.c_states[c];
        let mut how = Vec::new();
        for field in self.system.fields(model, 0) {
            let (model, Some(c)) = (plain(&field.value), state.fields.get(field.name)) else {
                continue;
            };
            if model != *c {
                how.push(format!(
                    "{} is {model} in the model, {c} in the C",
                    field.name
                ));
            }
        }
        if let Some(place) = &state.waits {
            how.push(format!(
                "the C waits for {place}, which is no step of the model"
            ));
        }
        how
    }

    fn different(&mut self, at: usize, event: Event, how: Vec<String>) -> Result<Different> {
        let mut before = Vec::new();
        let mut from = self.pairs[at].from;
        while let Some((pair, event)) = from {
            before.push(event.info().name);
            from = self.pairs[pair].from;
        }
        before.reverse();
        let name = event.info().name;
        let log = self.system.step_logged(self.pairs[at].model, event);
        let told = if self.expanded[&self.pairs[at].c].step(name).is_some() {
            self.program.tell(self.pairs[at].c, name)?
        } else {
            answer::Told::default()
        };
        let calls = |(_, log): (State, Log)| log.calls().iter().map(ToString::to_string).collect();
        Ok(Different {
            before,
            event: name,
            how,
            model_calls: log.map(calls).unwrap_or_default(),
            c_calls: told.calls,
        })
    }

    fn done(self) -> Outcome {
        let mut models: Vec<State> = self.pairs.iter().map(|pair| pair.model).collect();
        models.sort_unstable();
        models.dedup();
        let mut not_compared = self.outcome.not_compared;
        not_compared.extend(unseen(self.system, &models, &self.c_states[0]));
        Outcome {
            states: models.len(),
            c_states: self.expanded.len(),
            pairs: self.pairs.len(),
            not_compared,
            ..self.outcome
        }
    }
}

/// The model's fields that vary, and that the C does not show.
fn unseen(system: &System, models: &[State], c: &answer::State) -> Vec<&'static str> {
    let mut fields = Vec::new();
    for &model in models {
        for (field, _) in system.changes(system.initial(), model, 0) {
            if !c.fields.contains_key(field.name) && !fields.contains(&field.name) {
                fields.push(field.name);
            }
        }
    }
    fields
}

/// Whether both sides name these. The model counts a read and a write of configuration space where the kernel reads twice.
const fn is_compared(metric: Metric) -> bool {
    matches!(
        metric,
        Metric::ChipReads
            | Metric::ChipWrites
            | Metric::FirmwareCalls
            | Metric::ConfigWrites
            | Metric::EventfdSignals
    )
}

fn listed(all: &[String]) -> String {
    if all.is_empty() {
        "nothing".to_string()
    } else {
        all.join(", ")
    }
}

/// A value as the C writes it.
fn plain(value: &Value) -> String {
    match value {
        Value::Flag(on) => u8::from(*on).to_string(),
        Value::Number(number) | Value::Bits(number, _) => number.to_string(),
        Value::Word(word) => word.name.to_string(),
        Value::Actions(actions) => format!("{actions:?}"),
    }
}

/// Runs a row with the program in this file: hands the tables over and compares.
///
/// # Errors
/// Those of [`compare`], and a program with another driver.
pub fn run(
    system: &System,
    driver: &str,
    requests: &[String],
    file: &std::path::Path,
) -> Result<Outcome> {
    let mut program = Program::start(file).map_err(|error| cannot_tell(&error))?;
    let greeting = program.greet()?;
    if greeting.chip != driver {
        let has = &greeting.chip;
        return Err(CannotTell(format!(
            "the program has the driver '{}', and not '{driver}'",
            shown(has)
        ))
        .into());
    }
    for request in requests {
        program.ask(request)?;
    }
    compare(system, &mut program, &greeting.events).context("comparing the C with the model")
}

#[cfg(test)]
mod tests;
