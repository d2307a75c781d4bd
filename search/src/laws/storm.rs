//! `storm`: host interrupts without end while nobody else acts.

use crate::class::{Actor, Role};
use crate::cycle::Sought;
use crate::graph::Graph;
use crate::judgement::{Judgement, any_edge};

/// A cycle of the host's events alone, with a host interrupt on it. It is fair to the handlers: whatever the host has
/// begun, it can go on with.
pub(super) const STORM: Sought = Sought {
    within: |_| true,
    keep: |class| class.actor == Actor::Host,
    wanted: |class| class.role == Role::HostIrq,
    waits: |class| class.is_handler().then_some(0),
};

pub(super) fn judge(graph: &Graph) -> Judgement {
    Judgement {
        broken: STORM.first(graph),
        sometimes: any_edge(graph, |_, class| class.role == Role::HostIrq),
    }
}
