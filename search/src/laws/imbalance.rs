//! `imbalance`: accounts that contradict each other in a state at rest.

use crate::class::Facts;
use crate::graph::Graph;
use crate::judgement::Judgement;

pub(super) fn judge(graph: &Graph) -> Judgement {
    Judgement::of_states(graph, Facts::BREAKS_IMBALANCE, Facts::TESTS_IMBALANCE)
}
