//! Systems in two halves, written down as the moves of each half.

use std::collections::BTreeMap;

use eoi_search::{Actor, Class, Facts, Held, Label, Paired, Role, TransitionSystem};
use proptest::collection::vec;
use proptest::prelude::*;

/// An event's outcome in a half: the half that it leads to, the things which refuse it when the other half holds them, and
/// its cost.
pub type Move = (u32, u8, [u8; 2]);

/// One half of a system.
#[derive(Clone, Debug, Default)]
pub struct Part {
    /// By half, the things that it holds.
    pub held: Vec<u8>,
    /// By half, whether its client is owed a service.
    pub owed: Vec<bool>,
    /// By half, its other facts.
    pub facts: Vec<Facts>,
    pub moves: BTreeMap<(u32, Label), Move>,
}

/// A way in which the halves meet where they must not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
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
    /// Event 0 costs more when the other half is odd.
    Charges,
    /// Two halves 1 together have a fact that neither has.
    Facts,
}

/// Labels of each part: five of client 0, five of client 1.
pub const LABELS: [Label; 2] = [0, 5];

#[derive(Clone, Debug)]
pub struct TwoParts {
    pub parts: [Part; 2],
    pub flaw: Flaw,
    pub initial: [u32; 2],
    /// The role of event 2 of each client.
    pub second: Role,
}

impl TwoParts {
    fn moved(&self, half: u32, other: Held, event: Label) -> Option<u32> {
        let (to, refused_by, _) = self.of(half, event)?;
        let holds = other.bits() & 1 != 0;
        match self.flaw {
            Flaw::Steers if event == 0 && holds => Some(0),
            Flaw::Waits if event == 0 => holds.then_some(to),
            _ => (other.bits() & refused_by == 0).then_some(to),
        }
    }

    fn of(&self, half: u32, event: Label) -> Option<Move> {
        let moves = &self.parts[usize::from(event / LABELS[1])].moves;
        moves.get(&(half, event)).copied()
    }
}

impl TransitionSystem for TwoParts {
    type State = u64;
    type Event = Label;
    type Cost = [u8; 2];

    fn initial(&self) -> u64 {
        self.join(self.initial)
    }

    fn events(&self) -> Vec<Label> {
        (0..2 * LABELS[1]).collect()
    }

    fn step(&self, state: u64, event: Label) -> Option<(u64, [u8; 2])> {
        let (mut halves, own) = (self.split(state), usize::from(event / LABELS[1]));
        let (half, other) = (halves[own], halves[1 - own]);
        halves[own] = self.moved(half, self.held(other), event)?;
        let (.., mut cost) = self.of(half, event)?;
        match self.flaw {
            Flaw::Peeks if event == 0 && other % 2 == 1 => return None,
            Flaw::Pushes if event == 0 => halves[1] = 0,
            Flaw::Charges if event == 0 && other % 2 == 1 => cost[0] += 1,
            _ => {}
        }
        Some((self.join(halves), cost))
    }

    /// Of each five, the first is the host's interrupt and the second the guest's, the last serves and the last but one
    /// comes from outside.
    fn class(&self, event: Label) -> Class {
        let (client, event) = (event / LABELS[1], event % LABELS[1]);
        let (actor, role) = match event {
            0 => (Actor::Host, Role::HostIrq),
            1 => (Actor::System, Role::GuestIrq),
            2 => (Actor::Host, self.second),
            3 => (Actor::Environment, Role::None),
            _ => (Actor::System, Role::Service),
        };
        Class {
            actor,
            role,
            client,
            participant: event / 2,
            paced: event == 1,
            counts: true,
            turn: None,
        }
    }

    fn facts(&self, state: u64) -> Facts {
        let halves = self.split(state);
        let owes = |client: usize| self.parts[client].owed[halves[client] as usize];
        let even = halves[1] % 2 == 0;
        let of = |client: usize| self.parts[client].facts[halves[client] as usize];
        let hides = self.flaw == Flaw::Facts && halves == [1, 1];
        of(0)
            .and(of(1))
            .with(Facts::owes(0), owes(0) && (self.flaw != Flaw::Owes || even))
            .with(Facts::owes(1), owes(1))
            .with(Facts::BREAKS_LEAK, hides)
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
pub fn systems(
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
                [0..3u8, 0..2u8],
            );
            let moves = vec(one, moves.clone()).prop_map(|moves| {
                moves
                    .into_iter()
                    .map(|(from, label, to, refused_by, cost)| {
                        ((from, label), (to, refused_by, cost))
                    })
                    .collect::<BTreeMap<(u32, Label), Move>>()
            });
            let facts = vec(
                prop_oneof![20 => Just(Facts::NONE), 1 => some_facts()],
                count,
            );
            (moves, vec(proptest::bool::weighted(0.03), count), facts)
        };
        let held = vec(prop_oneof![2 => Just(0), 1 => 0..16u8], count);
        let second = prop_oneof![3 => Just(Role::None), 1 => Just(Role::GivesUp)];
        let parts = (part(LABELS[0]), part(LABELS[1]));
        // Where what goes on by itself goes upwards, no law about cycles is broken.
        let upwards = proptest::bool::weighted(0.6);
        // Where nothing goes on by itself at first, and everything or nothing owes afterwards, one half may break such a law
        // whatever the other one does.
        let idle = proptest::bool::weighted(0.6);
        let owing = proptest::bool::weighted(0.7);
        let all = (held, parts, second, upwards, idle, owing);
        all.prop_map(|(mut held, (first, next), second, upwards, idle, owing)| {
            held[0] = if upwards || idle { 0 } else { held[0] };
            let parts = [first, next].map(|(mut moves, mut owed, facts)| {
                let later = owed.iter_mut().skip(1).filter(|_| idle);
                later.for_each(|owed| *owed = owing);
                moves.retain(|&(from, label), &mut (to, ..)| {
                    let outside = label % LABELS[1] == 3;
                    (!upwards || label % LABELS[1] > 2 || to > from)
                        && (!idle || from > 0 || outside)
                });
                Part {
                    held: held.clone(),
                    owed,
                    facts,
                    moves,
                }
            });
            TwoParts {
                parts,
                flaw: Flaw::None,
                initial: [0; 2],
                second,
            }
        })
    })
}

fn some_facts() -> impl Strategy<Value = Facts> {
    let all = [
        Facts::BREAKS_IMBALANCE,
        Facts::TESTS_IMBALANCE,
        Facts::BREAKS_LEAK,
        Facts::TESTS_LEAK,
        Facts::TESTS_UNHANDLED,
    ];
    proptest::sample::select(all.to_vec())
}
