//! The same answers with any number of threads.

use eoi_search::{
    Actor, Class, Cycles, Edge, Explored, Facts, Label, Law, Role, Search, TransitionSystem,
    Verdicts,
};
use rayon::ThreadPoolBuilder;

/// Counters that go round: each event moves one of them, unless a random choice forbids it in this state.
struct Counters {
    choice: u64,
}

/// Of each counter, which has a byte of the state.
const ROUND: u64 = 12;
const COUNTERS: u32 = 4;

impl Counters {
    /// A number below 16, made of a state and an event.
    fn chance(&self, state: u64, event: Label) -> u64 {
        let mixed = (state ^ self.choice)
            .wrapping_add(u64::from(event))
            .wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (mixed ^ mixed >> 31).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 60
    }
}

impl TransitionSystem for Counters {
    type State = u64;
    type Event = Label;
    type Cost = [u8; 2];

    fn initial(&self) -> u64 {
        0
    }

    fn events(&self) -> Vec<Label> {
        (0..2 * COUNTERS as Label).collect()
    }

    fn step(&self, state: u64, event: Label) -> Option<(u64, [u8; 2])> {
        let (chance, place) = (self.chance(state, event), u32::from(event) % COUNTERS * 8);
        let counter = state >> place & 0xff;
        let backward = u32::from(event) >= COUNTERS;
        let moved = (counter + if backward { ROUND - 1 } else { 1 }) % ROUND;
        let to = state & !(0xff << place) | moved << place;
        (chance > if backward { 12 } else { 3 }).then_some((
            to,
            [
                u8::from(event == 3) * (chance & 3) as u8,
                u8::from(event == 1),
            ],
        ))
    }

    fn class(&self, event: Label) -> Class {
        let (actor, role) = match event {
            0 => (Actor::Environment, Role::None),
            1 => (Actor::Host, Role::HostIrq),
            2 => (Actor::System, Role::GuestIrq),
            3 => (Actor::System, Role::Service),
            _ => (Actor::Host, Role::None),
        };
        Class {
            actor,
            role,
            participant: event,
            counts: event < 6,
            ..Class::default()
        }
    }

    fn facts(&self, state: u64) -> Facts {
        Facts::NONE
            .with(Facts::owes(0), self.chance(state, 100) > 7)
            .with(
                Facts::BREAKS_LEAK,
                self.chance(state, 101) + self.chance(state, 102) == 30,
            )
    }
}

/// All that a search says.
fn answers(
    explored: &Explored<u64, Label>,
) -> (
    Vec<u64>,
    Vec<(u32, Edge)>,
    Verdicts,
    Vec<eoi_search::Bounds>,
) {
    let graph = &explored.graph;
    let cycles = Cycles::new(graph).expect("services on cycles");
    (
        explored.states.iter().collect(),
        graph.edges().collect(),
        Verdicts::new(graph),
        (0..2).map(|metric| cycles.bounds(metric)).collect(),
    )
}

#[test]
fn graph_verdicts_and_costs_are_the_same_with_any_number_of_threads() {
    for choice in [1, 2, 3] {
        let system = Counters { choice };
        let one = Search::new().graph(&system).expect("no limit");
        assert!(
            one.states.len() > 20_000,
            "{} states are some blocks a thread",
            one.states.len()
        );
        let wanted = answers(&one);
        assert!(!wanted.2.of(Law::Leak).holds() && wanted.2.of(Law::Stall).sometimes);
        for threads in [1, 2, 3, 8] {
            let pool = ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .expect("threads");
            let many = pool
                .install(|| Search::new().on_all_threads().graph(&system))
                .expect("no limit");
            assert!(
                answers(&many) == wanted,
                "{threads} threads, choice {choice}"
            );
            let states = pool
                .install(|| Search::new().on_all_threads().states(&system))
                .expect("no limit");
            assert!(
                states.iter().eq(wanted.0.iter().copied()),
                "{threads} threads, choice {choice}: states only"
            );
        }
    }
}
