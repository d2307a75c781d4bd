//! `spurious`: guest interrupts without end that nothing caused.

use super::livelock::LIVELOCK;
use crate::class::{CLIENTS, Facts, Role};
use crate::cycle::{Sought, first_of};
use crate::graph::Graph;
use crate::judgement::{Judgement, any_edge};

/// By client: a cycle that [`LIVELOCK`] asks for, every state of which owes this client nothing, with an interrupt of
/// this client on it. It is as fair: a guest that is interrupted for nothing while somebody is slow pays what the path
/// costs by design, and the worst cost says how much.
pub(super) const UNCAUSED: [Sought; CLIENTS as usize] = [
    Sought {
        within: |facts| !facts.has(Facts::owes(0)),
        wanted: |class| class.role == Role::GuestIrq && class.client == 0,
        ..LIVELOCK
    },
    Sought {
        within: |facts| !facts.has(Facts::owes(1)),
        wanted: |class| class.role == Role::GuestIrq && class.client == 1,
        ..LIVELOCK
    },
];

pub(super) fn judge(graph: &Graph) -> Judgement {
    Judgement {
        broken: first_of(&UNCAUSED, graph),
        sometimes: any_edge(graph, |from, class| {
            class.role == Role::GuestIrq && !graph.facts(from).has(Facts::owes(class.client))
        }),
    }
}
