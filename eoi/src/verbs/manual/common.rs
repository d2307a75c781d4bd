//! The shape of a page, and sections that several pages have in common.

/// One verb's page.
pub struct Page {
    /// The verb, with the one above it: `lab run`; empty for eoi itself.
    pub verb: &'static str,
    /// Commands with their meaning, the first things that somebody types.
    pub examples: &'static [Example],
    /// The meaning of each exit status.
    pub status: &'static [(u8, &'static str)],
    /// Files that the verb reads or writes without being told their names.
    pub files: &'static [(&'static str, &'static str)],
    /// Variables of the environment, beside those of every verb.
    pub environment: &'static [(&'static str, &'static str)],
    /// Manual pages of other programs.
    pub others: &'static [&'static str],
}

/// A command with its meaning.
pub struct Example {
    /// The command, as a shell takes it.
    pub command: &'static str,
    /// Its meaning.
    pub about: &'static str,
    /// The outcome that the tests expect of it.
    pub outcome: Outcome,
}

/// How the tests run an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It exits with this status.
    Leaves(u8),
    /// It is about the machine that it runs on. On the tests' POWER9 host it exits with this status.
    OnAHost(u8),
    /// It fetches, boots or opens a pager: only its words are tried.
    Parses,
}

/// The exit status of verbs that judge something.
pub(super) const JUDGES: &[(u8, &str)] = &[
    (0, "everything holds, or nothing was found"),
    (1, "something is broken, or was found"),
    (2, "wrong usage, or input that cannot be read"),
    (3, "it could not be told"),
];

/// The exit status of verbs that write something down.
pub(super) const WRITES: &[(u8, &str)] = &[(0, "it was written"), (2, "wrong usage")];

/// The lab's cache.
pub(super) const CACHE: (&str, &str) = (
    "$XDG_CACHE_HOME/eoi",
    "The lab's cache: packages, what was built, and runs that were kept; ~/.cache/eoi if the variable is not set.",
);

pub(super) const CACHE_HOME: (&str, &str) =
    ("XDG_CACHE_HOME", "The directory above the lab's cache.");

/// An example.
pub const fn example(command: &'static str, outcome: Outcome, about: &'static str) -> Example {
    Example {
        command,
        about,
        outcome,
    }
}
