//! Exploration on systems whose states can be counted by hand.

use std::cell::RefCell;

use eoi_search::{Class, EventSet, Facts, Label, TooManyStates, TransitionSystem, explore};

use crate::toy::{ASSERT, HOST_IRQ, HOST_STEP, SERVICE, Toy, VMM_STEP};

/// A piece on a board of `width` times `height` fields, which can move right and up.
struct Board {
    width: u64,
    height: u64,
}

const RIGHT: Label = 0;
const UP: Label = 1;

impl TransitionSystem for Board {
    type State = u64;
    type Event = Label;
    type Cost = ();

    fn initial(&self) -> u64 {
        0
    }

    fn events(&self) -> Vec<Label> {
        vec![RIGHT, UP]
    }

    fn step(&self, state: u64, event: Label) -> Option<(u64, ())> {
        let (x, y) = (state % self.width, state / self.width);
        match event {
            RIGHT if x + 1 < self.width => Some((state + 1, ())),
            UP if y + 1 < self.height => Some((state + self.width, ())),
            _ => None,
        }
    }

    fn class(&self, _: Label) -> Class {
        Class::default()
    }

    fn facts(&self, _: u64) -> Facts {
        Facts::NONE
    }
}

#[test]
fn every_field_of_a_board_is_reached_once_by_a_shortest_path() {
    let board = Board {
        width: 7,
        height: 5,
    };
    let explored = explore(&board, 35, &|_| {}).expect("35 fields");
    assert_eq!(
        (explored.graph.states(), explored.graph.transitions()),
        (35, 6 * 5 + 7 * 4)
    );
    for (number, state) in explored.states.iter().enumerate() {
        let path = explored.graph.path(number as u32);
        assert_eq!(path.len() as u64, state % 7 + state / 7);
        let end = path.iter().fold(0, |state, &label| {
            board.step(state, label).expect("a move").0
        });
        assert_eq!(end, state);
    }
}

#[test]
fn states_are_numbered_as_they_are_found_and_transitions_follow_their_labels() {
    let explored = explore(
        &Board {
            width: 3,
            height: 2,
        },
        6,
        &|_| {},
    )
    .expect("6 fields");
    assert_eq!(
        explored.states.iter().collect::<Vec<_>>(),
        [0, 1, 3, 2, 4, 5],
        "right before up, near before far"
    );
    let edges: Vec<(u32, Label, u32)> = explored
        .graph
        .edges()
        .map(|(from, edge)| (from, edge.label, edge.to))
        .collect();
    assert_eq!(
        edges,
        [
            (0, RIGHT, 1),
            (0, UP, 2),
            (1, RIGHT, 3),
            (1, UP, 4),
            (2, RIGHT, 4),
            (3, UP, 5),
            (4, RIGHT, 5)
        ]
    );
    assert_eq!(
        explored.graph.path(4),
        [RIGHT, UP],
        "of two shortest paths, the one by the first parent"
    );
}

#[test]
fn a_system_is_refused_above_the_limit_only() {
    let board = Board {
        width: 6,
        height: 6,
    };
    assert_eq!(
        explore(&board, 36, &|_| {})
            .expect("36 fields")
            .graph
            .states(),
        36
    );
    let refused = explore(&board, 35, &|_| {}).err();
    assert_eq!(refused, Some(TooManyStates { limit: 35 }));
    assert_eq!(
        refused.expect("too many").to_string(),
        "more than 35 states"
    );
    assert_eq!(
        explore(&Toy::new(&[]), 1, &|_| {})
            .expect("one state")
            .graph
            .states(),
        1
    );
    assert_eq!(
        explore(&Toy::new(&[(0, ASSERT, 1)]), 1, &|_| {}).err(),
        Some(TooManyStates { limit: 1 })
    );
}

#[test]
fn it_is_told_now_and_then_how_far_the_search_has_come() {
    let told = RefCell::new(Vec::new());
    let board = Board {
        width: 1000,
        height: 150,
    };
    let explored =
        explore(&board, usize::MAX, &|states| told.borrow_mut().push(states)).expect("no limit");
    assert_eq!(explored.states.len(), 150_000);
    assert_eq!(told.into_inner(), [65_536, 131_072]);
}

#[test]
fn a_state_that_nothing_leads_to_is_not_reached() {
    let toy = Toy::new(&[
        (0, ASSERT, 1),
        (1, SERVICE, 0),
        (2, HOST_IRQ, 0),
        (2, HOST_STEP, 3),
    ]);
    assert_eq!(toy.explored().states.iter().collect::<Vec<_>>(), [0, 1]);
}

#[test]
fn a_transition_has_its_cost_by_metric() {
    let toy = Toy::with_costs(&[
        (0, ASSERT, 1, [3, 0]),
        (0, VMM_STEP, 1, [0, 5]),
        (1, SERVICE, 0, [3, 0]),
    ]);
    let graph = toy.graph();
    assert_eq!(graph.metrics(), 2);
    let costs: Vec<[u32; 2]> = graph
        .edges()
        .map(|(_, edge)| [0, 1].map(|metric| graph.cost(edge, metric)))
        .collect();
    assert_eq!(costs, [[3, 0], [0, 5], [3, 0]]);
}

#[test]
fn facts_and_classes_are_those_that_the_system_gives() {
    let toy = Toy::new(&[(0, ASSERT, 5), (5, SERVICE, 0)]).owing(&[5]);
    let graph = toy.graph();
    assert_eq!(
        (graph.facts(0), graph.facts(1)),
        (Facts::NONE, Facts::owes(0))
    );
    let classes: Vec<Class> = graph.edges().map(|(_, edge)| graph.class(edge)).collect();
    assert_eq!(classes, [toy.class(ASSERT), toy.class(SERVICE)]);
}

/// A ring of as many states as there are events, with an event from each state to each other.
struct Ring {
    states: u32,
    enabled: Option<u32>,
}

impl TransitionSystem for Ring {
    type State = u32;
    type Event = u32;
    type Cost = ();

    fn initial(&self) -> u32 {
        0
    }

    fn events(&self) -> Vec<u32> {
        (0..self.states).collect()
    }

    fn step(&self, state: u32, event: u32) -> Option<(u32, ())> {
        assert!(
            self.enabled.is_none_or(|step| event == step),
            "only what may be enabled is tried"
        );
        Some(((state + event) % self.states, ()))
    }

    fn class(&self, _: u32) -> Class {
        Class::default()
    }

    fn facts(&self, _: u32) -> Facts {
        Facts::NONE
    }

    fn enabled(&self, _: u32) -> EventSet {
        self.enabled
            .map_or(EventSet::ALL, |label| EventSet::NONE.with(label as Label))
    }
}

#[test]
fn every_state_of_a_ring_leads_to_every_other() {
    let explored = explore(
        &Ring {
            states: 200,
            enabled: None,
        },
        usize::MAX,
        &|_| {},
    )
    .expect("200 states");
    assert_eq!(
        explored.states.iter().collect::<Vec<_>>(),
        (0..200).collect::<Vec<u32>>()
    );
    assert_eq!(explored.graph.transitions(), 200 * 200);
}

#[test]
fn the_last_of_256_events_has_a_label_and_is_tried() {
    let explored = explore(
        &Ring {
            states: 256,
            enabled: None,
        },
        usize::MAX,
        &|_| {},
    )
    .expect("256 states");
    assert_eq!(explored.graph.path(255), [255]);
}

#[test]
#[should_panic(expected = "more than 256 events")]
fn more_events_than_labels_are_refused() {
    let _ = explore(
        &Ring {
            states: 257,
            enabled: None,
        },
        usize::MAX,
        &|_| {},
    );
}

#[test]
fn events_that_cannot_be_enabled_are_not_tried() {
    for step in [1, 63, 64, 65, 127, 129, 193, 255] {
        let explored = explore(
            &Ring {
                states: 256,
                enabled: Some(step),
            },
            usize::MAX,
            &|_| {},
        )
        .expect("256 states");
        let reached = if step == 64 { 4 } else { 256 }; // the others are odd: they go all the way round
        assert_eq!(
            (explored.states.len(), explored.graph.transitions()),
            (reached, reached),
            "step {step}"
        );
        assert_eq!(explored.states.get(1), step);
    }
}

#[test]
fn wide_states_differ_in_any_bit() {
    /// A single bit that wanders through 128.
    struct Wanderer;
    impl TransitionSystem for Wanderer {
        type State = u128;
        type Event = ();
        type Cost = ();
        fn initial(&self) -> u128 {
            1
        }
        fn events(&self) -> Vec<()> {
            vec![()]
        }
        fn step(&self, state: u128, (): ()) -> Option<(u128, ())> {
            Some((state.rotate_left(1), ()))
        }
        fn class(&self, (): ()) -> Class {
            Class::default()
        }
        fn facts(&self, _: u128) -> Facts {
            Facts::NONE
        }
    }
    let explored = explore(&Wanderer, 128, &|_| {}).expect("128 states");
    assert_eq!(
        explored.states.iter().collect::<Vec<_>>(),
        (0..128).map(|bit| 1 << bit).collect::<Vec<u128>>()
    );
}
