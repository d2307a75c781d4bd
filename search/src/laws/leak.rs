//! `leak`: something is left after it should have been given back.

use crate::class::Facts;
use crate::graph::Graph;
use crate::judgement::Judgement;

pub(super) fn judge(graph: &Graph) -> Judgement {
    Judgement::of_states(graph, Facts::BREAKS_LEAK, Facts::TESTS_LEAK)
}
