//! The parts of a verb's help and manual page beside its options: examples, exit status, files, environment.

use std::fmt::Write;

mod pages;

pub use pages::ALL;

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

/// Variables that every verb looks at.
pub const ENVIRONMENT: [(&str, &str); 2] = [
    (
        "COLUMNS",
        "The columns that text may take where the output is no terminal; at least 80.",
    ),
    ("NO_COLOR", "No colours, if it is set."),
];

/// The page of a verb.
///
/// # Panics
/// If the verb has none: the tests go through all verbs.
#[must_use]
pub fn page(verb: &str) -> &'static Page {
    let page = ALL.iter().find(|page| page.verb == verb);
    page.unwrap_or_else(|| panic!("the verb '{verb}' has no page"))
}

/// The end of a verb's `-h`: the exit status.
#[must_use]
pub fn short(verb: &str) -> String {
    let status = page(verb).status.iter();
    let all: Vec<String> = status
        .map(|(status, about)| format!("{status} {about}"))
        .collect();
    format!("Exit status: {}.", all.join(", "))
}

/// The end of a verb's `--help`: examples, and the exit status.
#[must_use]
pub fn long(verb: &str) -> String {
    let mut text = "Examples:\n".to_string();
    for Example { command, about, .. } in page(verb).examples {
        let _ = writeln!(text, "  {command}\n      {about}");
    }
    text + "\n" + &short(verb)
}
