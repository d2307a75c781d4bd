//! Exploration: all that a system can reach, breadth first.
//!
//! States are looked at in blocks: first the steps out of a block's states and the search for the states that they lead
//! to ([`Store::find`]), which change nothing; then the block is settled: states that were not found get the next number.
//! So the numbers are those of a search that looks at one state after the other, with blocks of any size.

use std::fmt;
use std::marker::PhantomData;

use crate::block::Block;
use crate::draws::{Drawing, Draws, Nothing};
use crate::graph::Graph;
use crate::halves::Halves;
use crate::key::Pair;
use crate::kinds::Kinds;
use crate::packed::Packed;
use crate::store::Store;
use crate::system::{Cost, Label, TransitionSystem};

/// States in a block: their successors and whatever is looked at for them fit into a core's own cache.
const BLOCK: usize = 512;
/// States between two calls of `tell`.
const TELL: usize = 1 << 16;
/// States that a block can add at most.
const MOST_NEW: usize = BLOCK << Label::BITS;

/// A system's graph, with the system's own names for states and labels.
pub struct Explored<S, E> {
    /// The graph.
    pub graph: Graph,
    /// The states, by number; 0 is the initial one.
    pub states: States<S>,
    /// The events, by label.
    pub events: Vec<E>,
}

/// The states of a system by their numbers, packed.
pub struct States<S> {
    halves: Halves,
    pairs: Store<Pair>,
    state: PhantomData<fn() -> S>,
}

impl<S: Packed> States<S> {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.pairs.len()
    }

    /// Whether there is none. A system has an initial state.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The state of a number below [`States::len`].
    #[must_use]
    pub fn get(&self, number: u32) -> S {
        let halves = self.halves.get(self.pairs.get(number as usize));
        S::from_words(self.halves.join(halves))
    }

    /// All of them in the order of their numbers.
    pub fn iter(&self) -> impl Iterator<Item = S> {
        (0..self.len() as u32).map(|number| self.get(number))
    }
}

/// The system has more states than the search was to keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooManyStates {
    /// It has more than this many.
    pub limit: usize,
}

impl fmt::Display for TooManyStates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "more than {} states", self.limit)
    }
}

impl std::error::Error for TooManyStates {}

/// How a system is searched. States are compared, never their hashes; they are numbered in the order in which they are
/// found, those of a state's successors in the order of labels.
#[derive(Clone, Copy)]
pub struct Search<'a> {
    limit: usize,
    tell: &'a dyn Fn(usize),
}

impl Default for Search<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'a> Search<'a> {
    /// On the thread that calls, without a limit.
    #[must_use]
    pub fn new() -> Self {
        Self {
            limit: usize::MAX,
            tell: &|_| {},
        }
    }

    /// A system with more states than this is given up.
    #[must_use]
    pub const fn limit(self, limit: usize) -> Self {
        Self { limit, ..self }
    }

    /// `tell` is called now and then with a number of states that have been looked at.
    #[must_use]
    pub const fn telling(self, tell: &'a dyn Fn(usize)) -> Self {
        Self { tell, ..self }
    }

    /// All states that a system can reach.
    ///
    /// # Errors
    /// [`TooManyStates`] if the system has more states than the limit, or more than 3 * 2^30.
    ///
    /// # Panics
    /// If the system has more than 256 events.
    pub fn states<T: TransitionSystem>(
        &self,
        system: &T,
    ) -> Result<States<T::State>, TooManyStates> {
        self.walk(system, &system.events(), &mut Nothing)
    }

    /// The graph of all states that a system can reach.
    ///
    /// # Errors
    /// [`TooManyStates`] if the system has more states than the limit, or more than 3 * 2^30 states or 2^32 - 1
    /// transitions.
    ///
    /// # Panics
    /// If the system has more than 256 events, or if its steps have more than 65,536 different pairs of event and cost.
    pub fn graph<T: TransitionSystem>(
        &self,
        system: &T,
    ) -> Result<Explored<T::State, T::Event>, TooManyStates> {
        let events = system.events();
        let mut drawing = Drawing {
            graph: Graph::default(),
            kinds: Kinds::default(),
        };
        let states = self.walk(system, &events, &mut drawing)?;
        let Drawing { mut graph, kinds } = drawing;
        graph.offsets.push(graph.to.len() as u32);
        graph.labels = kinds.labels();
        let class = |&label: &Label| system.class(events[usize::from(label)]);
        graph.classes = graph.labels.iter().map(class).collect();
        (graph.metrics, graph.costs) = (T::Cost::METRICS, kinds.costs());
        Ok(Explored {
            graph,
            states,
            events,
        })
    }

    fn walk<T: TransitionSystem>(
        &self,
        system: &T,
        events: &[T::Event],
        draws: &mut impl Draws<T::Cost>,
    ) -> Result<States<T::State>, TooManyStates> {
        assert!(events.len() <= 1 << Label::BITS, "more than 256 events");
        let possible = T::State::from_words([u64::MAX; 4]).words();
        let varying = system.varying();
        let mut halves = Halves::new([0, 1, 2, 3].map(|word| varying[word] & possible[word]));
        let limit = self.limit.min(Store::<Pair>::MOST - MOST_NEW);
        let mut pairs = Store::new(halves.widths());
        let [first, second] = halves.cut(system.initial().words());
        pairs.number(Pair([halves.number(0, first), halves.number(1, second)]));
        let mut block: Block<T::Cost> = Block::default();
        let mut next = 0;
        while next < pairs.len() {
            let end = pairs.len().min(next + BLOCK);
            block.fill(system, events, &mut halves, &pairs, draws, next..end);
            pairs.rewrite(halves.widths());
            block.settle(&mut pairs, draws);
            if pairs.len() > limit {
                return Err(TooManyStates { limit });
            }
            if !draws.has_room() {
                let limit = pairs.len() - 1;
                return Err(TooManyStates { limit });
            }
            if end / TELL > next / TELL {
                (self.tell)(end / TELL * TELL);
            }
            next = end;
        }
        Ok(States {
            halves: halves.without_index(),
            pairs: pairs.without_index(),
            state: PhantomData,
        })
    }
}

/// Explores all that a system can reach, on the thread that calls: [`Search::graph`] with a limit and somebody to tell.
///
/// # Errors
/// As [`Search::graph`].
///
/// # Panics
/// As [`Search::graph`].
pub fn explore<T: TransitionSystem>(
    system: &T,
    limit: usize,
    tell: &dyn Fn(usize),
) -> Result<Explored<T::State, T::Event>, TooManyStates> {
    Search::new().limit(limit).telling(tell).graph(system)
}
