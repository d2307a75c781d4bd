//! The uses of the states and transitions that a search finds: a graph, or nothing.

use crate::class::Facts;
use crate::graph::{Graph, TOGETHER};
use crate::kinds::Kinds;
use crate::system::{Cost, Label};

/// Takes the states and transitions, in their order.
pub(crate) trait Draws<C>: Sync {
    /// The number of a kind, if it is known; any number if kinds do not matter.
    fn kind(&self, label: Label, cost: C) -> Option<u16>;

    /// The number of a new kind.
    fn new_kind(&mut self, label: Label, cost: C) -> u16;

    /// Whether facts matter.
    const FACTS: bool;

    /// The next state, and how many states are known. Its transitions follow.
    fn state(&mut self, facts: Facts, known: usize);

    /// The next transition.
    fn transition(&mut self, to: u32, kind: u16);

    /// Whether there is room for more.
    fn has_room(&self) -> bool;
}

/// Where only the states are wanted.
pub(crate) struct Nothing;

impl<C> Draws<C> for Nothing {
    const FACTS: bool = false;

    fn kind(&self, _: Label, _: C) -> Option<u16> {
        Some(0)
    }

    fn new_kind(&mut self, _: Label, _: C) -> u16 {
        0
    }

    fn state(&mut self, _: Facts, _: usize) {}

    fn transition(&mut self, _: u32, _: u16) {}

    fn has_room(&self) -> bool {
        true
    }
}

/// A graph in the making.
pub(crate) struct Drawing<C> {
    pub(crate) graph: Graph,
    pub(crate) kinds: Kinds<C>,
}

impl<C: Cost> Draws<C> for Drawing<C> {
    const FACTS: bool = true;

    #[inline(always)]
    fn kind(&self, label: Label, cost: C) -> Option<u16> {
        self.kinds.find(label, cost)
    }

    fn new_kind(&mut self, label: Label, cost: C) -> u16 {
        self.kinds.number(label, cost)
    }

    #[inline(always)]
    fn state(&mut self, facts: Facts, known: usize) {
        if self.graph.facts.len() % TOGETHER == 0 {
            self.graph.known.push(known as u32);
        }
        self.graph.facts.push(facts);
        self.graph.offsets.push(self.graph.to.len() as u32);
    }

    #[inline(always)]
    fn transition(&mut self, to: u32, kind: u16) {
        self.graph.to.push(to);
        self.graph.kinds.push(kind);
    }

    fn has_room(&self) -> bool {
        self.graph.to.len() <= u32::MAX as usize
    }
}
