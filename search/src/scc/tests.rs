//! Components against reachability, which is what they are made of.

use proptest::collection::vec;
use proptest::prelude::*;

use super::{Components, components};
use crate::class::Facts;
use crate::graph::Graph;
use crate::part::Part;
use crate::set::Set;

const STATES: usize = 9;

/// A graph of these transitions. Kind 1 marks those that are kept.
fn graph(transitions: &[(u32, u32, bool)]) -> Graph {
    let mut graph = Graph {
        facts: vec![Facts::NONE; STATES],
        labels: vec![0, 1],
        ..Graph::default()
    };
    for state in 0..STATES as u32 {
        graph.offsets.push(graph.to.len() as u32);
        for &(_, to, kept) in transitions.iter().filter(|(from, ..)| *from == state) {
            graph.to.push(to);
            graph.kinds.push(kept.into());
        }
    }
    graph.offsets.push(graph.to.len() as u32);
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
        let part = {
            let graph = graph(&transitions);
            Part::with_cycles(&graph, Set::all(graph.states()), &[false, true])
        };
        let Components { of, order } = components(&part.offsets, &part.to);
        for (a, b) in (0..STATES).flat_map(|a| (0..STATES).map(move |b| (a, b))) {
            let both = part.place(a as u32).zip(part.place(b as u32));
            let together = reaches[a][b] && reaches[b][a];
            let Some((one, other)) = both else {
                prop_assert!(a == b || !together, "{} {}", a, b);
                continue;
            };
            prop_assert_eq!(of[one as usize] == of[other as usize], together, "{} {}", a, b);
            if reaches[a][b] {
                prop_assert!(of[one as usize] <= of[other as usize], "{} reaches {}", a, b);
            }
        }
        let along: Vec<u32> = order.iter().map(|&place| of[place as usize]).collect();
        prop_assert!(along.is_sorted_by(|one, next| one >= next), "components in a row, what is reached first: {:?}", along);
        let mut all = order.clone();
        all.sort_unstable();
        prop_assert!(all.into_iter().eq(0..part.states.len() as u32), "every place once");
    }
}
