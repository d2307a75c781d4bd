//! The graph of all reachable states.

use crate::class::{Class, Facts};
use crate::system::Label;

/// One transition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    /// The state that it leads to.
    pub to: u32,
    /// Its kind: the row of its cost.
    pub(crate) kind: u16,
    /// The label of its event.
    pub label: Label,
}

/// States whose transitions have one entry in [`Graph::known`].
pub(crate) const TOGETHER: usize = 256;

/// All reachable states, numbered in the order in which they were found, and all transitions between them. Six bytes a
/// transition, and five a state.
#[derive(Default)]
pub struct Graph {
    pub(crate) facts: Vec<Facts>,
    /// `offsets[s]..offsets[s + 1]` are the transitions that leave state `s`.
    pub(crate) offsets: Vec<u32>,
    /// The state that each transition leads to, in the order of their source and then of their label.
    pub(crate) to: Vec<u32>,
    /// The kind of each transition.
    pub(crate) kinds: Vec<u16>,
    /// The label of each kind.
    pub(crate) labels: Vec<Label>,
    /// The class of each kind.
    pub(crate) classes: Vec<Class>,
    /// The counts of each kind, a row of `metrics` each.
    pub(crate) costs: Vec<u32>,
    pub(crate) metrics: usize,
    /// How many states were known before the transitions of state 0, of state 256, and so on: a state is first met at the
    /// transition that leads to it when all those of lower numbers are known.
    pub(crate) known: Vec<u32>,
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
        self.to.len()
    }

    /// The transitions that leave a state, in the order of their labels.
    pub fn leaving(&self, state: u32) -> impl Iterator<Item = Edge> {
        self.range(state).map(|at| self.edge(at))
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
        self.classes[usize::from(edge.kind)]
    }

    /// How many metrics are counted.
    #[must_use]
    pub fn metrics(&self) -> usize {
        self.metrics
    }

    /// How often a transition counts a metric, which is below [`Graph::metrics`].
    #[must_use]
    pub fn cost(&self, edge: Edge, metric: usize) -> u32 {
        self.costs[usize::from(edge.kind) * self.metrics + metric]
    }

    /// The labels of a shortest path to a state.
    #[must_use]
    pub fn path(&self, mut state: u32) -> Vec<Label> {
        let mut labels = Vec::new();
        while state > 0 {
            let (before, label) = self.before(state);
            labels.push(label);
            state = before;
        }
        labels.reverse();
        labels
    }

    /// The state and the label by which a state other than the initial one was first met.
    fn before(&self, state: u32) -> (u32, Label) {
        let block = self.known.partition_point(|&known| known <= state) - 1;
        for from in (block * TOGETHER) as u32..state {
            for edge in self.leaving(from) {
                if edge.to == state {
                    return (from, edge.label);
                }
            }
        }
        unreachable!(
            "every state but the initial one is first met by a transition from a state before it"
        )
    }

    /// The transition at a place in the order of all.
    #[inline(always)]
    pub(crate) fn edge(&self, at: usize) -> Edge {
        let kind = self.kinds[at];
        Edge {
            to: self.to[at],
            kind,
            label: self.labels[usize::from(kind)],
        }
    }

    /// The places of the transitions that leave a state.
    #[inline(always)]
    pub(crate) fn range(&self, state: u32) -> std::ops::Range<usize> {
        let state = state as usize;
        self.offsets[state] as usize..self.offsets[state + 1] as usize
    }

    /// For each kind whether its class is `so`.
    pub(crate) fn kinds_where(&self, so: impl Fn(Class) -> bool) -> Vec<bool> {
        self.classes.iter().map(|&class| so(class)).collect()
    }
}
