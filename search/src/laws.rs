//! The laws by name, and their verdicts on a graph.

mod imbalance;
mod leak;
mod livelock;
mod neighbour;
mod spurious;
mod stall;
mod storm;
mod unbounded;
mod unhandled;

use crate::cycle::Sought;
use crate::graph::Graph;
use crate::judgement::Judgement;
use crate::system::Label;

/// The laws, named after the fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Law {
    /// A state owes a client a service, and no path of events that go on by themselves brings it.
    Stall,
    /// The host takes interrupts for ever while nobody else acts.
    Storm,
    /// The guest takes interrupts for ever and serves nothing, though everybody gets their turn.
    Livelock,
    /// A state in which the system's accounts contradict each other.
    Imbalance,
    /// A state in which something is left that should have been given back.
    Leak,
    /// The system gives up serving.
    Unhandled,
    /// The host takes interrupts for ever while it owes a client a service, whoever else acts but the guest.
    Unbounded,
    /// The neighbour is owed a service, and no path of events that go on by themselves brings it.
    Neighbour,
    /// The guest takes interrupts for ever that nothing caused.
    Spurious,
}

impl Law {
    /// Every law, in the order of reports.
    pub const ALL: [Self; ALL.len()] = [
        Self::Stall,
        Self::Storm,
        Self::Livelock,
        Self::Imbalance,
        Self::Leak,
        Self::Unhandled,
        Self::Unbounded,
        Self::Neighbour,
        Self::Spurious,
    ];

    /// The name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        ALL[self as usize].0
    }
}

/// A law's name, and what judges a graph by it.
type Entry = (&'static str, fn(&Graph) -> Judgement);

/// Every law by its number.
static ALL: [Entry; 9] = [
    ("stall", stall::judge),
    ("storm", storm::judge),
    ("livelock", livelock::judge),
    ("imbalance", imbalance::judge),
    ("leak", leak::judge),
    ("unhandled", unhandled::judge),
    ("unbounded", unbounded::judge),
    ("neighbour", neighbour::judge),
    ("spurious", spurious::judge),
];

/// The laws about cycles, each with the cycles that it looks for: of one kind, or of one kind a client.
pub(crate) static OF_CYCLES: [(Law, &[Sought]); 4] = [
    (Law::Storm, &[storm::STORM]),
    (Law::Livelock, &[livelock::LIVELOCK]),
    (Law::Unbounded, &unbounded::OWED),
    (Law::Spurious, &spurious::UNCAUSED),
];

/// The cycles that `unbounded` looks for, whatever their states owe.
pub(crate) const UNBOUNDED: Sought = unbounded::ANY;

/// The verdict of one law on one graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The law.
    pub law: Law,
    /// The shortest sequence of labels that breaks it; `None` if it holds.
    pub broken_by: Option<Vec<Label>>,
    /// For a law about cycles: how many of the last labels are the cycle.
    pub cycle: usize,
    /// The law could have been broken, because its subject does happen. A law that holds while this is `false` says
    /// nothing.
    pub sometimes: bool,
}

impl Verdict {
    /// Whether the law holds.
    #[must_use]
    pub const fn holds(&self) -> bool {
        self.broken_by.is_none()
    }
}

/// The verdict of every law on one graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdicts([Verdict; Law::ALL.len()]);

impl Verdicts {
    /// Judges a graph by every law.
    #[must_use]
    pub fn new(graph: &Graph) -> Self {
        Self::from_each(|law| {
            let Judgement { broken, sometimes } = (ALL[law as usize].1)(graph);
            let (broken_by, cycle) =
                broken.map_or((None, 0), |found| (Some(found.labels), found.cycle));
            Verdict {
                law,
                broken_by,
                cycle,
                sometimes,
            }
        })
    }

    /// The verdict of every law, each by itself.
    pub(crate) fn from_each(verdict: impl FnMut(Law) -> Verdict) -> Self {
        Self(Law::ALL.map(verdict))
    }

    /// The verdict of this law.
    #[must_use]
    pub const fn of(&self, law: Law) -> &Verdict {
        &self.0[law as usize]
    }

    /// Every verdict, in the order of [`Law::ALL`].
    pub fn iter(&self) -> std::slice::Iter<'_, Verdict> {
        self.0.iter()
    }

    /// Whether every law holds.
    #[must_use]
    pub fn hold(&self) -> bool {
        self.iter().all(Verdict::holds)
    }
}

impl<'a> IntoIterator for &'a Verdicts {
    type Item = &'a Verdict;
    type IntoIter = std::slice::Iter<'a, Verdict>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
