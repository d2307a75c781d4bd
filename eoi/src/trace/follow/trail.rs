//! One way through the sets of hypotheses: which steps the recording shows, and which must have happened between.
//!
//! Of all ways that explain the recording, the one is taken that needs the fewest unseen steps before its last entry, then
//! before the one before it, and so on back to the first.

use std::collections::VecDeque;
use std::collections::hash_map::Entry;
use std::rc::Rc;

use anyhow::Result;
use rustc_hash::{FxHashMap, FxHashSet};

use super::hypothesis::Hypothesis;
use super::moves::{Arrival, Move, Moves};
use super::{Allowed, follow};
use crate::trace::automaton::Automaton;
use crate::trace::recording::Part;
use crate::trace::words::Words;

/// Hypotheses that are kept for the way back at most. The recording before them has no trail.
const MOST: usize = 1 << 20;

/// A move from a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moved {
    /// The number of the state before it.
    pub from: u32,
    /// The move.
    pub how: Move,
}

/// The moves of one way through a part.
#[derive(Default)]
pub struct Trail {
    /// The index of the first entry that it has moves for.
    pub first: usize,
    /// The state before the first entry, and the unseen steps from there.
    pub start: u32,
    /// Unseen steps before the first entry.
    pub before: Vec<Moved>,
    /// For each entry from the first one on: its own move, then the unseen ones before the next entry.
    pub moves: Vec<Rc<[Moved]>>,
}

/// The sets after each entry from `first` on, and before it.
struct Sets {
    first: usize,
    before: Rc<Allowed>,
    after: Vec<Rc<Allowed>>,
}

/// Follows a part with a configuration that follows it for its first `count` entries, and picks one way.
///
/// # Errors
/// As [`follow`].
pub fn trail(automaton: &Automaton, words: &Words, part: &Part, count: usize) -> Result<Trail> {
    let Some(sets) = sets(automaton, words, part)? else {
        return Ok(Trail::default());
    };
    let moves = Moves::new(automaton, words, part);
    let mut trail = Trail {
        first: sets.first,
        ..Trail::default()
    };
    let mut target = None;
    let mut known: FxHashMap<_, (Hypothesis, Rc<[Moved]>)> = FxHashMap::default(); // a recording repeats itself
    for at in (sets.first..count).rev() {
        let now = if at == sets.first {
            &sets.before
        } else {
            &sets.after[at - 1 - sets.first]
        };
        let arrival = moves.arrival(at);
        let occasion = (Rc::as_ptr(now), arrival, target);
        let (source, path) = match known.entry(occasion) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => {
                let search = Search {
                    moves: &moves,
                    blind: arrival.blind,
                    target,
                };
                let Some((source, path)) = search.back(&now.hypotheses, Some(&arrival)) else {
                    break;
                };
                unknown.insert((source, path.into()))
            }
        };
        trail.moves.push(Rc::clone(path));
        target = Some(*source);
    }
    trail.moves.reverse();
    trail.start = target.map_or(0, |target| target.state);
    if let (0, Some(_)) = (sets.first, target) {
        let search = Search {
            moves: &moves,
            blind: part.blind[0],
            target,
        };
        if let Some((source, path)) = search.back(&[Hypothesis::default()], None) {
            (trail.start, trail.before) = (source.state, path);
        }
    }
    Ok(trail)
}

/// The sets, as far back as they can be kept.
fn sets(automaton: &Automaton, words: &Words, part: &Part) -> Result<Option<Sets>> {
    let mut kept: Option<Sets> = None;
    let (mut at, mut known, mut size) = (0, FxHashSet::default(), 0);
    follow(automaton, words, part, |allowed| {
        if known.insert(Rc::as_ptr(allowed)) {
            size += allowed.hypotheses.len();
        }
        match &mut kept {
            Some(sets) if size <= MOST => sets.after.push(Rc::clone(allowed)),
            _ => {
                (known, size) = (
                    FxHashSet::from_iter([Rc::as_ptr(allowed)]),
                    allowed.hypotheses.len(),
                );
                kept = Some(Sets {
                    first: at,
                    before: Rc::clone(allowed),
                    after: Vec::new(),
                });
            }
        }
        at += 1;
    })?;
    Ok(kept)
}

/// A search for the way over one entry, and the unseen steps after it, to a hypothesis.
struct Search<'a> {
    moves: &'a Moves<'a>,
    blind: bool,
    /// Where it leads; anywhere if nothing is said.
    target: Option<Hypothesis>,
}

impl Search<'_> {
    /// Where the way comes from, of these, and its moves. Without an arrival only unseen steps are taken.
    fn back(
        &self,
        sources: &[Hypothesis],
        arrival: Option<&Arrival>,
    ) -> Option<(Hypothesis, Vec<Moved>)> {
        let mut reached: FxHashMap<Hypothesis, Option<(Hypothesis, Move)>> = FxHashMap::default();
        let mut origins: FxHashMap<Hypothesis, (Hypothesis, Move)> = FxHashMap::default();
        let mut todo = VecDeque::new();
        for &source in sources {
            let Some(arrival) = arrival else {
                reached.insert(source, None);
                todo.push_back(source);
                continue;
            };
            self.moves.with_entry(source, arrival, |how, to| {
                let Some(to) = to.filter(|to| !reached.contains_key(to)) else {
                    return;
                };
                reached.insert(to, None);
                origins.insert(to, (source, how));
                todo.push_back(to);
            });
        }
        while let Some(now) = todo.pop_front() {
            if self.target.is_none_or(|target| target == now) {
                return Some(way(now, &reached, &origins));
            }
            self.moves.between(now, self.blind, |how, to| {
                let Some(to) = to.filter(|to| !reached.contains_key(to)) else {
                    return;
                };
                reached.insert(to, Some((now, how)));
                todo.push_back(to);
            });
        }
        None
    }
}

/// The moves that led to a hypothesis, and the source that they come from.
fn way(
    mut now: Hypothesis,
    reached: &FxHashMap<Hypothesis, Option<(Hypothesis, Move)>>,
    origins: &FxHashMap<Hypothesis, (Hypothesis, Move)>,
) -> (Hypothesis, Vec<Moved>) {
    let mut path = Vec::new();
    while let Some(Some((before, how))) = reached.get(&now) {
        path.push(Moved {
            from: before.state,
            how: *how,
        });
        now = *before;
    }
    if let Some(&(source, how)) = origins.get(&now) {
        path.push(Moved {
            from: source.state,
            how,
        });
        now = source;
    }
    path.reverse();
    (now, path)
}
