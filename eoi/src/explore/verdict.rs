//! The laws, held against the graph.

use std::collections::VecDeque;

use eoi_model::laws::Law;

use super::graph::{Class, Edge, Flags, Graph};
use super::scc::{Components, components};

/// What one law says of one graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The law.
    pub law: Law,
    /// The shortest sequence of labels that breaks it; `None` if it holds.
    pub broken_by: Option<Vec<u8>>,
    /// For a law about cycles: how many of the last labels are the cycle.
    pub cycle: usize,
    /// What the law is about does happen, so that it does not hold for want of occasion.
    pub sometimes: bool,
}

impl Verdict {
    /// Whether the law holds.
    #[must_use]
    pub const fn holds(&self) -> bool {
        self.broken_by.is_none()
    }
}

/// Every law, in order.
#[must_use]
pub fn verdicts(graph: &Graph) -> Vec<Verdict> {
    Law::ALL.iter().map(|&law| verdict(graph, law)).collect()
}

/// One law.
#[must_use]
pub fn verdict(graph: &Graph, law: Law) -> Verdict {
    let (broken, sometimes) = match law {
        Law::Stall => (to_state(graph, first_stalled(graph)), serves_the_owed(graph)),
        Law::Storm => (storm(graph), any_edge(graph, |_, class| class.host_irq)),
        Law::Livelock => (livelock(graph), any_edge(graph, |from, class| class.guest_irq && owes(graph, from, class))),
        Law::Imbalance => {
            (to_state(graph, first_with(graph, Flags::IMBALANCED)), first_with(graph, Flags::TESTS_BALANCE).is_some())
        }
        Law::Leak => (to_state(graph, first_with(graph, Flags::LEAKS)), first_with(graph, Flags::TESTS_LEAK).is_some()),
        Law::Unhandled => (unhandled(graph), first_with(graph, Flags::TESTS_UNHANDLED).is_some()),
    };
    let (broken_by, cycle) = broken.map_or((None, 0), |(path, cycle)| (Some(path), cycle));
    Verdict { law, broken_by, cycle, sometimes }
}

/// A path, and how much of its end is a cycle.
type Broken = Option<(Vec<u8>, usize)>;

fn to_state(graph: &Graph, state: Option<u32>) -> Broken {
    state.map(|state| (graph.path(state), 0))
}

fn first_with(graph: &Graph, flag: u8) -> Option<u32> {
    graph.flags.iter().position(|flags| flags.has(flag)).map(|state| state as u32)
}

fn any_edge(graph: &Graph, is: impl Fn(u32, &Class) -> bool) -> bool {
    graph.transitions().any(|(from, edge)| is(from, graph.class(edge)))
}

fn owes(graph: &Graph, state: u32, class: &Class) -> bool {
    graph.flags[state as usize].has(Flags::OWES << class.function)
}

fn serves_the_owed(graph: &Graph) -> bool {
    any_edge(graph, |from, class| class.service && owes(graph, from, class))
}

/// Reversed adjacency of the transitions that are kept.
fn reversed(graph: &Graph, keep: impl Fn(&Edge) -> bool) -> (Vec<u32>, Vec<u32>) {
    let mut offsets = vec![0u32; graph.len() + 1];
    for (_, edge) in graph.transitions().filter(|(_, edge)| keep(edge)) {
        offsets[edge.to as usize + 1] += 1;
    }
    for state in 0..graph.len() {
        offsets[state + 1] += offsets[state];
    }
    let mut sources = vec![0; offsets[graph.len()] as usize];
    let mut next = offsets.clone();
    for (from, edge) in graph.transitions().filter(|(_, edge)| keep(edge)) {
        sources[next[edge.to as usize] as usize] = from;
        next[edge.to as usize] += 1;
    }
    (offsets, sources)
}

/// By state: nothing that goes on by itself brings this function's service, though it is owed one.
#[must_use]
pub fn stalled(graph: &Graph, function: u8) -> Vec<bool> {
    let mut served = vec![false; graph.len()];
    let mut queue = Vec::new();
    for (from, edge) in graph.transitions() {
        let class = graph.class(edge);
        if class.service && class.function == function && !served[from as usize] {
            served[from as usize] = true;
            queue.push(from);
        }
    }
    let (offsets, sources) = reversed(graph, |edge| graph.class(edge).system);
    while let Some(state) = queue.pop() {
        for &from in &sources[offsets[state as usize] as usize..offsets[state as usize + 1] as usize] {
            if !served[from as usize] {
                served[from as usize] = true;
                queue.push(from);
            }
        }
    }
    served.iter().zip(&graph.flags).map(|(&served, flags)| !served && flags.has(Flags::OWES << function)).collect()
}

fn first_stalled(graph: &Graph) -> Option<u32> {
    (0..2)
        .filter(|&function| graph.flags.iter().any(|flags| flags.has(Flags::OWES << function)))
        .filter_map(|function| stalled(graph, function).iter().position(|&stalled| stalled))
        .min()
        .map(|state| state as u32)
}

/// The path to `from`, the edge, and the shortest way back to `from` inside its component.
fn lasso(
    graph: &Graph,
    inside: &Components,
    from: u32,
    edge: &Edge,
    keep: impl Fn(u32, &Edge) -> bool,
) -> (Vec<u8>, usize) {
    let mut came: Vec<Option<(u32, u8)>> = vec![None; graph.len()];
    let mut queue = VecDeque::from([edge.to]);
    while let Some(state) = queue.pop_front() {
        if state == from {
            break;
        }
        for next in graph.leaving(state).iter().filter(|next| keep(state, next) && inside.inside(state, next.to)) {
            if came[next.to as usize].is_none() && next.to != edge.to {
                came[next.to as usize] = Some((state, next.label));
                queue.push_back(next.to);
            }
        }
    }
    let (mut back, mut at) = (Vec::new(), from);
    while at != edge.to {
        let Some((before, label)) = came[at as usize] else { break };
        back.push(label);
        at = before;
    }
    back.push(edge.label);
    back.reverse();
    let cycle = back.len();
    let mut path = graph.path(from);
    path.append(&mut back);
    (path, cycle)
}

/// The host goes round by itself; a CPU in the middle of an interrupt is not kept from going on with it.
fn storm(graph: &Graph) -> Broken {
    let keep = |_: u32, edge: &Edge| graph.class(edge).host;
    fair_cycle(graph, keep, |class| class.host_irq, 1 << Class::HANDLER)
}

/// Nothing new comes from outside; on the cycle the guest takes interrupts and serves nothing.
fn livelock(graph: &Graph) -> Broken {
    let keep = |_: u32, edge: &Edge| {
        let class = graph.class(edge);
        class.system && !class.service
    };
    fair_cycle(graph, keep, |class| class.guest_irq, u32::MAX)
}

/// The first cycle of the kept transitions that has one of the wanted on it and is fair to these participants.
fn fair_cycle(
    graph: &Graph,
    keep: impl Fn(u32, &Edge) -> bool + Copy,
    wanted: impl Fn(&Class) -> bool,
    participants: u32,
) -> Broken {
    let inside = components(graph, |_| true, keep);
    let mut judged = Vec::new();
    for (from, edge) in graph.transitions() {
        let component = inside.of[from as usize];
        if wanted(graph.class(edge)) && inside.inside(from, edge.to) && !judged.contains(&component) {
            judged.push(component);
            if is_fair(graph, &inside, component, keep, participants) {
                return Some(lasso(graph, &inside, from, edge, keep));
            }
        }
    }
    None
}

/// Whether every participant gets its turn on a tour of the whole component: it acts inside, or is somewhere unable to.
fn is_fair(
    graph: &Graph,
    inside: &Components,
    component: u32,
    keep: impl Fn(u32, &Edge) -> bool,
    participants: u32,
) -> bool {
    let (mut acts, mut rests) = (0u32, !participants);
    for state in (0..graph.len() as u32).filter(|&state| inside.of[state as usize] == component) {
        let mut able = 0u32;
        for edge in graph.leaving(state) {
            let class = graph.class(edge);
            able |= u32::from(class.system) << class.participant;
            if keep(state, edge) && inside.inside(state, edge.to) {
                acts |= 1 << class.participant;
            }
        }
        rests |= !able;
    }
    acts | rests == u32::MAX
}

fn unhandled(graph: &Graph) -> Broken {
    let (from, edge) = graph.transitions().find(|(_, edge)| graph.class(edge).nobody_cared)?;
    let mut path = graph.path(from);
    path.push(edge.label);
    Some((path, 0))
}
