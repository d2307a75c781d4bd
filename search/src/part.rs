//! A part of the graph: some of the states, and the transitions of some kinds between them.

use crate::graph::Graph;
use crate::set::Set;

/// The part. Its states have places, in the order of their numbers.
pub(crate) struct Part {
    /// The states, in order.
    pub(crate) states: Vec<u32>,
    set: Set,
    /// For each word of the set, the place of its first member.
    first: Vec<u32>,
    /// `to[offsets[p]..offsets[p + 1]]` are the places that the transitions of the state at place `p` lead to.
    pub(crate) offsets: Vec<u32>,
    pub(crate) to: Vec<u32>,
}

/// A sweep that takes out less than one of so many states is the last one.
pub(crate) const SLOW: usize = 16;

impl Part {
    /// The states of a set, and the kept kinds of transitions between them.
    pub(crate) fn new(graph: &Graph, set: Set, keep: &[bool]) -> Self {
        let mut part = Self {
            states: set.iter().collect(),
            first: set.counts(),
            set,
            offsets: vec![0],
            to: Vec::new(),
        };
        for place in 0..part.states.len() {
            for at in graph.range(part.states[place]) {
                let kept = keep[usize::from(graph.kinds[at])];
                if let Some(to) = part.place(graph.to[at]).filter(|_| kept) {
                    part.to.push(to);
                }
            }
            part.offsets.push(part.to.len() as u32);
        }
        part
    }

    /// The rest of a set of states after states were taken out from which no kept transition leads on: every cycle of kept
    /// transitions, and little else. The time is that of the transitions times a constant, since each sweep but the last
    /// takes out one of [`SLOW`] states.
    pub(crate) fn with_cycles(graph: &Graph, mut set: Set, keep: &[bool]) -> Self {
        loop {
            let before = set.len();
            let gone = set.sweep(|rest, state| {
                !graph
                    .range(state)
                    .any(|at| keep[usize::from(graph.kinds[at])] && rest.has(graph.to[at]))
            });
            if gone * SLOW < before || gone == before {
                return Self::new(graph, set, keep);
            }
        }
    }

    /// The place of a state, if it is in the part.
    #[inline(always)]
    pub(crate) fn place(&self, state: u32) -> Option<u32> {
        self.set
            .has(state)
            .then(|| self.first[state as usize / 64] + self.set.below(state))
    }

    /// The places that the transitions of a place lead to.
    pub(crate) fn leaving(&self, place: u32) -> &[u32] {
        &self.to[self.offsets[place as usize] as usize..self.offsets[place as usize + 1] as usize]
    }

    /// The part with all transitions turned round.
    pub(crate) fn reversed(mut self) -> Self {
        let mut offsets = vec![0u32; self.offsets.len()];
        for &to in &self.to {
            offsets[to as usize + 1] += 1;
        }
        for place in 1..offsets.len() {
            offsets[place] += offsets[place - 1];
        }
        let (mut next, mut sources) = (offsets.clone(), vec![0; self.to.len()]);
        for place in 0..self.states.len() as u32 {
            for &to in self.leaving(place) {
                sources[next[to as usize] as usize] = place;
                next[to as usize] += 1;
            }
        }
        (self.offsets, self.to) = (offsets, sources);
        self
    }
}
