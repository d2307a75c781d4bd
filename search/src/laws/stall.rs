//! `stall`: a service is owed, and nothing that goes on by itself brings it.

use crate::class::{CLIENTS, Class, Facts, Role};
use crate::graph::Graph;
use crate::judgement::{Counterexample, Judgement, any_edge, first_with};
use crate::part::{Part, SLOW};
use crate::set::Set;

/// Backwards from the services of each client; the first state that owes one and was not reached.
pub(super) fn judge(graph: &Graph) -> Judgement {
    let clients = (0..CLIENTS).filter_map(|client| {
        let serves = |class: Class| class.role == Role::Service && class.client == client;
        first_stalled(graph, Facts::owes(client), serves)
    });
    let broken = clients.min().map(|state| Counterexample {
        labels: graph.path(state),
        cycle: 0,
    });
    let sometimes = any_edge(graph, |from, class| {
        class.role == Role::Service && graph.facts(from).has(Facts::owes(class.client))
    });
    Judgement { broken, sometimes }
}

/// The first state that owes somebody something, from which no path of events that go on by themselves leads to an event
/// that gives it.
///
/// The states are looked at from the last to the first, again and again, as most transitions lead to a later state; and
/// when that serves few of those that are left, these are searched backwards from those that are served.
pub(super) fn first_stalled(
    graph: &Graph,
    owes: Facts,
    serves: impl Fn(Class) -> bool,
) -> Option<u32> {
    first_with(graph, owes)?;
    let serves = graph.kinds_where(serves);
    let goes_on = graph.kinds_where(|class| class.is_system());
    let served = |rest: &Set, state: u32| {
        graph.range(state).any(|at| {
            let kind = usize::from(graph.kinds[at]);
            serves[kind] || (goes_on[kind] && !rest.has(graph.to[at]))
        })
    };
    let mut rest = Set::all(graph.states());
    loop {
        let before = rest.len();
        let gone = rest.sweep(served);
        if gone == 0 {
            break;
        }
        if gone * SLOW < before {
            rest = without_served(graph, rest, &goes_on, served);
            break;
        }
    }
    rest.iter().find(|&state| graph.facts(state).has(owes))
}

/// The states of a set from which no path within the set leads to a state that is served.
fn without_served(
    graph: &Graph,
    rest: Set,
    goes_on: &[bool],
    served: impl Fn(&Set, u32) -> bool,
) -> Set {
    let mut queue: Vec<u32> = rest.iter().filter(|&state| served(&rest, state)).collect();
    let part = Part::new(graph, rest, goes_on).reversed();
    let mut left = Set::all(part.states.len());
    queue
        .iter_mut()
        .for_each(|state| *state = part.place(*state).unwrap_or_default());
    while let Some(place) = queue.pop() {
        if left.has(place) {
            left.remove(place);
            queue.extend(part.leaving(place));
        }
    }
    let mut states = Set::none(graph.states());
    left.iter()
        .for_each(|place| states.insert(part.states[place as usize]));
    states
}
