//! The answer of one law about one graph.

use crate::class::{Class, Facts};
use crate::graph::Graph;
use crate::system::Label;

/// A sequence of labels from the initial state that breaks a law.
pub(crate) struct Counterexample {
    /// The labels.
    pub(crate) labels: Vec<Label>,
    /// How many of the last labels are a cycle; 0 for a law that is not about cycles.
    pub(crate) cycle: usize,
}

/// The answer.
pub(crate) struct Judgement {
    /// The shortest sequence that breaks the law, if one does.
    pub(crate) broken: Option<Counterexample>,
    /// The law could have been broken: the subject of the law does happen.
    pub(crate) sometimes: bool,
}

impl Judgement {
    /// The answer of a law that is broken in single states and tested in others.
    pub(crate) fn of_states(graph: &Graph, breaks: Facts, tests: Facts) -> Self {
        let broken = first_with(graph, breaks).map(|state| Counterexample {
            labels: graph.path(state),
            cycle: 0,
        });
        Self {
            broken,
            sometimes: first_with(graph, tests).is_some(),
        }
    }
}

/// The first state with a fact.
pub(crate) fn first_with(graph: &Graph, fact: Facts) -> Option<u32> {
    (0..graph.states() as u32).find(|&state| graph.facts(state).has(fact))
}

/// Whether a transition's state and class are `so`.
pub(crate) fn any_edge(graph: &Graph, so: impl Fn(u32, Class) -> bool) -> bool {
    graph
        .edges()
        .any(|(from, edge)| so(from, graph.class(edge)))
}
