//! The search for systems too large for a graph: every state once, level by level, nothing kept of transitions.
//!
//! It answers what [`super::graph`] answers about states, with the same numbers: how many, how many a level, whether one
//! of a kind is among them, and a shortest path to it. It is exact: states are told apart, never their hashes.
//!
//! [`Engine::Pairs`], for two functions on a line each. They meet at three things only ([`eoi_model::busy`]), so a state is
//! a pair of halves and a step moves one member of it. Each function is walked once by itself (a few thousand halves, [`side`]).
//! The set of pairs is a matrix of bits ([`bits`]), and a level is made 64 pairs at a time ([`pairs`]):
//!
//! ```text
//! next[a'] |= frontier[a] & allows      for each step a -> a' of function 0; allows: the halves of function 1 that
//!                                       hold nothing which the step needs
//! the same for function 1 on the transposed frontier, then next &= !visited
//! ```
//!
//! `System::step` is called for halves only, not for states, and memory is five bits a pair of halves.
//! [`Engine::Keys`], for any system: packed states in an open-addressing index ([`keys`]).
//!
//! **The same with any number of threads.** A level is a set, whoever computes its parts. Where one of many has to be
//! chosen, it is the least: the state found is the least of the first level that has one, and from there backwards each
//! state's predecessor is the least of the level before, by the first event that leads on. Both engines choose alike.

use eoi_model::event::Event;
use eoi_model::state::State;
use eoi_model::system::System;

pub mod bits;
pub mod keys;
pub mod pairs;
pub mod side;
mod trail;

use pairs::Pairs;

/// What is looked for. It is asked once about each state, from several threads.
pub type Predicate<'a> = dyn Fn(State) -> bool + Sync + 'a;

/// How the states are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// A matrix of bits over pairs of halves. Two functions on a line each only.
    Pairs,
    /// An index of packed states. At most 2^32 of them.
    Keys,
}

/// What a search came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reached {
    /// States that were reached.
    pub states: u64,
    /// Transitions between them; `None` if the search ended at what it had found.
    pub transitions: Option<u64>,
    /// States by the length of the shortest path to them, the initial one first.
    pub levels: Vec<u64>,
    /// The most bytes of memory that the search held at a time, from the capacities of all that it allocates by the
    /// number of states or halves.
    pub bytes_peak: usize,
    /// A shortest path to what was looked for, if it can be reached.
    pub found: Option<Vec<Event>>,
}

/// Pairs of halves up to which a matrix of bits is taken: five matrices of 8 GiB.
const MOST_PAIRS: u64 = 1 << 36;

/// Searches all that a system can reach, with this many threads, by the engine that suits it: [`Engine::Pairs`] where it
/// can, in the time and memory that [`pairs`] tells, else [`Engine::Keys`], as [`keys`] tells.
///
/// # Panics
/// If threads cannot be started, or [`Engine::Keys`] meets more than 2^32 states.
#[must_use]
pub fn reach(system: &System, threads: usize) -> Reached {
    suited(system, threads, None)
}

/// Searches level by level for a state that `predicate` holds of, and ends with the level that has one. Beside what
/// [`reach`] takes: one call of `predicate` a state, and for the way back about a byte a state.
///
/// # Panics
/// As [`reach`].
#[must_use]
pub fn find(system: &System, threads: usize, predicate: &Predicate<'_>) -> Reached {
    suited(system, threads, Some(predicate))
}

fn suited(system: &System, threads: usize, predicate: Option<&Predicate<'_>>) -> Reached {
    pool(threads).install(|| {
        let pairs = system.has_two_lines().then(|| Pairs::new(system));
        match pairs.filter(|pairs| pairs.count() <= MOST_PAIRS) {
            Some(pairs) => pairs.search(predicate),
            None => keys::search(system, predicate),
        }
    })
}

/// As [`reach`] and [`find`], by this engine.
///
/// # Panics
/// As [`reach`], and if [`Engine::Pairs`] is to search a system that is not of two functions on a line each.
#[must_use]
pub fn search(system: &System, engine: Engine, threads: usize, predicate: Option<&Predicate<'_>>) -> Reached {
    pool(threads).install(|| match engine {
        Engine::Pairs => Pairs::new(system).search(predicate),
        Engine::Keys => keys::search(system, predicate),
    })
}

/// The law `stall` for two functions on a line each: a shortest path to a state that owes a function a service which
/// nothing that goes on by itself brings. Four searches: forwards, backwards from the services of each function, and
/// forwards again; memory as [`find`] and three bits more a pair of halves.
///
/// # Panics
/// If threads cannot be started, and for any other system.
#[must_use]
pub fn stall(system: &System, threads: usize) -> Reached {
    pool(threads).install(|| Pairs::new(system).stall())
}

fn pool(threads: usize) -> rayon::ThreadPool {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads for the search")
}
