//! The verdict on each INTx function of a recording.

use std::collections::BTreeSet;

use super::count::Counts;
use super::follow::Expected;
use super::handoff::Ending;
use super::recording::Kvm;
use super::way::Way;
use crate::check::configuration::Configuration;
use crate::error::Status;

/// Where the configurations that come furthest leave the recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Departs {
    /// The line.
    pub line: usize,
    /// The model's name of what it shows.
    pub seen: &'static str,
    /// The entries that any of them could have had there.
    pub expected: BTreeSet<Expected>,
}

impl Departs {
    /// The names of what could have come instead, each once.
    #[must_use]
    pub fn names(&self) -> BTreeSet<&'static str> {
        self.expected.iter().map(|expected| expected.name).collect()
    }
}

/// A stretch in which no interrupt could be handed over any more, in at least one configuration that explains the recording.
///
/// One is enough: where they differ, it is in what nobody has published about the hardware, and the reader knows
/// better which of them is theirs. [`Dead::not_with`] names the others.
pub struct Dead {
    /// The line after which it is so.
    pub from: usize,
    /// The line after which it is so no longer.
    pub until: Option<usize>,
    /// The hand-off that never came.
    pub lost_handoff: String,
    /// Configurations that explain the recording as well and are not dead there.
    pub not_with: Vec<Configuration>,
}

/// The verdict on one INTx function.
pub struct Verdict {
    /// The interrupt's number and the action's name, as far as it shows them.
    pub function: Option<(u32, String)>,
    /// Everybody whose handler this interrupt called.
    pub owners: Vec<String>,
    /// Entries that belong to it, or may.
    pub entries: usize,
    /// Those of them that may be another's.
    pub possible: usize,
    /// Why it could not be followed.
    pub unclear: Option<String>,
    /// Why it cannot be told that it was never dead, though a configuration follows it to its end and is never dead.
    pub doubt: Option<String>,
    /// Where every configuration has left it.
    pub departs: Option<Departs>,
    /// The configurations that follow it to its end or, if none does, that come furthest.
    pub configurations: Vec<Configuration>,
    /// The dead stretches.
    pub dead: Vec<Dead>,
    /// Its interrupts, counted.
    pub counts: Counts,
    /// Functions of these configurations that never occur, which counts as "was not called".
    pub absent: BTreeSet<&'static str>,
    /// How it ends.
    pub ending: Ending,
    /// Entries of other interrupts, and of others who call the same functions.
    pub aside: usize,
    /// One way through the states, if one was asked for and a configuration was followed: of the first one that has a
    /// dead stretch or, if none has, of the first one.
    pub way: Option<Way>,
}

/// In a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A configuration explains the function's entries from its first entry to its last, and it was never dead.
    Follows,
    /// It was dead for a while.
    WasDead,
    /// It is dead at the end.
    Stuck,
    /// No configuration explains it.
    Departs,
    /// It could not be told.
    Unclear,
}

impl Outcome {
    /// The word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Follows => "follows",
            Self::WasDead => "was-dead",
            Self::Stuck => "stuck",
            Self::Departs => "departs",
            Self::Unclear => "unclear",
        }
    }
}

impl Verdict {
    /// Some configuration follows the recording from its first line to its last.
    #[must_use]
    pub fn follows(&self) -> bool {
        self.departs.is_none() && self.unclear.is_none()
    }

    /// There is a dead stretch.
    #[must_use]
    pub fn is_dead(&self) -> bool {
        !self.dead.is_empty()
    }

    /// The verdict in a word.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        if self.unclear.is_some() {
            Outcome::Unclear
        } else if self.departs.is_some() {
            Outcome::Departs
        } else if self.dead.iter().any(|dead| dead.until.is_none()) {
            Outcome::Stuck
        } else if self.is_dead() {
            Outcome::WasDead
        } else if self.doubt.is_some() {
            Outcome::Unclear
        } else {
            Outcome::Follows
        }
    }
}

/// The answer about a recording.
pub struct Answer {
    /// Of each INTx function; of the only one, if no handler's entry was recorded.
    pub functions: Vec<Verdict>,
    /// CPUs that it shows.
    pub cpus: usize,
    /// Entries that the model does not know.
    pub unknown: usize,
    /// Places where entries were lost.
    pub lost: usize,
    /// KVM's events.
    pub kvm: Kvm,
    /// The changes of other programs that were undone in its text, in a sentence.
    pub undone: Option<String>,
    /// Kinds of entries that it does not have, each with what they would have shown.
    pub missing: Vec<(&'static str, &'static str)>,
    /// The command that records everything for the controllers in question, if something was missing.
    pub record: Option<String>,
}

impl Answer {
    /// Every function follows.
    #[must_use]
    pub fn follows(&self) -> bool {
        self.functions.iter().all(Verdict::follows)
    }

    /// Some function has a dead stretch.
    #[must_use]
    pub fn is_dead(&self) -> bool {
        self.functions.iter().any(Verdict::is_dead)
    }

    /// The exit status: what was found counts more than what could not be told.
    #[must_use]
    pub fn status(&self) -> Status {
        let any = |of: &[Outcome]| {
            self.functions
                .iter()
                .any(|verdict| of.contains(&verdict.outcome()))
        };
        if any(&[Outcome::Departs, Outcome::Stuck, Outcome::WasDead]) {
            Status::Found
        } else if any(&[Outcome::Unclear]) {
            Status::Unknown
        } else {
            Status::Holds
        }
    }
}
