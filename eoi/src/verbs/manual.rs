//! The parts of a verb's help and manual page beside its options: examples, exit status, files, environment.

use std::fmt::Write;

mod common;
mod lab;
mod pages;

pub use common::{Example, Outcome, Page};
pub use pages::ALL;

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
