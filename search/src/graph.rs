//! The graph of all reachable states.

use crate::class::{Class, Facts};
use crate::system::Label;

/// One transition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    /// The state that it leads to.
    pub to: u32,
    /// Its row in the table of costs.
    pub(crate) cost: u16,
    /// The label of its event.
    pub label: Label,
}

/// The way to a state.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parent {
    /// The state before it; its own number for the initial one.
    pub(crate) from: u32,
    /// The label that led here.
    pub(crate) label: Label,
}

/// All reachable states, numbered in the order in which they were found, and all transitions between them.
#[derive(Default)]
pub struct Graph {
    pub(crate) facts: Vec<Facts>,
    pub(crate) parents: Vec<Parent>,
    /// `edges[offsets[s]..offsets[s + 1]]` leave state `s`.
    pub(crate) offsets: Vec<u32>,
    /// In the order of their source and then of their label.
    pub(crate) edges: Vec<Edge>,
    pub(crate) classes: Vec<Class>,
    /// The different costs of steps, a row of `metrics` counts each.
    pub(crate) costs: Vec<u32>,
    pub(crate) metrics: usize,
}

impl Graph {
    /// The number of states.
    #[must_use]
    pub fn states(&self) -> usize {
        self.facts.len()
    }

    /// The number of transitions.
    #[must_use]
    pub fn transitions(&self) -> usize {
        self.edges.len()
    }

    /// The transitions that leave a state, in the order of their labels.
    pub fn leaving(&self, state: u32) -> impl Iterator<Item = Edge> {
        self.edges[self.range(state)].iter().copied()
    }

    /// Every transition with the state that it leaves, in the order of states and labels.
    pub fn edges(&self) -> impl Iterator<Item = (u32, Edge)> {
        (0..self.states() as u32)
            .flat_map(|state| self.leaving(state).map(move |edge| (state, edge)))
    }

    /// The facts about a state.
    #[must_use]
    pub fn facts(&self, state: u32) -> Facts {
        self.facts[state as usize]
    }

    /// The class of a transition's event.
    #[must_use]
    pub fn class(&self, edge: Edge) -> Class {
        self.classes[usize::from(edge.label)]
    }

    /// How many metrics are counted.
    #[must_use]
    pub fn metrics(&self) -> usize {
        self.metrics
    }

    /// How often a transition counts a metric, which is below [`Graph::metrics`].
    #[must_use]
    pub fn cost(&self, edge: Edge, metric: usize) -> u32 {
        self.costs[usize::from(edge.cost) * self.metrics + metric]
    }

    /// The labels of a shortest path to a state.
    #[must_use]
    pub fn path(&self, mut state: u32) -> Vec<Label> {
        let mut labels = Vec::new();
        while self.parents[state as usize].from != state {
            labels.push(self.parents[state as usize].label);
            state = self.parents[state as usize].from;
        }
        labels.reverse();
        labels
    }

    /// The places in `edges` of the transitions that leave a state.
    pub(crate) fn range(&self, state: u32) -> std::ops::Range<usize> {
        let state = state as usize;
        self.offsets[state] as usize..self.offsets[state + 1] as usize
    }
}
