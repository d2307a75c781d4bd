//! Strongly connected components of a part of the graph (Tarjan, without recursion).

use super::graph::{Edge, Graph};

/// The component of each state; a component's number is larger than those of the components that it reaches.
pub struct Components {
    /// By state; [`Components::NONE`] for states left out.
    pub of: Vec<u32>,
}

impl Components {
    /// The state is not part of the subgraph.
    pub const NONE: u32 = u32::MAX;

    /// Whether an edge stays inside one component, so that it lies on a cycle of the subgraph.
    #[must_use]
    pub fn inside(&self, from: u32, to: u32) -> bool {
        self.of[from as usize] != Self::NONE && self.of[from as usize] == self.of[to as usize]
    }
}

struct Tarjan<'a, S, E> {
    graph: &'a Graph,
    states: S,
    edges: E,
    /// Discovery number plus one; 0 is unvisited.
    order: Vec<u32>,
    low: Vec<u32>,
    of: Vec<u32>,
    stack: Vec<u32>,
    /// State and how many of its edges have been looked at.
    calls: Vec<(u32, u32)>,
    visited: u32,
    components: u32,
}

/// The components of the subgraph of the states and edges that are kept.
pub fn components(graph: &Graph, states: impl Fn(u32) -> bool, edges: impl Fn(u32, &Edge) -> bool) -> Components {
    let n = graph.len();
    let mut tarjan = Tarjan {
        graph,
        states,
        edges,
        order: vec![0; n],
        low: vec![0; n],
        of: vec![Components::NONE; n],
        stack: Vec::new(),
        calls: Vec::new(),
        visited: 0,
        components: 0,
    };
    for root in 0..n as u32 {
        if tarjan.order[root as usize] == 0 && (tarjan.states)(root) {
            tarjan.visit(root);
        }
    }
    Components { of: tarjan.of }
}

impl<S: Fn(u32) -> bool, E: Fn(u32, &Edge) -> bool> Tarjan<'_, S, E> {
    fn enter(&mut self, state: u32) {
        self.visited += 1;
        self.order[state as usize] = self.visited;
        self.low[state as usize] = self.visited;
        self.stack.push(state);
        self.calls.push((state, 0));
    }

    fn visit(&mut self, root: u32) {
        self.enter(root);
        while let Some(&mut (state, ref mut at)) = self.calls.last_mut() {
            let Some(edge) = self.graph.leaving(state).get(*at as usize) else {
                self.leave(state);
                continue;
            };
            *at += 1;
            let to = edge.to;
            if !(self.edges)(state, edge) || !(self.states)(to) {
                continue;
            }
            if self.order[to as usize] == 0 {
                self.enter(to);
            } else if self.of[to as usize] == Components::NONE {
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
