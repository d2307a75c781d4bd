//! Cycles that break a law: in a strongly connected component, and fair to the participants.

use std::collections::VecDeque;

use crate::class::{Class, PARTICIPANTS};
use crate::graph::{Edge, Graph};
use crate::judgement::Counterexample;
use crate::scc::{Components, components};

/// The cycles that a law looks for.
pub(crate) struct Sought {
    /// Events that may be on the cycle.
    pub(crate) keep: fn(Class) -> bool,
    /// Events of which one has to be on it.
    pub(crate) wanted: fn(Class) -> bool,
    /// To whom the cycle has to be fair: the number, below [`PARTICIPANTS`], of who waits for this event to happen.
    pub(crate) waits: fn(Class) -> Option<u8>,
}

impl Sought {
    /// The first such cycle, by the number of the state in which the wanted event happens.
    pub(crate) fn first(&self, graph: &Graph) -> Option<Counterexample> {
        let keep = |_: u32, edge: Edge| (self.keep)(graph.class(edge));
        let inside = components(graph, keep);
        let mut judged = Vec::new();
        for (from, edge) in graph.edges() {
            let component = inside.of[from as usize];
            let wanted = (self.wanted)(graph.class(edge)) && keep(from, edge);
            if wanted && inside.inside(from, edge.to) && !judged.contains(&component) {
                judged.push(component);
                if self.is_fair(graph, &inside, component) {
                    return Some(self.lasso(graph, &inside, from, edge));
                }
            }
        }
        None
    }

    /// Whether everybody gets their turn on a tour of the whole component: they act inside, or are somewhere unable to.
    fn is_fair(&self, graph: &Graph, inside: &Components, component: u32) -> bool {
        const { assert!(PARTICIPANTS == u32::BITS as u8) };
        let bit = |class: Class| (self.waits)(class).map_or(0, |participant| 1u32 << participant);
        let (mut acts, mut rests) = (0u32, 0u32);
        for state in
            (0..graph.states() as u32).filter(|&state| inside.of[state as usize] == component)
        {
            let mut able = 0u32;
            for edge in graph.leaving(state) {
                let class = graph.class(edge);
                if class.is_system() {
                    able |= bit(class);
                }
                if (self.keep)(class) && inside.inside(state, edge.to) {
                    acts |= bit(class);
                }
            }
            rests |= !able;
        }
        acts | rests == u32::MAX
    }

    /// The path to `from`, the edge, and the shortest way back to `from` inside its component.
    fn lasso(&self, graph: &Graph, inside: &Components, from: u32, edge: Edge) -> Counterexample {
        let mut came: Vec<Option<(u32, u8)>> = vec![None; graph.states()];
        let mut queue = VecDeque::from([edge.to]);
        while let Some(state) = queue.pop_front() {
            if state == from {
                break;
            }
            let stays =
                |next: &Edge| (self.keep)(graph.class(*next)) && inside.inside(state, next.to);
            for next in graph.leaving(state).filter(stays) {
                if came[next.to as usize].is_none() && next.to != edge.to {
                    came[next.to as usize] = Some((state, next.label));
                    queue.push_back(next.to);
                }
            }
        }
        let (mut back, mut at) = (Vec::new(), from);
        while at != edge.to {
            let Some((before, label)) = came[at as usize] else {
                break;
            };
            back.push(label);
            at = before;
        }
        back.push(edge.label);
        back.reverse();
        let cycle = back.len();
        let mut labels = graph.path(from);
        labels.append(&mut back);
        Counterexample { labels, cycle }
    }
}
