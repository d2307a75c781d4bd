//! `neighbour`: the neighbour is owed a service, and nothing that goes on by itself brings it.

use super::stall::first_stalled;
use crate::class::{Facts, Role};
use crate::graph::Graph;
use crate::judgement::{Counterexample, Judgement, any_edge};

pub(super) fn judge(graph: &Graph) -> Judgement {
    let serves = |class| class == Role::NeighbourService;
    let broken = first_stalled(graph, Facts::OWES_NEIGHBOUR, |class| serves(class.role));
    Judgement {
        broken: broken.map(|state| Counterexample {
            labels: graph.path(state),
            cycle: 0,
        }),
        sometimes: any_edge(graph, |from, class| {
            serves(class.role) && graph.facts(from).has(Facts::OWES_NEIGHBOUR)
        }),
    }
}
