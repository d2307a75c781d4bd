//! The search for two functions: pairs of halves in a matrix of bits.
//!
//! A level takes three passes, each over strips that any thread may take: turn the frontier; move function 1 in the
//! turned frontier; move function 0 in the frontier, add the moves of function 1 turned back, and leave out what has
//! been visited.
//!
//! Time: a level is about `w * s / 64 + w` operations on words, where `w` is the number of words of the frontier that
//! are not 0 and `s` the steps that lead to a half, and one look at each step. Memory: five bits a pair of halves, some
//! tens of bytes a step of one function, and with a predicate about a byte a state for the way back.

use eoi_model::event::Event;
use eoi_model::state::State;
use eoi_model::system::System;
use rayon::prelude::*;

use super::bits::{Bits, Link, Links, STRIP, columns};
use super::side::{BusySet, Side, Step, sides};
use super::trail::Trail;
use super::{Predicate, Reached};

/// States in a level below which several threads would wait for each other more than work.
const FEW: u64 = 1024;
/// Strips that a thread takes at a time. The frontier is in few of them, so that halves would be unequal work.
const SHARE: usize = 4;

/// A system of two functions, each of them walked.
pub struct Pairs<'a> {
    system: &'a System,
    sides: [Side; 2],
    /// By function and then as [`Side::sets`]: the halves of the other function that hold something of the set.
    filters: [Vec<Vec<u64>>; 2],
}

/// What a search works with.
struct Front {
    frontier: Bits,
    next: Bits,
    turned: Bits,
    sideways: Bits,
}

impl Front {
    /// One level on: the successors of the frontier that are not in `visited` become the frontier. Their number.
    fn advance(&mut self, links: &[Links<'_>; 2], visited: &mut Bits, before: u64) -> u64 {
        let least = if before < FEW { usize::MAX } else { 1 };
        let Self { frontier, next, turned, sideways } = self;
        turned.strips().with_min_len(least).with_max_len(SHARE).for_each(|mut strip| {
            strip.clear();
            strip.turn(frontier);
        });
        sideways.strips().with_min_len(least).with_max_len(SHARE).for_each(|mut strip| {
            strip.clear();
            strip.pull(turned, &links[1]);
        });
        let moved = next.strips().zip(visited.strips()).with_min_len(least).with_max_len(SHARE).map(
            |(mut strip, mut visited)| {
                strip.clear();
                strip.pull(frontier, &links[0]);
                strip.turn(sideways);
                strip.settle(&mut visited)
            },
        );
        let count = moved.sum();
        std::mem::swap(&mut self.frontier, &mut self.next);
        count
    }

    fn bytes(&self) -> usize {
        [&self.frontier, &self.next, &self.turned, &self.sideways].iter().map(|bits| bits.bytes()).sum()
    }
}

/// What a search from the initial state came to.
struct Forward {
    visited: Bits,
    levels: Vec<u64>,
    bytes: usize,
    found: Option<Vec<Event>>,
}

impl<'a> Pairs<'a> {
    /// Walks both functions. Some 70 calls of `step` a half.
    ///
    /// # Panics
    /// If the system is not of two functions on a line each.
    #[must_use]
    pub fn new(system: &'a System) -> Self {
        assert!(system.has_two_lines(), "pairs are of two functions on a line each");
        let sides = sides(system);
        let filters = [0, 1].map(|function: usize| {
            let other = &sides[1 - function];
            sides[function].sets.iter().map(|&set| filter(other, set)).collect()
        });
        Self { system, sides, filters }
    }

    /// Pairs of halves, reachable or not.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.sides.iter().map(|side| side.halves.len() as u64).product()
    }

    fn bits(&self, function: usize) -> Bits {
        Bits::new(self.sides[function].halves.len(), self.sides[1 - function].halves.len())
    }

    /// The links that `of` makes of each function's steps: to and from.
    fn links(&self, of: impl Fn(usize, &Step) -> Option<(u32, u32)> + Sync) -> [Links<'_>; 2] {
        let links = |function: usize| {
            let side = &self.sides[function];
            let link = |step: &Step| {
                let (to, from) = of(function, step)?;
                Some(Link { to, from, filter: u32::from(step.set) })
            };
            Links::new(side.halves.len(), side.steps.iter().filter_map(link).collect(), &self.filters[function])
        };
        rayon::join(|| links(0), || links(1)).into()
    }

    fn event(&self, function: usize, step: &Step) -> Event {
        self.sides[function].events[step.label as usize]
    }

    fn state(&self, pair: (u32, u32)) -> State {
        State::from_halves([self.sides[0].halves[pair.0 as usize], self.sides[1].halves[pair.1 as usize]])
    }

    fn front(&self) -> Front {
        Front { frontier: self.bits(0), next: self.bits(0), turned: self.bits(1), sideways: self.bits(1) }
    }

    /// Searches all, or up to the first level that `predicate` holds in.
    #[must_use]
    pub fn search(&self, predicate: Option<&Predicate<'_>>) -> Reached {
        let holds = |pair| predicate.is_some_and(|predicate| predicate(self.state(pair)));
        self.reached(self.forward(predicate.is_some().then_some(&holds)))
    }

    fn reached(&self, forward: Forward) -> Reached {
        let Forward { visited, levels, bytes, found } = forward;
        let transitions = found.is_none().then(|| self.transitions(&visited));
        Reached { states: levels.iter().sum(), transitions, levels, bytes_peak: bytes, found }
    }

    fn forward(&self, holds: Option<&(dyn Fn((u32, u32)) -> bool + Sync)>) -> Forward {
        let links = self.links(|_, step| Some((step.to, step.from)));
        let (mut front, mut visited, mut trail) = (self.front(), self.bits(0), Trail::default());
        visited.insert(0, 0);
        front.frontier.insert(0, 0);
        let (mut levels, mut found) = (vec![1], None);
        loop {
            if let Some(holds) = holds {
                if let Some((_, pair)) = self.least(&front.frontier, holds) {
                    found = Some(self.path(&trail, levels.len() - 1, pair));
                    break;
                }
                trail.push(&front.frontier);
            }
            match front.advance(&links, &mut visited, levels[levels.len() - 1]) {
                0 => break,
                count => levels.push(count),
            }
        }
        let tables: usize = links.iter().map(Links::bytes).sum();
        let bytes = self.bytes() + tables + front.bytes() + visited.bytes() + trail.bytes();
        Forward { visited, levels, bytes, found }
    }

    /// The least state of a level that is looked for.
    fn least(&self, level: &Bits, holds: &(dyn Fn((u32, u32)) -> bool + Sync)) -> Option<(State, (u32, u32))> {
        let pairs = level.nonzero_by_strip().flat_map_iter(|words| {
            words.flat_map(|(row, word, bits)| columns(word, bits).map(move |column| (row as u32, column as u32)))
        });
        pairs.filter(|&pair| holds(pair)).map(|pair| (self.state(pair), pair)).min()
    }

    /// The path to a pair in `level`, backwards. A look at each step a level.
    fn path(&self, trail: &Trail, level: usize, mut pair: (u32, u32)) -> Vec<Event> {
        let mut path = Vec::with_capacity(level);
        for level in (0..level).rev() {
            let before = [0, 1].map(|function| {
                let (own, other) = if function == 0 { pair } else { (pair.1, pair.0) };
                let busy = self.sides[1 - function].busy[other as usize];
                let side = &self.sides[function];
                let leads = side.steps.iter().filter(move |step| step.to == own && side.allows(step, busy));
                leads.map(move |step| {
                    let before = if function == 0 { (step.from, pair.1) } else { (pair.0, step.from) };
                    (self.state(before), self.event(function, step), before)
                })
            });
            let [a, b] = before;
            let (_, event, before) =
                a.chain(b).filter(|(.., pair)| trail.contains(level, pair.0, pair.1)).min().expect("a predecessor");
            path.push(event);
            pair = before;
        }
        path.reverse();
        path
    }

    /// Counts the transitions that leave the states of a set: a pass over each step's row.
    fn transitions(&self, states: &Bits) -> u64 {
        let mut turned = self.bits(1);
        turned.strips().for_each(|mut strip| strip.turn(states));
        [(0, states), (1, &turned)].map(|(function, states)| self.leaving(function, states)).iter().sum()
    }

    /// Counts the steps of one function from the states of a set, which has this function's halves as rows.
    fn leaving(&self, function: usize, states: &Bits) -> u64 {
        let (side, filters) = (&self.sides[function], &self.filters[function]);
        let passed = |(row, word, bits): (usize, usize, u64)| {
            let steps = side.leaving(row).iter();
            steps.map(|step| u64::from((bits & filters[step.set as usize][word]).count_ones())).sum::<u64>()
        };
        states.nonzero_by_strip().map(|words| words.map(passed).sum::<u64>()).sum()
    }

    /// See [`super::stall`].
    #[must_use]
    pub fn stall(&self) -> Reached {
        let Forward { visited, .. } = self.forward(None);
        let served = [0, 1].map(|function| self.served(function, &visited));
        drop(visited);
        let stalled = |(a, b): (u32, u32)| {
            let halves = [self.sides[0].halves[a as usize], self.sides[1].halves[b as usize]];
            (0..2).any(|function: usize| {
                self.system.owes(halves[function]) && !served[function].contains(a as usize, b as usize)
            })
        };
        let mut forward = self.forward(Some(&stalled));
        forward.bytes += 3 * served[0].bytes(); // two, and one for what `served` holds beside the front
        self.reached(forward)
    }

    /// The states of a set from which what goes on by itself brings this function's service, and all that are not in
    /// the set: the states from which it is served, and then backwards.
    fn served(&self, function: usize, states: &Bits) -> Bits {
        let serves = self
            .links(|of, step| (of == function && self.event(of, step).is_service()).then_some((step.from, step.from)));
        let back = self.links(|of, step| self.event(of, step).info().kind.is_system().then_some((step.from, step.to)));
        let (mut front, mut served) = (self.front(), self.bits(0));
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

    fn bytes(&self) -> usize {
        let filters = self.filters.iter().flatten().map(|filter| filter.capacity() * size_of::<u64>()).sum::<usize>();
        filters + self.sides.iter().map(Side::bytes).sum::<usize>()
    }
}

/// The halves of a function that hold something of a set.
fn filter(side: &Side, set: BusySet) -> Vec<u64> {
    let mut words = vec![0; side.halves.len().div_ceil(STRIP)];
    for (number, &busy) in side.busy.iter().enumerate() {
        words[number / STRIP] |= u64::from(set >> busy & 1) << (number % STRIP);
    }
    words
}
