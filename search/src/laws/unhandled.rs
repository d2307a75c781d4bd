//! `unhandled`: the system gives up serving.

use crate::class::{Facts, Role};
use crate::graph::Graph;
use crate::judgement::{Counterexample, Judgement, first_with};

/// The first event by which it gives up.
pub(super) fn judge(graph: &Graph) -> Judgement {
    let gives_up = graph
        .edges()
        .find(|&(_, edge)| graph.class(edge).role == Role::GivesUp);
    let broken = gives_up.map(|(from, edge)| {
        let mut labels = graph.path(from);
        labels.push(edge.label);
        Counterexample { labels, cycle: 0 }
    });
    Judgement {
        broken,
        sometimes: first_with(graph, Facts::TESTS_UNHANDLED).is_some(),
    }
}
