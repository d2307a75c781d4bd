//! Random small systems: every law and every cost, as their definitions have them, by trying all paths and cycles.

use std::collections::BTreeSet;

use eoi_search::{
    Actor, Bounds, Class, Cycles, Facts, Law, Ratio, Role, TransitionSystem, Verdict, Verdicts,
};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

use crate::definitions::{
    Arc, arcs, happens, livelock, nearest, neighbour, spurious, stall, storm, tours, unbounded,
};
use crate::toy::Toy;

const MOST_ARCS: usize = 11;

fn class() -> impl Strategy<Value = Class> {
    let actor = prop_oneof![
        Just(Actor::Environment),
        Just(Actor::System),
        Just(Actor::Host),
        Just(Actor::Host)
    ];
    let role = prop_oneof![
        2 => Just(Role::None),
        3 => Just(Role::HostIrq),
        3 => Just(Role::GuestIrq),
        3 => Just(Role::Service),
        1 => Just(Role::GivesUp),
        1 => Just(Role::NeighbourService),
    ];
    let paced = proptest::bool::weighted(0.1);
    let counts = proptest::bool::weighted(0.9);
    (actor, 0..3u8, role, 0..2u8, paced, counts).prop_map(
        |(actor, participant, role, client, paced, counts)| Class {
            actor,
            participant,
            role,
            client,
            paced,
            counts,
            turn: None,
        },
    )
}

fn facts() -> impl Strategy<Value = Facts> {
    let owed = vec(proptest::bool::weighted(0.65), 2);
    (owed, vec(proptest::bool::weighted(0.3), 6)).prop_map(|(owed, others)| {
        let all = [
            Facts::owes(0),
            Facts::owes(1),
            Facts::BREAKS_IMBALANCE,
            Facts::TESTS_IMBALANCE,
            Facts::BREAKS_LEAK,
            Facts::TESTS_LEAK,
            Facts::TESTS_UNHANDLED,
            Facts::OWES_NEIGHBOUR,
        ];
        all.into_iter()
            .zip(owed.into_iter().chain(others))
            .fold(Facts::NONE, |facts, (fact, holds)| facts.with(fact, holds))
    })
}

/// Up to five states, six labels and eleven transitions.
fn toy() -> impl Strategy<Value = Toy> {
    let steps = btree_map(
        (0..5u32, 0..6u8),
        (0..5u32, [0..3u8, 0..3u8]),
        3..=MOST_ARCS,
    );
    (vec(class(), 6), steps, btree_map(0..5u32, facts(), 4..=5)).prop_map(
        |(classes, steps, facts)| Toy {
            classes,
            steps,
            facts,
        },
    )
}

/// The sequence can be taken; its end is a cycle of that length. Returns the cycle.
fn replay(toy: &Toy, verdict: &Verdict) -> Vec<Arc> {
    let labels = verdict.broken_by.as_deref().unwrap_or_default();
    let (mut state, mut taken) = (0, Vec::new());
    for &label in labels {
        let (to, cost) = toy.step(state, label).expect("a step that can be taken");
        taken.push(Arc {
            from: state,
            to,
            cost,
            class: toy.class(label),
        });
        state = to;
    }
    let cycle = taken.split_off(taken.len() - verdict.cycle);
    if let Some(first) = cycle.first() {
        assert_eq!(first.from, state, "the cycle is closed");
    }
    cycle
}

/// Least and greatest ratio over all simple cycles of what counts.
fn bounds(toy: &Toy, metric: usize) -> Option<Bounds> {
    let counts: Vec<Arc> = arcs(toy)
        .into_iter()
        .filter(|arc| arc.class.counts)
        .collect();
    let simple = |tour: &Vec<Arc>| {
        let sources: BTreeSet<u32> = tour.iter().map(|arc| arc.from).collect();
        sources.len() == tour.len()
    };
    let sums = tours(&counts).filter(simple).map(|tour| {
        let served = tour
            .iter()
            .filter(|arc| arc.class.role == Role::Service)
            .count() as u64;
        (
            tour.iter()
                .map(|arc| u64::from(arc.cost[metric]))
                .sum::<u64>(),
            served,
        )
    });
    let (serving, idle): (Vec<_>, Vec<_>) = sums.partition(|&(_, served)| served > 0);
    let order = |a: &&(u64, u64), b: &&(u64, u64)| (a.0 * b.1).cmp(&(b.0 * a.1));
    let best = serving
        .iter()
        .min_by(order)
        .map(|&(cost, served)| Ratio::new(cost, served))?;
    let worst = serving
        .iter()
        .max_by(order)
        .map(|&(cost, served)| Ratio::new(cost, served));
    Some(Bounds {
        best,
        worst: worst.filter(|_| idle.iter().all(|&(cost, _)| cost == 0)),
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1500) })]

    #[test]
    fn laws_of_states_are_broken_where_their_definitions_say_so(toy in toy()) {
        let verdicts = Verdicts::new(&toy.graph());
        let gives_up = |state| arcs(&toy).iter().any(|arc| arc.from == state && arc.class.role == Role::GivesUp);
        let has = |fact: Facts| nearest(&toy, |state| toy.facts(state).has(fact));
        let serves = |arc: &Arc| arc.class.role == Role::NeighbourService;
        let served = arcs(&toy).iter().any(|arc| serves(arc) && toy.facts(arc.from).has(Facts::OWES_NEIGHBOUR));
        for (law, broken, sometimes) in [
            (Law::Stall, stall(&toy), happens(&toy, Role::Service, true)),
            (Law::Neighbour, neighbour(&toy), served),
            (Law::Imbalance, has(Facts::BREAKS_IMBALANCE), has(Facts::TESTS_IMBALANCE).is_some()),
            (Law::Leak, has(Facts::BREAKS_LEAK), has(Facts::TESTS_LEAK).is_some()),
            (Law::Unhandled, nearest(&toy, gives_up).map(|steps| steps + 1), has(Facts::TESTS_UNHANDLED).is_some()),
        ] {
            let verdict = verdicts.of(law);
            prop_assert_eq!(verdict.broken_by.as_ref().map(Vec::len), broken, "{:?}", law);
            prop_assert_eq!((verdict.sometimes, verdict.cycle), (sometimes, 0), "{:?}", law);
            replay(&toy, verdict);
        }
    }

    #[test]
    fn laws_of_cycles_are_broken_where_some_fair_tour_breaks_them(toy in toy()) {
        let verdicts = Verdicts::new(&toy.graph());
        let taken = arcs(&toy).iter().any(|arc| arc.class.role == Role::HostIrq);
        for (law, broken, sometimes, wanted) in [
            (Law::Storm, storm(&toy), taken, Role::HostIrq),
            (Law::Livelock, livelock(&toy), happens(&toy, Role::GuestIrq, true), Role::GuestIrq),
            (Law::Unbounded, unbounded(&toy), happens(&toy, Role::HostIrq, true), Role::HostIrq),
            (Law::Spurious, spurious(&toy), happens(&toy, Role::GuestIrq, false), Role::GuestIrq),
        ] {
            let verdict = verdicts.of(law);
            let before = verdict.broken_by.as_ref().map(|labels| labels.len() - verdict.cycle);
            prop_assert_eq!((before, verdict.sometimes), (broken, sometimes), "{:?}", law);
            let cycle = replay(&toy, verdict);
            prop_assert_eq!(cycle.first().map(|arc| arc.class.role), broken.map(|_| wanted));
        }
    }

    #[test]
    fn costs_are_those_of_the_least_and_greatest_simple_cycle(toy in toy()) {
        let graph = toy.graph();
        let cycles = Cycles::new(&graph);
        for metric in 0..2 {
            prop_assert_eq!(cycles.as_ref().map(|cycles| cycles.bounds(metric)), bounds(&toy, metric));
        }
    }
}

#[test]
fn the_random_systems_break_and_keep_every_law() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut broken = vec![0; Law::ALL.len()];
    let (mut bounded, mut unbounded) = (0, 0);
    for _ in 0..1000 {
        let toy = toy().new_tree(&mut runner).expect("a toy").current();
        let graph = toy.graph();
        for (count, verdict) in broken.iter_mut().zip(&Verdicts::new(&graph)) {
            *count += usize::from(!verdict.holds());
        }
        match Cycles::new(&graph).map(|cycles| cycles.bounds(0).worst) {
            Some(Some(_)) => bounded += 1,
            Some(None) => unbounded += 1,
            None => {}
        }
    }
    assert!(
        broken.iter().all(|count| (50..950).contains(count)),
        "{broken:?}"
    );
    assert!(
        bounded > 50 && unbounded > 50,
        "{bounded} bounded, {unbounded} unbounded"
    );
}
