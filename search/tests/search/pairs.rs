//! Systems in two halves: pairs against the graph of all states, and systems that are refused.

use std::collections::BTreeMap;

use eoi_search::{
    Actor, Class, Explored, Facts, Held, Label, Law, Paired, Pairs, Refusal, Role,
    TransitionSystem, Verdicts, explore,
};
use proptest::collection::vec;
use proptest::prelude::*;

/// An event's outcome in a half: the half that it leads to, and the things which refuse it when the other half holds them.
type Move = (u32, u8);

/// One half of a system.
#[derive(Clone, Debug, Default)]
struct Part {
    /// By half, the things that it holds.
    held: Vec<u8>,
    /// By half, whether its client is owed a service.
    owed: Vec<bool>,
    moves: BTreeMap<(u32, Label), Move>,
}

/// A way in which the halves meet where they must not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flaw {
    None,
    /// Event 0 leads elsewhere when the other half holds thing 0.
    Steers,
    /// Event 0 happens only when the other half holds thing 0.
    Waits,
    /// Event 0 happens only when the other half is even.
    Peeks,
    /// Event 0 moves the other half to 0.
    Pushes,
    /// Client 0 is owed a service only while the other half is even.
    Owes,
}

/// Labels of each part: five of client 0, five of client 1.
const LABELS: [Label; 2] = [0, 5];

#[derive(Clone, Debug)]
struct TwoParts {
    parts: [Part; 2],
    flaw: Flaw,
    initial: [u32; 2],
}

impl TwoParts {
    fn moved(&self, half: u32, other: Held, event: Label) -> Option<u32> {
        let (to, refused_by) = *self.parts[usize::from(event / LABELS[1])]
            .moves
            .get(&(half, event))?;
        let holds = other.bits() & 1 != 0;
        match self.flaw {
            Flaw::Steers if event == 0 && holds => Some(0),
            Flaw::Waits if event == 0 => holds.then_some(to),
            _ => (other.bits() & refused_by == 0).then_some(to),
        }
    }
}

impl TransitionSystem for TwoParts {
    type State = u64;
    type Event = Label;
    type Cost = ();

    fn initial(&self) -> u64 {
        self.join(self.initial)
    }

    fn events(&self) -> Vec<Label> {
        (0..2 * LABELS[1]).collect()
    }

    fn step(&self, state: u64, event: Label) -> Option<(u64, ())> {
        let (mut halves, own) = (self.split(state), usize::from(event / LABELS[1]));
        let other = halves[1 - own];
        halves[own] = self.moved(halves[own], self.held(other), event)?;
        match self.flaw {
            Flaw::Peeks if event == 0 && other % 2 == 1 => return None,
            Flaw::Pushes if event == 0 => halves[1] = 0,
            _ => {}
        }
        Some((self.join(halves), ()))
    }

    /// Of each five, the last serves and the last but one comes from outside.
    fn class(&self, event: Label) -> Class {
        let (client, event) = (event / LABELS[1], event % LABELS[1]);
        let actor = if event == 3 {
            Actor::Environment
        } else {
            Actor::System
        };
        let role = if event == 4 {
            Role::Service
        } else {
            Role::None
        };
        Class {
            actor,
            role,
            client,
            ..Class::default()
        }
    }

    fn facts(&self, state: u64) -> Facts {
        let halves = self.split(state);
        let owes = |client: usize| self.parts[client].owed[halves[client] as usize];
        let first = owes(0) && (self.flaw != Flaw::Owes || halves[1] % 2 == 0);
        Facts::NONE
            .with(Facts::owes(0), first)
            .with(Facts::owes(1), owes(1))
    }
}

impl Paired for TwoParts {
    type Half = u32;

    fn split(&self, state: u64) -> [u32; 2] {
        [state as u32, (state >> 32) as u32]
    }

    fn join(&self, halves: [u32; 2]) -> u64 {
        u64::from(halves[0]) | u64::from(halves[1]) << 32
    }

    fn held(&self, half: u32) -> Held {
        Held::new(self.parts[0].held[half as usize])
    }

    fn step_half(&self, half: u32, other: Held, event: Label) -> Option<u32> {
        self.moved(half, other, event)
    }
}

/// Systems of up to this many halves on each side. Both sides hold alike, as [`Paired::held`] is one for both.
fn systems(
    halves: std::ops::Range<u32>,
    moves: std::ops::Range<usize>,
) -> impl Strategy<Value = TwoParts> {
    halves.prop_flat_map(move |halves| {
        let count = halves as usize;
        let part = |first: Label| {
            let one = (
                0..halves,
                first..first + LABELS[1],
                0..halves,
                prop_oneof![3 => Just(0), 2 => 0..16u8],
            );
            let moves = vec(one, moves.clone()).prop_map(|moves| {
                moves
                    .into_iter()
                    .map(|(from, label, to, refused_by)| ((from, label), (to, refused_by)))
                    .collect()
            });
            (moves, vec(proptest::bool::weighted(0.2), count))
        };
        let held = vec(prop_oneof![2 => Just(0), 1 => 0..16u8], count);
        (held, part(LABELS[0]), part(LABELS[1])).prop_map(|(held, first, second)| {
            let parts = [first, second].map(|(moves, owed)| Part {
                held: held.clone(),
                owed,
                moves,
            });
            TwoParts {
                parts,
                flaw: Flaw::None,
                initial: [0; 2],
            }
        })
    })
}

fn whole(system: &TwoParts) -> Explored<u64, Label> {
    explore(system, usize::MAX, &|_| {}).expect("no limit")
}

/// The number of states and a shortest path to a stall, by pairs.
fn by_pairs(system: &TwoParts, threads: usize) -> (u64, Option<Vec<Label>>) {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .expect("threads");
    pool.install(|| {
        let pairs = Pairs::new(system).expect("the halves meet in nothing else");
        let reach = pairs.reach();
        (reach.states(), reach.stall())
    })
}

fn agrees(system: &TwoParts) -> Result<(), TestCaseError> {
    let graph = whole(system).graph;
    let expected = Verdicts::new(&graph)
        .of(Law::Stall)
        .broken_by
        .as_ref()
        .map(Vec::len);
    let (states, stall) = by_pairs(system, 1);
    prop_assert_eq!(states, graph.states() as u64);
    prop_assert_eq!(stall.as_ref().map(Vec::len), expected);
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
        moves: BTreeMap::from([
            ((0, first), (1, 1)),
            ((1, first), (2, 0)),
            ((2, first), (3, 0)),
            ((3, first + 4), (0, 0)),
        ]),
    };
    TwoParts {
        parts: [part(LABELS[0]), part(LABELS[1])],
        flaw,
        initial: [0; 2],
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

#[test]
fn the_random_systems_are_large_and_some_of_them_stall() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut found = Vec::new();
    for _ in 0..25 {
        let system = systems(70..200, 500..700)
            .new_tree(&mut runner)
            .expect("a system")
            .current();
        found.push(by_pairs(&system, 1));
    }
    let large = found.iter().filter(|(states, _)| *states > 3000).count();
    let late = found
        .iter()
        .filter(|(_, stall)| stall.as_ref().is_some_and(|path| path.len() > 2))
        .count();
    let none = found.iter().filter(|(_, stall)| stall.is_none()).count();
    assert!(large > 5 && late > 2 && none > 2, "{found:?}");
}
