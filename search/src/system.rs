//! The trait that a system implements to be searched.

use std::hash::Hash;

use crate::class::{Class, Facts};
use crate::packed::{Packed, Words};

/// The number of an event: its place in [`TransitionSystem::events`].
pub type Label = u8;

/// The cost of one step: counts of a few metrics, each known by its number.
pub trait Cost: Copy + Eq + Hash + Send + Sync {
    /// How many metrics there are.
    const METRICS: usize;

    /// How often the step counted a metric, which is below [`Cost::METRICS`].
    fn count(&self, metric: usize) -> u32;
}

/// For systems without costs.
impl Cost for () {
    const METRICS: usize = 0;

    fn count(&self, _: usize) -> u32 {
        0
    }
}

impl<const N: usize> Cost for [u8; N] {
    const METRICS: usize = N;

    fn count(&self, metric: usize) -> u32 {
        self[metric].into()
    }
}

/// A set of labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventSet([u64; 4]);

impl EventSet {
    /// Every label.
    pub const ALL: Self = Self([u64::MAX; 4]);
    /// No label.
    pub const NONE: Self = Self([0; 4]);

    /// These, and one more.
    #[must_use]
    pub const fn with(mut self, label: Label) -> Self {
        self.0[label as usize / 64] |= 1 << (label % 64);
        self
    }

    /// The labels that are in both sets.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        let ([a, b, c, d], [e, f, g, h]) = (self.0, other.0);
        Self([a & e, b & f, c & g, d & h])
    }

    /// Whether a label is in the set.
    #[must_use]
    pub const fn has(self, label: Label) -> bool {
        self.0[label as usize / 64] >> (label % 64) & 1 != 0
    }

    /// The labels whose bits are set, those of label 0 to 63 in the first word.
    #[must_use]
    pub const fn from_words(words: [u64; 4]) -> Self {
        Self(words)
    }

    /// The labels below `count` that are in the set, in order.
    pub fn below(self, count: usize) -> impl Iterator<Item = Label> {
        self.0
            .into_iter()
            .zip((0..count).step_by(64))
            .flat_map(move |(word, first)| {
                let mut rest = if count - first < 64 {
                    word & ((1 << (count - first)) - 1)
                } else {
                    word
                };
                std::iter::from_fn(move || {
                    let next =
                        (rest != 0).then(|| (first + rest.trailing_zeros() as usize) as Label);
                    rest &= rest.wrapping_sub(1);
                    next
                })
            })
    }
}

/// A system that can be searched: where it starts, its events, its step, and the facts that the laws need.
///
/// All methods are pure: the same arguments give the same result.
pub trait TransitionSystem: Sync {
    /// A state.
    type State: Packed;
    /// An event. The search hands events back and looks at none.
    type Event: Copy + Send + Sync;
    /// The cost of a step; `()` where there is none.
    type Cost: Cost;

    /// The state in which the system starts.
    fn initial(&self) -> Self::State;

    /// Every event that any state can have, 256 at most. The order decides between paths of the same length.
    fn events(&self) -> Vec<Self::Event>;

    /// Guard and effect of one event: the next state with the cost of the step, or `None` where it cannot happen.
    fn step(&self, state: Self::State, event: Self::Event) -> Option<(Self::State, Self::Cost)>;

    /// The class of an event.
    fn class(&self, event: Self::Event) -> Class;

    /// The facts about a state.
    fn facts(&self, state: Self::State) -> Facts;

    /// The labels that may be enabled in a state. [`TransitionSystem::step`] is not called for others. A set with too
    /// many labels costs time, one with too few loses transitions.
    fn enabled(&self, state: Self::State) -> EventSet {
        let _ = state;
        EventSet::ALL
    }

    /// The bits of a state, by [`Packed::words`], that can differ between two states that the system reaches. The search
    /// cuts a state in two in the middle of 256, 128, 64 or fewer bits, whatever these need, and keeps the numbers of the
    /// halves. A set that does not fit costs memory and time, or stops the search: in the upper two words a bit outside of
    /// it must be 0 unless they have one of it.
    fn varying(&self) -> Words {
        [u64::MAX; 4]
    }

    /// Every step out of a state, in the order of labels: what [`TransitionSystem::step`] gives for the labels of
    /// [`TransitionSystem::enabled`]. `events` are those of [`TransitionSystem::events`]. A system whose guards have been
    /// looked at by `enabled` need not look at them again here.
    fn successors(
        &self,
        state: Self::State,
        events: &[Self::Event],
        mut visit: impl FnMut(Label, Self::State, Self::Cost),
    ) {
        for label in self.enabled(state).below(events.len()) {
            if let Some((to, cost)) = self.step(state, events[usize::from(label)]) {
                visit(label, to, cost);
            }
        }
    }
}
