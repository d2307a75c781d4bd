//! Cycles that break a law: in a strongly connected component, and fair to the participants.

use std::collections::VecDeque;

use crate::class::{Class, Facts, PARTICIPANTS};
use crate::graph::{Edge, Graph};
use crate::judgement::Counterexample;
use crate::part::Part;
use crate::scc::components;
use crate::set::Set;

/// The cycles that a law looks for.
pub(crate) struct Sought {
    /// The facts that every state of the cycle has to have.
    pub(crate) within: fn(Facts) -> bool,
    /// Events that may be on the cycle.
    pub(crate) keep: fn(Class) -> bool,
    /// Events of which one has to be on it.
    pub(crate) wanted: fn(Class) -> bool,
    /// To whom the cycle has to be fair: the number, below [`PARTICIPANTS`], of who waits for this event to happen.
    pub(crate) waits: fn(Class) -> Option<u8>,
}

/// The kept transitions on cycles, and their components.
struct Inside<'a> {
    graph: &'a Graph,
    keep: Vec<bool>,
    part: Part,
    of: Vec<u32>,
}

impl<'a> Inside<'a> {
    fn new(graph: &'a Graph, sought: &Sought) -> Self {
        let keep = graph.kinds_where(sought.keep);
        let mut states = Set::all(graph.states());
        states.sweep(|_, state| !(sought.within)(graph.facts(state)));
        let part = Part::with_cycles(graph, states, &keep);
        let of = components(&part.offsets, &part.to).of;
        Self {
            graph,
            keep,
            part,
            of,
        }
    }

    /// The place that a transition leads to, if it is kept and stays in the component of the place that it leaves.
    fn stays(&self, place: u32, edge: Edge) -> Option<u32> {
        let to = self
            .part
            .place(edge.to)
            .filter(|_| self.keep[usize::from(edge.kind)])?;
        (self.of[place as usize] == self.of[to as usize]).then_some(to)
    }
}

impl Sought {
    /// The first such cycle, by the number of the state in which the wanted event happens.
    pub(crate) fn first(&self, graph: &Graph) -> Option<Counterexample> {
        if !graph.classes.iter().any(|&class| (self.wanted)(class)) {
            return None;
        }
        let inside = Inside::new(graph, self);
        let fair = self.fair(&inside);
        let fair = |place: u32| fair[inside.of[place as usize] as usize];
        let (place, edge) = self.wanted(&inside).find(|&(place, _)| fair(place))?;
        Some(lasso(&inside, place, edge))
    }

    /// The first such cycle whether it is fair or not, and whether it is.
    pub(crate) fn first_fair_or_not(&self, graph: &Graph) -> Option<(Counterexample, bool)> {
        let inside = Inside::new(graph, self);
        let (place, edge) = self.wanted(&inside).next()?;
        let fair = self.fair(&inside)[inside.of[place as usize] as usize];
        Some((lasso(&inside, place, edge), fair))
    }

    /// The wanted transitions on cycles, each with the place that it leaves.
    fn wanted<'a>(&self, inside: &'a Inside<'a>) -> impl Iterator<Item = (u32, Edge)> + use<'a> {
        let wanted = inside.graph.kinds_where(self.wanted);
        let numbered = (0..).zip(&inside.part.states);
        let edges = numbered
            .flat_map(|(place, &state)| inside.graph.leaving(state).map(move |edge| (place, edge)));
        edges.filter(move |&(place, edge)| {
            wanted[usize::from(edge.kind)] && inside.stays(place, edge).is_some()
        })
    }

    /// By component, whether everybody gets their turn on a tour of all of it: they act inside, or are somewhere unable
    /// to.
    fn fair(&self, inside: &Inside<'_>) -> Vec<bool> {
        const { assert!(PARTICIPANTS == u32::BITS as u8) };
        let bit = |class: Class| (self.waits)(class).map_or(0, |participant| 1u32 << participant);
        let bits: Vec<u32> = inside
            .graph
            .classes
            .iter()
            .map(|&class| bit(class))
            .collect();
        let system = inside.graph.kinds_where(|class| class.is_system());
        let mut turns = vec![0u32; inside.of.len() + 1];
        for (place, &state) in (0..).zip(&inside.part.states) {
            let turns = &mut turns[inside.of[place as usize] as usize];
            let mut able = 0u32;
            for edge in inside.graph.leaving(state) {
                let kind = usize::from(edge.kind);
                if system[kind] {
                    able |= bits[kind];
                }
                if inside.stays(place, edge).is_some() {
                    *turns |= bits[kind];
                }
            }
            *turns |= !able;
        }
        turns.into_iter().map(|turns| turns == u32::MAX).collect()
    }
}

/// The first cycle that one of several laws, or one law of several clients, looks for.
pub(crate) fn first_of(sought: &[Sought], graph: &Graph) -> Option<Counterexample> {
    let found = sought.iter().filter_map(|sought| sought.first(graph));
    found.min_by_key(|found| found.labels.len() - found.cycle)
}

/// The path to the state of a place, the transition, and the shortest way back to that state inside its component.
fn lasso(inside: &Inside<'_>, from: u32, edge: Edge) -> Counterexample {
    let (graph, states) = (inside.graph, &inside.part.states);
    let start = inside.part.place(edge.to).unwrap_or(from);
    let mut came: Vec<Option<(u32, u8)>> = vec![None; states.len()];
    let mut queue = VecDeque::from([start]);
    while let Some(place) = queue.pop_front() {
        if place == from {
            break;
        }
        for next in graph.leaving(states[place as usize]) {
            let Some(to) = inside.stays(place, next) else {
                continue;
            };
            if came[to as usize].is_none() && to != start {
                came[to as usize] = Some((place, next.label));
                queue.push_back(to);
            }
        }
    }
    let (mut back, mut at) = (Vec::new(), from);
    while at != start {
        let Some((before, label)) = came[at as usize] else {
            break;
        };
        back.push(label);
        at = before;
    }
    back.push(edge.label);
    back.reverse();
    let cycle = back.len();
    let mut labels = graph.path(states[from as usize]);
    labels.append(&mut back);
    Counterexample { labels, cycle }
}
