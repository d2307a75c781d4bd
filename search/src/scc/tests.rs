//! Components against reachability, which is what they are made of.

use proptest::collection::vec;
use proptest::prelude::*;

use super::components;
use crate::class::Facts;
use crate::graph::{Edge, Graph};

const STATES: usize = 9;

/// A graph of these transitions. A label of 1 marks those that are kept.
fn graph(transitions: &[(u32, u32, bool)]) -> Graph {
    let mut graph = Graph {
        facts: vec![Facts::NONE; STATES],
        ..Graph::default()
    };
    for state in 0..STATES as u32 {
        graph.offsets.push(graph.edges.len() as u32);
        let leaving = transitions.iter().filter(|(from, ..)| *from == state);
        graph.edges.extend(leaving.map(|&(_, to, kept)| Edge {
            to,
            cost: 0,
            label: kept.into(),
        }));
    }
    graph.offsets.push(graph.edges.len() as u32);
    graph
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn states_share_a_component_where_each_reaches_the_other(
        transitions in vec((0..STATES as u32, 0..STATES as u32, proptest::bool::weighted(0.8)), 0..24)
    ) {
        let mut reaches = [[false; STATES]; STATES];
        (0..STATES).for_each(|state| reaches[state][state] = true);
        for &(from, to, kept) in &transitions {
            reaches[from as usize][to as usize] |= kept;
        }
        for (through, from) in (0..STATES).flat_map(|through| (0..STATES).map(move |from| (through, from))) {
            if reaches[from][through] {
                let on = reaches[through];
                reaches[from].iter_mut().zip(on).for_each(|(reached, on)| *reached |= on);
            }
        }
        let components = components(&graph(&transitions), |_, edge| edge.label == 1);
        for (a, b) in (0..STATES).flat_map(|a| (0..STATES).map(move |b| (a, b))) {
            prop_assert_eq!(components.inside(a as u32, b as u32), reaches[a][b] && reaches[b][a], "{} {}", a, b);
            if reaches[a][b] {
                prop_assert!(components.of[a] >= components.of[b], "{} reaches {}", a, b);
            }
        }
    }
}
