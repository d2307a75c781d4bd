//! `livelock`: guest interrupts without end that serve nothing, though everybody gets their turn.

use crate::class::{Facts, Role};
use crate::cycle::Sought;
use crate::graph::Graph;
use crate::judgement::{Judgement, any_edge};

/// A cycle of events that go on by themselves, without a service and with a guest interrupt on it, fair to every
/// participant.
pub(super) const LIVELOCK: Sought = Sought {
    within: |_| true,
    keep: |class| class.is_system() && class.role != Role::Service,
    wanted: |class| class.role == Role::GuestIrq,
    waits: |class| Some(class.participant),
};

pub(super) fn judge(graph: &Graph) -> Judgement {
    Judgement {
        broken: LIVELOCK.first(graph),
        sometimes: any_edge(graph, |from, class| {
            class.role == Role::GuestIrq && graph.facts(from).has(Facts::owes(class.client))
        }),
    }
}
