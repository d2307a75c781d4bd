//! A configuration as an automaton: every state that a program on vfio-pci's ABI can reach, and what each step from it
//! shows in a recording.

use std::collections::BTreeSet;

use anyhow::Result;
use eoi_model::cost::Metric;
use eoi_model::event::{Event, Kind};
use eoi_model::state::State;
use eoi_model::system::System;

use super::calls::Calls;
use super::explore::explore;
use super::words::Words;
use crate::check::configuration::Configuration;
use crate::error::CannotTell;

/// Whether steps of this kind belong to a life without setting up and tearing down.
#[must_use]
pub fn goes_on(kind: Kind) -> bool {
    kind != Kind::Control
}

/// One transition.
#[derive(Clone, Copy)]
pub struct Step {
    /// The state it leads to.
    pub to: u32,
    /// The calls of it that the recording shows.
    pub calls: Calls,
    /// It happens in interrupt context.
    pub irq: bool,
    /// The event that happens.
    pub event: Event,
}

/// An explored configuration.
pub struct Automaton {
    /// Which one.
    pub configuration: Configuration,
    /// The system.
    pub system: System,
    /// The states; 0 is the one in which INTx is not set up.
    pub states: Vec<State>,
    steps: Vec<Step>,
    offsets: Vec<u32>,
    alive: Vec<bool>,
}

impl Automaton {
    /// Explores a configuration. `shown` are the names that occur in the recording, `hidden` those that it cannot show.
    ///
    /// # Errors
    /// [`CannotTell`] if it has more states than are kept.
    pub fn explore(
        configuration: &Configuration,
        words: &Words,
        shown: &BTreeSet<&str>,
        hidden: &BTreeSet<&str>,
    ) -> Result<Self> {
        let chip = configuration.chip.name;
        let system = configuration
            .system()
            .map_err(|refusal| anyhow::anyhow!(refusal.reason))?;
        let explored = explore(&system).map_err(|too_many| {
            CannotTell(format!("{chip} has {too_many}; leave it out with --chip"))
        })?;
        let observable = |name: &str| {
            shown.contains(name) || (words.essential(chip, name) && !hidden.contains(name))
        };
        let visible = |calls: &[&'static str]| {
            let mut numbers = calls
                .iter()
                .filter(|name| observable(name))
                .filter_map(|name| words.number(name));
            numbers
                .try_fold(Calls::NONE, Calls::push)
                .expect("a step makes 16 calls at most")
        };
        let mut automaton = Self {
            configuration: configuration.clone(),
            system,
            alive: Vec::new(),
            steps: Vec::with_capacity(explored.graph.transitions()),
            offsets: vec![0],
            states: explored.states,
        };
        let mut alive = vec![false; automaton.states.len()];
        let mut back = vec![Vec::new(); automaton.states.len()];
        for (from, &state) in automaton.states.iter().enumerate() {
            for edge in explored.graph.leaving(from as u32) {
                let event = explored.events[edge.label as usize];
                let log = system
                    .step_logged(state, event)
                    .map(|(_, log)| log)
                    .unwrap_or_default();
                let irq = event.info().kind == Kind::Host;
                automaton.steps.push(Step {
                    to: edge.to,
                    calls: visible(log.calls()),
                    irq,
                    event,
                });
                if goes_on(event.info().kind) {
                    back[edge.to as usize].push(from as u32);
                    alive[from] |= log.cost.get(Metric::EventfdSignals) > 0;
                }
            }
            automaton.offsets.push(automaton.steps.len() as u32);
        }
        spread(&mut alive, &back);
        automaton.alive = alive;
        Ok(automaton)
    }

    /// The transitions that leave a state, with their numbers.
    pub fn leaving(&self, state: u32) -> impl Iterator<Item = (u32, &Step)> {
        let numbers = self.offsets[state as usize]..self.offsets[state as usize + 1];
        numbers
            .clone()
            .zip(&self.steps[numbers.start as usize..numbers.end as usize])
    }

    /// The transition with this number.
    #[must_use]
    pub fn step(&self, number: u32) -> &Step {
        &self.steps[number as usize]
    }

    /// Whether INTx is set up in some of these states, and in none of those anything but setting it up again leads to
    /// another signal. An unseen teardown does not count: the recording shows when INTx is set up again.
    #[must_use]
    pub fn is_dead(&self, states: &BTreeSet<u32>) -> bool {
        let set_up = |&&state: &&u32| {
            let half = self.states[state as usize].halves()[0];
            half.is_intx() && half.started()
        };
        let mut set_up = states.iter().filter(set_up).peekable();
        set_up.peek().is_some() && set_up.all(|&state| !self.alive[state as usize])
    }
}

/// Marks whatever leads to a marked state.
pub fn spread(marked: &mut [bool], back: &[Vec<u32>]) {
    let mut todo: Vec<u32> = (0..marked.len() as u32)
        .filter(|&state| marked[state as usize])
        .collect();
    while let Some(state) = todo.pop() {
        for &from in &back[state as usize] {
            if !std::mem::replace(&mut marked[from as usize], true) {
                todo.push(from);
            }
        }
    }
}
