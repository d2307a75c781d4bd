//! The search for any system: packed states in the order in which they are found, and an index of them.
//!
//! A level is stepped in blocks. Several threads step the states of a block and leave out what is known already; what is
//! left is put into the index by one thread, in the order of states and events, so that the numbering is that of
//! [`crate::explore::graph::explore`] with any number of threads.
//!
//! Time: one call of `System::step` an event and state, which is nearly all of it. Memory a state: the key (8 bytes for
//! one function, 16 for two), 5.3 to 10.7 bytes of index, and half as much again while one of the two grows.

use eoi_model::event::Event;
use eoi_model::state::State;
use eoi_model::system::System;
use rayon::prelude::*;

use super::{Predicate, Reached};
use crate::explore::index::{Index, Key};

/// States that are stepped before their successors are put into the index.
const BLOCK: usize = 1 << 14;
/// States that one thread steps at a time.
const PART: usize = 1 << 8;

/// Searches all, or up to the first level that `predicate` holds in.
pub fn search(system: &System, predicate: Option<&Predicate<'_>>) -> Reached {
    if system.is_narrow() {
        Keys::new(system, |state| state.0 as u64, |key: u64| State(u128::from(key))).search(predicate)
    } else {
        Keys::new(system, |state| state.0, State).search(predicate)
    }
}

struct Keys<'a, K, F, U> {
    system: &'a System,
    events: Vec<Event>,
    fold: F,
    unfold: U,
    index: Index,
    keys: Vec<K>,
    bytes_peak: usize,
}

impl<'a, K: Key, F: Fn(State) -> K + Sync, U: Fn(K) -> State + Sync> Keys<'a, K, F, U> {
    fn new(system: &'a System, fold: F, unfold: U) -> Self {
        let (mut index, mut keys) = (Index::default(), Vec::new());
        index.intern(&mut keys, fold(system.initial()));
        Self { system, events: system.events().collect(), fold, unfold, index, keys, bytes_peak: 0 }
    }

    fn search(mut self, predicate: Option<&Predicate<'_>>) -> Reached {
        let (mut levels, mut transitions, mut start) = (Vec::new(), 0, 0);
        let found = loop {
            levels.push((self.keys.len() - start) as u64);
            if let Some(state) = predicate.and_then(|predicate| self.least(start, predicate)) {
                break Some(self.path(&levels, state));
            }
            let end = self.keys.len();
            for from in (start..end).step_by(BLOCK) {
                transitions += self.block(from, end.min(from + BLOCK));
            }
            start = end;
            if self.keys.len() == end {
                break None;
            }
        };
        let (states, bytes_peak) = (self.keys.len() as u64, self.bytes_peak);
        Reached { states, transitions: found.is_none().then_some(transitions), levels, bytes_peak, found }
    }

    /// Steps the states of one block and returns how many transitions leave them.
    fn block(&mut self, from: usize, to: usize) -> u64 {
        let parts: Vec<(u64, Vec<K>)> =
            self.keys[from..to].par_chunks(PART).map(|part| self.successors(part)).collect();
        let before = (self.keys.capacity() * size_of::<K>(), self.index.bytes());
        let fresh: usize = parts.iter().map(|(_, keys)| keys.capacity() * size_of::<K>()).sum();
        let mut transitions = 0;
        for (count, keys) in parts {
            transitions += count;
            for key in keys {
                self.index.intern(&mut self.keys, key);
            }
        }
        // What grows is there twice for a while. The two do not grow at the same time, but one bound is enough.
        let after = (self.keys.capacity() * size_of::<K>(), self.index.bytes());
        let grown = if after.0 > before.0 { before.0 } else { 0 }.max(if after.1 > before.1 { before.1 } else { 0 });
        self.bytes_peak = self.bytes_peak.max(after.0 + after.1 + grown + fresh);
        transitions
    }

    /// The number of transitions that leave these states, and the targets that are not in the index yet.
    fn successors(&self, part: &[K]) -> (u64, Vec<K>) {
        let mut fresh = Vec::new();
        for &key in part {
            let state = (self.unfold)(key);
            let targets = self.events.iter().filter_map(|&event| self.system.step(state, event));
            fresh.extend(targets.map(&self.fold));
        }
        let count = fresh.len() as u64;
        // All look-ups together, so that the processor waits for memory once for several of them.
        fresh.retain(|&to| self.index.find(&self.keys, to).is_none());
        (count, fresh)
    }

    fn least(&self, start: usize, predicate: &Predicate<'_>) -> Option<State> {
        self.keys[start..].par_iter().map(|&key| (self.unfold)(key)).filter(|&state| predicate(state)).min()
    }

    /// A path to a state of the last level: each level is stepped once more.
    fn path(&self, levels: &[u64], mut state: State) -> Vec<Event> {
        let mut end = self.keys.len() - levels[levels.len() - 1] as usize;
        let mut path = Vec::with_capacity(levels.len());
        for &count in levels[..levels.len() - 1].iter().rev() {
            let level = &self.keys[end - count as usize..end];
            let leads = |&key: &K| {
                let from = (self.unfold)(key);
                let event = self.events.iter().find(|&&event| self.system.step(from, event) == Some(state))?;
                Some((from, *event))
            };
            let (from, event) = level.par_iter().filter_map(leads).min().expect("a predecessor in the level before");
            path.push(event);
            (state, end) = (from, end - count as usize);
        }
        path.reverse();
        path
    }
}
