//! `unbounded`: host interrupts without end while a service is owed, whoever takes part but the guest and the timers.

use crate::class::{CLIENTS, Class, Facts, Role};
use crate::cycle::{Sought, first_of};
use crate::graph::Graph;
use crate::judgement::{Judgement, any_edge};

/// A cycle of events that go on by themselves and at their own pace, without a service and with a host interrupt on it.
/// It is fair to everybody whose pace is their own.
pub(super) const ANY: Sought = Sought {
    within: |_| true,
    keep: |class| class.is_system() && !class.paced && class.role != Role::Service,
    wanted: |class| class.role == Role::HostIrq,
    waits: own_pace,
};

/// By client: the same, and every state of the cycle owes this client a service.
pub(super) const OWED: [Sought; CLIENTS as usize] = [
    Sought {
        within: |facts| facts.has(Facts::owes(0)),
        ..ANY
    },
    Sought {
        within: |facts| facts.has(Facts::owes(1)),
        ..ANY
    },
];

fn own_pace(class: Class) -> Option<u8> {
    (!class.paced).then_some(class.participant)
}

pub(super) fn judge(graph: &Graph) -> Judgement {
    Judgement {
        broken: first_of(&OWED, graph),
        sometimes: any_edge(graph, |from, class| {
            class.role == Role::HostIrq && graph.facts(from).has(Facts::owes(class.client))
        }),
    }
}
