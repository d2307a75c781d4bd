//! Strongly connected components of a part of the graph (Tarjan, without recursion).

use crate::graph::{Edge, Graph};

/// The component of each state; a component's number is larger than those of the components that it reaches.
pub(crate) struct Components {
    /// By state.
    pub(crate) of: Vec<u32>,
}

impl Components {
    /// Whether an edge stays inside one component, so that it lies on a cycle.
    pub(crate) fn inside(&self, from: u32, to: u32) -> bool {
        self.of[from as usize] == self.of[to as usize]
    }
}

/// A state that is in no component yet.
const NONE: u32 = u32::MAX;

struct Tarjan<'a, F> {
    graph: &'a Graph,
    keep: F,
    /// Discovery number plus one; 0 is unvisited.
    order: Vec<u32>,
    low: Vec<u32>,
    of: Vec<u32>,
    stack: Vec<u32>,
    /// A state, and the place of the next of its edges to look at.
    calls: Vec<(u32, usize)>,
    visited: u32,
    components: u32,
}

/// The components of the graph of all states and of the edges that are kept.
pub(crate) fn components(graph: &Graph, keep: impl Fn(u32, Edge) -> bool) -> Components {
    let n = graph.states();
    let mut tarjan = Tarjan {
        graph,
        keep,
        order: vec![0; n],
        low: vec![0; n],
        of: vec![NONE; n],
        stack: Vec::new(),
        calls: Vec::new(),
        visited: 0,
        components: 0,
    };
    for root in 0..n as u32 {
        if tarjan.order[root as usize] == 0 {
            tarjan.visit(root);
        }
    }
    Components { of: tarjan.of }
}

impl<F: Fn(u32, Edge) -> bool> Tarjan<'_, F> {
    fn enter(&mut self, state: u32) {
        self.visited += 1;
        self.order[state as usize] = self.visited;
        self.low[state as usize] = self.visited;
        self.stack.push(state);
        self.calls.push((state, self.graph.range(state).start));
    }

    fn visit(&mut self, root: u32) {
        self.enter(root);
        while let Some(&mut (state, ref mut at)) = self.calls.last_mut() {
            if *at == self.graph.range(state).end {
                self.leave(state);
                continue;
            }
            let edge = self.graph.edges[*at];
            *at += 1;
            if !(self.keep)(state, edge) {
                continue;
            }
            let to = edge.to;
            if self.order[to as usize] == 0 {
                self.enter(to);
            } else if self.of[to as usize] == NONE {
                self.lower(state, self.order[to as usize]);
            }
        }
    }

    fn lower(&mut self, state: u32, to: u32) {
        let low = &mut self.low[state as usize];
        *low = (*low).min(to);
    }

    fn leave(&mut self, state: u32) {
        self.calls.pop();
        if let Some(&(caller, _)) = self.calls.last() {
            self.lower(caller, self.low[state as usize]);
        }
        if self.low[state as usize] != self.order[state as usize] {
            return;
        }
        while let Some(member) = self.stack.pop() {
            self.of[member as usize] = self.components;
            if member == state {
                break;
            }
        }
        self.components += 1;
    }
}

#[cfg(test)]
mod tests;
