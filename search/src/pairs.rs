//! The search for systems in two halves: pairs of halves in a matrix of bits, so that no state is visited by itself.
//!
//! The halves meet in what they hold only ([`Paired`]), so that a state is a pair of halves and a step moves one member
//! of it. Each half is walked once by itself (`side`). The set of pairs is a matrix of bits (`bits`), and a level is made
//! 64 pairs at a time (`front`):
//!
//! ```text
//! next[a'] |= frontier[a] & allows      for each step a -> a' of half 0; allows: the halves 1 that hold nothing which
//!                                       refuses the step
//! the same for half 1 on the turned frontier, then next &= !visited
//! ```
//!
//! A level takes three passes, each over strips that any thread may take: turn the frontier; move half 1 in the turned
//! frontier; move half 0 in the frontier, add the moves of half 1 turned back, and leave out what has been visited.
//!
//! Time: a level is about `w * s / 64 + w` operations on words, where `w` is the number of words of the frontier that
//! are not 0 and `s` the steps that lead to a half, and one look at each step. Memory: five bits a pair of halves, some
//! tens of bytes a step of one half, and about a byte a state for the way back.
//!
//! The same with any number of threads. A level is a set, whoever computes its parts; and of all shortest paths to what
//! is looked for, the first one in the order of labels is taken (`way`), which is the one that the graph has.

mod agree;
mod bits;
mod front;
mod side;
mod trail;
mod way;
pub(crate) mod whole;

use rayon::prelude::*;

use crate::class::{Class, Role};
use crate::paired::{Paired, Refusal};
use crate::system::Label;
use bits::{Bits, Link, Links, STRIP, columns};
use front::Front;
use side::{HeldSet, Side, Step, sides};
use trail::Level;

/// Pairs of halves up to which a matrix of bits is taken: five matrices of 8 GiB.
const MOST_PAIRS: u64 = 1 << 36;

/// A pair of halves, by their numbers.
type Pair = (u32, u32);

/// A system in two halves, each of them walked.
pub struct Pairs<'a, T: Paired> {
    system: &'a T,
    events: Vec<T::Event>,
    classes: Vec<Class>,
    sides: [Side<T::Half>; 2],
    /// By half and then as [`Side::sets`]: the other halves that hold something of the set.
    filters: [Vec<Vec<u64>>; 2],
    /// By client: the halves in which it is owed a service.
    owed: [Vec<bool>; 2],
}

/// All states that a system in two halves can reach.
pub struct Reach<'p, 'a, T: Paired> {
    pairs: &'p Pairs<'a, T>,
    visited: Bits,
    states: u64,
}

/// The result of a search from the initial state.
struct Forward {
    visited: Bits,
    states: u64,
    /// The labels of a shortest path to what was looked for.
    found: Option<Vec<Label>>,
}

impl<'a, T: Paired> Pairs<'a, T> {
    /// Walks both halves, a call of the system's step a half and event, and checks that they meet in nothing but what they
    /// hold. A held thing only refuses: checked for every half and event, with everything that is ever held. The step of the whole
    /// system is the step of the half: checked for every step of a half beside one other, and for every event beside
    /// every other half if the system is small. In a large system that is a sample. Nothing is left to it where the
    /// system's step is written so that it can see of the other half what that holds and nothing else.
    ///
    /// # Errors
    /// [`Refusal`] if the halves do meet elsewhere, or if there are too many of them.
    pub fn new(system: &'a T) -> Result<Self, Refusal> {
        let events = system.events();
        let classes = events.iter().map(|&event| system.class(event)).collect();
        let sides = sides(system, &events)?;
        if pairs(&sides) > MOST_PAIRS {
            return Err(Refusal::TooMany);
        }
        let owed = agree::check(system, &events, &sides)?;
        let filters = [0, 1].map(|half: usize| {
            let other = &sides[1 - half];
            sides[half]
                .sets
                .iter()
                .map(|&set| filter(other, set))
                .collect()
        });
        Ok(Self {
            system,
            events,
            classes,
            sides,
            filters,
            owed,
        })
    }

    /// The number of pairs of halves, those included that the system does not reach. A search takes five bits for each.
    #[must_use]
    pub fn pairs(&self) -> u64 {
        pairs(&self.sides)
    }

    /// Searches for all states that the system can reach, on the threads of rayon's current pool.
    #[must_use]
    pub fn reach(&self) -> Reach<'_, 'a, T> {
        let Forward {
            visited, states, ..
        } = self.forward(None);
        Reach {
            pairs: self,
            visited,
            states,
        }
    }

    fn class(&self, step: &Step) -> Class {
        self.classes[usize::from(step.label)]
    }

    /// The empty set.
    fn bits(&self) -> Bits {
        Bits::new(self.sides[0].halves.len(), self.sides[1].halves.len())
    }

    fn front(&self) -> Front {
        Front::new(self.sides[0].halves.len(), self.sides[1].halves.len())
    }

    /// The links that `of` makes of each half's steps: to and from.
    fn links(&self, of: impl Fn(usize, &Step) -> Option<(u32, u32)> + Sync) -> [Links<'_>; 2] {
        let links = |half: usize| {
            let side = &self.sides[half];
            let link = |step: &Step| {
                let (to, from) = of(half, step)?;
                Some(Link {
                    to,
                    from,
                    filter: u32::from(step.set),
                })
            };
            Links::new(
                side.halves.len(),
                side.steps.iter().filter_map(link).collect(),
                &self.filters[half],
            )
        };
        rayon::join(|| links(0), || links(1)).into()
    }

    /// Searches all, or up to the first level that has a pair which is looked for.
    fn forward(&self, sought: Option<&(dyn Fn(Pair) -> bool + Sync)>) -> Forward {
        let links = self.links(|_, step| Some((step.to, step.from)));
        let (mut front, mut visited, mut trail) = (self.front(), self.bits(), Vec::new());
        visited.insert(0, 0);
        front.frontier.insert(0, 0);
        let (mut states, mut count, mut found) = (1, 1, None);
        while count > 0 {
            if let Some(sought) = sought {
                if let Some(there) = self.chosen(&front.frontier, sought) {
                    found = Some(self.way(trail, there));
                    break;
                }
                trail.push(Level::of(&front.frontier));
            }
            count = front.advance(&links, &mut visited, count);
            states += count;
        }
        Forward {
            visited,
            states,
            found,
        }
    }

    /// The states of a set from which what goes on by itself brings this client's service, and all that are not in the
    /// set: the states from which it is served, and then backwards.
    fn served(&self, client: usize, states: &Bits) -> Bits {
        let serves = self.links(|of, step| {
            (of == client && self.class(step).role == Role::Service)
                .then_some((step.from, step.from))
        });
        let back =
            self.links(|_, step| self.class(step).is_system().then_some((step.from, step.to)));
        let (mut front, mut served) = (self.front(), self.bits());
        front.frontier = states.clone();
        let mut count = front.advance(&serves, &mut served, u64::MAX);
        let mut elsewhere = states.clone();
        elsewhere.invert();
        served.add(&elsewhere);
        drop(elsewhere);
        while count > 0 {
            count = front.advance(&back, &mut served, count);
        }
        served
    }
}

impl<T: Paired> Reach<'_, '_, T> {
    /// The number of states.
    #[must_use]
    pub const fn states(&self) -> u64 {
        self.states
    }

    /// The law [`Stall`](crate::Law::Stall): a shortest path to a state that owes a client a service which nothing that
    /// goes on by itself brings. Backwards from the services of each client, and forwards again.
    #[must_use]
    pub fn stall(self) -> Option<Vec<T::Event>> {
        let events = &self.pairs.events;
        let path = self.stall_labels()?;
        Some(
            path.iter()
                .map(|&label| events[usize::from(label)])
                .collect(),
        )
    }

    /// [`Reach::stall`] by labels.
    fn stall_labels(self) -> Option<Vec<Label>> {
        let pairs = self.pairs;
        let served = [0, 1].map(|client| pairs.served(client, &self.visited));
        let stalled = |(a, b): Pair| {
            let owed = [pairs.owed[0][a as usize], pairs.owed[1][b as usize]];
            (0..2).any(|client: usize| {
                owed[client] && !served[client].contains(a as usize, b as usize)
            })
        };
        // A search without a find would keep every level for the way back.
        let stalls = self.visited.nonzero_by_strip().any(|mut words| {
            words.any(|(row, word, bits)| {
                let mut columns = columns(word, bits);
                columns.any(|column| stalled((row as u32, column as u32)))
            })
        });
        drop(self.visited);
        if !stalls {
            return None;
        }
        pairs.forward(Some(&stalled)).found
    }
}

/// The number of pairs of halves.
fn pairs<H>(sides: &[Side<H>; 2]) -> u64 {
    sides.iter().map(|side| side.halves.len() as u64).product()
}

/// The halves of a side that hold something of a set.
fn filter<H>(side: &Side<H>, set: HeldSet) -> Vec<u64> {
    let mut words = vec![0; side.halves.len().div_ceil(STRIP)];
    for (number, held) in side.held.iter().enumerate() {
        words[number / STRIP] |= u64::from(set >> held.bits() & 1) << (number % STRIP);
    }
    words
}
