//! A block of states and their successors: first all of them are looked for, then those that are new get numbers.

use std::ops::Range;

use crate::class::Facts;
use crate::draws::Draws;
use crate::halves::Halves;
use crate::key::Pair;
use crate::packed::Packed;
use crate::store::{NOT_FOUND, Store};
use crate::system::{Cost, Label, TransitionSystem};

/// A kind that has to be numbered.
const NEW_KIND: u16 = u16::MAX;

/// Some states in a row, and their successors in order.
pub(crate) struct Block<C> {
    /// Of each state its facts, and where its successors end.
    states: Vec<(Facts, u32)>,
    keys: Vec<Pair>,
    hashes: Vec<u64>,
    /// The numbers of those that are there already.
    found: Vec<u32>,
    kinds: Vec<u16>,
    /// Label and cost of each successor whose kind is [`NEW_KIND`], in order.
    news: Vec<(Label, C)>,
}

impl<C> Default for Block<C> {
    fn default() -> Self {
        Self {
            states: Vec::new(),
            keys: Vec::new(),
            hashes: Vec::new(),
            found: Vec::new(),
            kinds: Vec::new(),
            news: Vec::new(),
        }
    }
}

impl<C: Cost> Block<C> {
    /// Takes the steps out of the states of these numbers, and looks for the states that they lead to.
    pub(crate) fn fill<T: TransitionSystem<Cost = C>, D: Draws<C>>(
        &mut self,
        system: &T,
        events: &[T::Event],
        halves: &mut Halves,
        store: &Store<Pair>,
        draws: &D,
        numbers: Range<usize>,
    ) {
        let Self {
            states,
            keys,
            hashes,
            found,
            kinds,
            news,
        } = self;
        states.clear();
        keys.clear();
        kinds.clear();
        news.clear();
        for number in numbers {
            let pair = store.get(number);
            let from = halves.get(pair);
            let state = T::State::from_words(halves.join(from));
            system.successors(state, events, |label, to, cost| {
                let (to, mut key) = (halves.cut(to.words()), pair);
                for half in 0..2 {
                    if to[half] != from[half] {
                        key.0[half] = halves.number(half, to[half]);
                    }
                }
                keys.push(key);
                let kind = draws.kind(label, cost);
                kinds.push(kind.unwrap_or(NEW_KIND));
                if kind.is_none_or(|kind| kind == NEW_KIND) {
                    news.push((label, cost));
                }
            });
            let facts = if D::FACTS {
                system.facts(state)
            } else {
                Facts::NONE
            };
            states.push((facts, keys.len() as u32));
        }
        store.find(keys, hashes, found);
    }

    /// Numbers the states that are new.
    pub(crate) fn settle(&mut self, store: &mut Store<Pair>, draws: &mut impl Draws<C>) {
        store.reserve(self.keys.len());
        let (mut at, mut news) = (0, self.news.iter());
        for &(facts, end) in &self.states {
            draws.state(facts, store.len());
            for at in std::mem::replace(&mut at, end as usize)..end as usize {
                let to = match self.found[at] {
                    NOT_FOUND => store.intern(self.keys[at], self.hashes[at]),
                    number => number,
                };
                let kind = match (self.kinds[at], &mut news) {
                    (NEW_KIND, news) => news
                        .next()
                        .map_or(0, |&(label, cost)| draws.new_kind(label, cost)),
                    (kind, _) => kind,
                };
                draws.transition(to, kind);
            }
        }
    }
}
