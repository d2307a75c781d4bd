//! Systems in two halves: pairs against the graph of all states, and systems that are refused.

use std::collections::BTreeMap;

use eoi_search::{
    Class, Cycles, Explored, Facts, Held, Label, Law, Paired, Pairs, Refusal, Role,
    TransitionSystem, Verdicts, explore,
};
use proptest::prelude::*;

use crate::two_parts::{Flaw, LABELS, Part, TwoParts, systems};

fn whole(system: &TwoParts) -> Explored<u64, Label> {
    explore(system, usize::MAX, &|_| {}).expect("no limit")
}

fn pool(threads: usize) -> rayon::ThreadPool {
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .expect("threads")
}

/// The number of states and a shortest path to a stall, by pairs.
fn by_pairs(system: &TwoParts, threads: usize) -> (u64, Option<Vec<Label>>) {
    pool(threads).install(|| {
        let pairs = Pairs::new(system).expect("the halves meet in nothing else");
        let reach = pairs.reach();
        (reach.states(), reach.stall())
    })
}

fn agrees(system: &TwoParts) -> Result<(), TestCaseError> {
    let graph = whole(system).graph;
    let verdicts = Verdicts::new(&graph);
    let expected = &verdicts.of(Law::Stall).broken_by;
    let (states, stall) = by_pairs(system, 1);
    prop_assert_eq!(states, graph.states() as u64);
    prop_assert_eq!(&stall, expected, "the same path");
    let on = |threads| {
        pool(threads).install(|| {
            let pairs = Pairs::new(system).expect("the halves meet in nothing else");
            pairs.whole()
        })
    };
    let wholes = [1, 2].map(on);
    prop_assert_eq!(wholes[0].is_some(), wholes[1].is_some());
    for whole in wholes.into_iter().flatten() {
        prop_assert_eq!(whole.states, graph.states() as u64);
        prop_assert_eq!(whole.transitions, graph.transitions() as u64);
        prop_assert_eq!(&whole.verdicts, &verdicts);
        let cycles = Cycles::new(&graph);
        for metric in 0..2 {
            let bounds =
                |cycles: &Option<Cycles>| cycles.as_ref().map(|cycles| cycles.bounds(metric));
            prop_assert_eq!(bounds(&whole.cycles), bounds(&cycles));
        }
    }
    if let Some(path) = &stall {
        let end = path.iter().try_fold(system.initial(), |state, &event| {
            Some(system.step(state, event)?.0)
        });
        let stalled = TwoParts {
            initial: system.split(end.expect("a path that can be taken")),
            ..system.clone()
        };
        let at_once = Verdicts::new(&whole(&stalled).graph)
            .of(Law::Stall)
            .broken_by
            .clone();
        prop_assert_eq!(at_once, Some(Vec::new()), "the path ends in a stall");
    }
    prop_assert_eq!(
        by_pairs(system, 3),
        (states, stall),
        "the number of threads changes nothing"
    );
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn pairs_agree_with_the_graph_on_small_systems(system in systems(1..7, 0..25)) {
        agrees(&system)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(25) })]

    /// More than 64 halves, and more than 128: several words a row, several strips.
    #[test]
    fn pairs_agree_with_the_graph_on_systems_of_several_strips(system in systems(70..200, 500..700)) {
        agrees(&system)?;
    }
}

/// Two rings of four halves. Half 1 holds thing 0. Every half owes but half 0, and each client is served in half 3.
fn rings(flaw: Flaw) -> TwoParts {
    let part = |first: Label| Part {
        held: vec![0, 1, 0, 0],
        owed: vec![false, true, true, true],
        facts: vec![Facts::NONE; 4],
        moves: BTreeMap::from([
            ((0, first), (1, 1, [0; 2])),
            ((1, first), (2, 0, [0; 2])),
            ((2, first), (3, 0, [0; 2])),
            ((3, first + 4), (0, 0, [0; 2])),
        ]),
    };
    TwoParts {
        parts: [part(LABELS[0]), part(LABELS[1])],
        flaw,
        initial: [0; 2],
        second: Role::None,
    }
}

#[test]
fn two_that_share_a_thing_never_hold_it_at_the_same_time() {
    let system = rings(Flaw::None);
    assert_eq!(
        by_pairs(&system, 1),
        (15, None),
        "all pairs of four and four but one: both in half 1"
    );
    let mut lost = system;
    lost.parts[1].moves.remove(&(3, LABELS[1] + 4));
    let stall = vec![LABELS[1]];
    assert_eq!(
        by_pairs(&lost, 1),
        (15, Some(stall)),
        "client 1 is owed a service in half 1, and none can come"
    );
}

#[test]
fn halves_that_meet_elsewhere_are_refused() {
    for (flaw, refusal) in [
        (Flaw::Steers, Refusal::Steered(0)),
        (Flaw::Waits, Refusal::Meets(0)),
        (Flaw::Peeks, Refusal::Meets(0)),
        (Flaw::Pushes, Refusal::Meets(0)),
        (Flaw::Owes, Refusal::Owed(0)),
        (Flaw::Charges, Refusal::Meets(0)),
        (Flaw::Facts, Refusal::Facts),
    ] {
        let system = rings(flaw);
        assert_eq!(Pairs::new(&system).err(), Some(refusal), "{flaw:?}");
    }
}

#[test]
fn a_half_that_counts_too_far_is_refused() {
    /// Two counters.
    struct Counters;
    impl TransitionSystem for Counters {
        type State = u64;
        type Event = Label;
        type Cost = ();
        fn initial(&self) -> u64 {
            0
        }
        fn events(&self) -> Vec<Label> {
            vec![0, 1]
        }
        fn step(&self, state: u64, event: Label) -> Option<(u64, ())> {
            Some((state.wrapping_add(if event == 0 { 1 } else { 1 << 32 }), ()))
        }
        fn class(&self, event: Label) -> Class {
            Class {
                client: event,
                ..Class::default()
            }
        }
        fn facts(&self, _: u64) -> Facts {
            Facts::NONE
        }
    }
    impl Paired for Counters {
        type Half = u32;
        fn split(&self, state: u64) -> [u32; 2] {
            [state as u32, (state >> 32) as u32]
        }
        fn join(&self, halves: [u32; 2]) -> u64 {
            u64::from(halves[0]) | u64::from(halves[1]) << 32
        }
        fn held(&self, _: u32) -> Held {
            Held::NOTHING
        }
        fn step_half(&self, half: u32, _: Held, _: Label) -> Option<u32> {
            Some(half.wrapping_add(1))
        }
    }
    assert_eq!(Pairs::new(&Counters).err(), Some(Refusal::TooMany));
}

/// The laws about cycles.
const OF_CYCLES: [Law; 4] = [Law::Storm, Law::Livelock, Law::Unbounded, Law::Spurious];

#[test]
fn the_random_systems_are_large_and_some_of_them_stall() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut found, mut without, mut cycles) = (Vec::new(), [0; 2], [0; OF_CYCLES.len()]);
    for _ in 0..100 {
        let system = systems(70..200, 500..700)
            .new_tree(&mut runner)
            .expect("a system")
            .current();
        found.push(by_pairs(&system, 1));
        let whole = Pairs::new(&system).expect("two halves").whole();
        without[usize::from(whole.is_some())] += 1;
        let broken = |law| {
            whole
                .as_ref()
                .is_some_and(|whole| !whole.verdicts.of(law).holds())
        };
        for (count, law) in cycles.iter_mut().zip(OF_CYCLES) {
            *count += u32::from(broken(law));
        }
    }
    let large = found.iter().filter(|(states, _)| *states > 3000).count();
    let late = found
        .iter()
        .filter(|(_, stall)| stall.as_ref().is_some_and(|path| path.len() > 2))
        .count();
    let none = found.iter().filter(|(_, stall)| stall.is_none()).count();
    assert!(large > 5 && late > 2 && none > 2, "{found:?}");
    assert!(
        without[0] > 2 && without[1] > 5,
        "with and without the graph: {without:?}"
    );
    // Each of them is compared where it is broken, and not only where it holds.
    assert!(
        cycles.iter().all(|&count| count > 0),
        "{OF_CYCLES:?} are broken without a graph: {cycles:?}"
    );
}
