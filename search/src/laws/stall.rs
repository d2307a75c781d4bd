//! `stall`: a service is owed, and nothing that goes on by itself brings it.

use crate::class::{CLIENTS, Facts, Role};
use crate::graph::{Edge, Graph};
use crate::judgement::{Counterexample, Judgement, any_edge, first_with};

/// Backwards from the services of each client; the first state that owes one and was not reached.
pub(super) fn judge(graph: &Graph) -> Judgement {
    let owing = (0..CLIENTS).filter(|&client| first_with(graph, Facts::owes(client)).is_some());
    let broken = owing
        .filter_map(|client| first_stalled(graph, client))
        .min();
    let broken = broken.map(|state| Counterexample {
        labels: graph.path(state),
        cycle: 0,
    });
    let sometimes = any_edge(graph, |from, class| {
        class.role == Role::Service && graph.facts(from).has(Facts::owes(class.client))
    });
    Judgement { broken, sometimes }
}

fn first_stalled(graph: &Graph, client: u8) -> Option<u32> {
    let mut served = vec![false; graph.states()];
    let mut queue = Vec::new();
    for (from, edge) in graph.edges() {
        let class = graph.class(edge);
        if class.role == Role::Service && class.client == client && !served[from as usize] {
            served[from as usize] = true;
            queue.push(from);
        }
    }
    let (offsets, sources) = reversed(graph, |edge| graph.class(edge).is_system());
    while let Some(state) = queue.pop() {
        for &from in
            &sources[offsets[state as usize] as usize..offsets[state as usize + 1] as usize]
        {
            if !served[from as usize] {
                served[from as usize] = true;
                queue.push(from);
            }
        }
    }
    let stalled =
        |state: &u32| !served[*state as usize] && graph.facts(*state).has(Facts::owes(client));
    (0..graph.states() as u32).find(stalled)
}

/// By state, the sources of the transitions to it that are kept: offsets, and the sources themselves.
fn reversed(graph: &Graph, keep: impl Fn(Edge) -> bool) -> (Vec<u32>, Vec<u32>) {
    let states = graph.states();
    let mut offsets = vec![0u32; states + 1];
    for (_, edge) in graph.edges().filter(|&(_, edge)| keep(edge)) {
        offsets[edge.to as usize + 1] += 1;
    }
    for state in 0..states {
        offsets[state + 1] += offsets[state];
    }
    let mut sources = vec![0; offsets[states] as usize];
    let mut next = offsets.clone();
    for (from, edge) in graph.edges().filter(|&(_, edge)| keep(edge)) {
        sources[next[edge.to as usize] as usize] = from;
        next[edge.to as usize] += 1;
    }
    (offsets, sources)
}
