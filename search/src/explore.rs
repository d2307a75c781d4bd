//! Exploration: the graph of all that a system can reach, breadth first.

use std::fmt;

use rustc_hash::FxHashMap;

use crate::graph::{Edge, Graph, Parent};
use crate::index::Index;
use crate::system::{Cost, Label, TransitionSystem};

/// A system's graph, with the system's own names for states and labels.
pub struct Explored<S, E> {
    /// The graph.
    pub graph: Graph,
    /// The states, by number; 0 is the initial one.
    pub states: Vec<S>,
    /// The events, by label.
    pub events: Vec<E>,
}

/// The system has more states than the search was to keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooManyStates {
    /// It has more than this many.
    pub limit: usize,
}

impl fmt::Display for TooManyStates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "more than {} states", self.limit)
    }
}

impl std::error::Error for TooManyStates {}

/// States between two calls of `tell`.
const TELL: usize = 1 << 16;

/// Explores all that a system can reach. States are compared, never their hashes; they are numbered in the order in
/// which they are found, those of a state's successors in the order of labels. `tell` is called now and then with the
/// number of states that have been looked at.
///
/// # Errors
/// [`TooManyStates`] if the system has more than `limit` states, or more than 2^32 - 1 states or transitions.
///
/// # Panics
/// If the system has more than 256 events, or steps of more than 65,536 different costs.
pub fn explore<T: TransitionSystem>(
    system: &T,
    limit: usize,
    tell: &dyn Fn(usize),
) -> Result<Explored<T::State, T::Event>, TooManyStates> {
    let limit = limit.min(Index::MOST - usize::from(Label::MAX) - 1);
    let events = system.events();
    assert!(events.len() <= 1 << Label::BITS, "more than 256 events");
    let classes = events.iter().map(|&event| system.class(event)).collect();
    let mut graph = Graph {
        classes,
        metrics: T::Cost::METRICS,
        ..Graph::default()
    };
    let (mut index, mut states, mut costs) = (Index::default(), Vec::new(), Costs::default());
    index.intern(&mut states, system.initial());
    graph.parents.push(Parent { from: 0, label: 0 });
    let mut next = 0;
    while next < states.len() {
        let state = states[next];
        graph.facts.push(system.facts(state));
        graph.offsets.push(graph.edges.len() as u32);
        system.successors(state, &events, |label, to, cost| {
            let to = index.intern(&mut states, to);
            if to as usize == graph.parents.len() {
                graph.parents.push(Parent {
                    from: next as u32,
                    label,
                });
            }
            graph.edges.push(Edge {
                to,
                label,
                cost: costs.row(cost),
            });
        });
        next += 1;
        if next % TELL == 0 {
            tell(next);
        }
        if states.len() > limit {
            return Err(TooManyStates { limit });
        }
        if graph.edges.len() > u32::MAX as usize {
            return Err(TooManyStates {
                limit: states.len() - 1,
            });
        }
    }
    graph.offsets.push(graph.edges.len() as u32);
    graph.costs = costs.table();
    Ok(Explored {
        graph,
        states,
        events,
    })
}

/// The different costs that steps have had so far.
struct Costs<C> {
    rows: FxHashMap<C, u16>,
    order: Vec<C>,
}

impl<C> Default for Costs<C> {
    fn default() -> Self {
        Self {
            rows: FxHashMap::default(),
            order: Vec::new(),
        }
    }
}

impl<C: Cost> Costs<C> {
    fn row(&mut self, cost: C) -> u16 {
        *self.rows.entry(cost).or_insert_with(|| {
            let row = u16::try_from(self.order.len()).expect("at most 65,536 different costs");
            self.order.push(cost);
            row
        })
    }

    fn table(&self) -> Vec<u32> {
        self.order
            .iter()
            .flat_map(|cost| (0..C::METRICS).map(|metric| cost.count(metric)))
            .collect()
    }
}
