//! The trait of systems in two halves that meet in a few shared things only.

use std::fmt;

use crate::packed::Packed;
use crate::system::{Label, TransitionSystem};

/// The shared things that one half holds: a set of four.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Held(u8);

impl Held {
    /// Nothing is held.
    pub const NOTHING: Self = Self(0);
    /// How many sets there are.
    pub const COUNT: usize = 16;

    /// The set of the things whose bits are set.
    ///
    /// # Panics
    /// If a bit above the fourth is set.
    #[must_use]
    pub const fn new(bits: u8) -> Self {
        assert!((bits as usize) < Self::COUNT, "four things can be shared");
        Self(bits)
    }

    /// The set as a number below [`Held::COUNT`].
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// Every set.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..Self::COUNT as u8).map(Self)
    }
}

/// A system whose state is a pair of halves, one for each client. An event moves the half of its class's client and
/// leaves the other as it is, and of the other half it knows what that half holds, and nothing else. A fact about a state
/// is a fact about one of its halves, whatever the other half is.
///
/// [`Pairs`](crate::Pairs) searches such a system without visiting its states one by one.
pub trait Paired: TransitionSystem {
    /// The state of one client.
    type Half: Packed;

    /// The halves of a state.
    fn split(&self, state: Self::State) -> [Self::Half; 2];

    /// The state that has these halves. The reverse of [`Paired::split`].
    fn join(&self, halves: [Self::Half; 2]) -> Self::State;

    /// The shared things that a half holds.
    fn held(&self, half: Self::Half) -> Held;

    /// The step of an event's own half while the other half holds this. A thing that the other half holds can refuse
    /// the step, and can do nothing else to it.
    fn step_half(&self, half: Self::Half, other: Held, event: Self::Event) -> Option<Self::Half>;
}

/// The reason why a system is not searched as pairs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// A thing that the other half holds changes the outcome of this event, where it may only refuse the event.
    Steered(Label),
    /// The halves meet elsewhere: this event changes the other half, or depends on more of it than on what it holds, or
    /// waits for the other half to hold something.
    Meets(Label),
    /// The halves meet elsewhere: whether this client is owed a service depends on the other half.
    Owed(u8),
    /// The halves meet elsewhere: a state has a fact that neither of its halves has beside the other's initial state.
    Facts,
    /// There are too many halves for a matrix of bits.
    TooMany,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Steered(label) => {
                write!(f, "a shared thing does more than to refuse event {label}")
            }
            Self::Meets(label) => write!(
                f,
                "the halves meet in event {label} in more than the shared things"
            ),
            Self::Owed(client) => write!(
                f,
                "the other half decides whether client {client} is owed a service"
            ),
            Self::Facts => write!(f, "a fact about a state is none about a half"),
            Self::TooMany => write!(f, "too many halves for a matrix of their pairs"),
        }
    }
}

impl std::error::Error for Refusal {}
