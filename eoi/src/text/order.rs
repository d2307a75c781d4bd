//! The order in which changes lie over each other, found by trying.
//!
//! Mail programs, forums and terminals change a text in any order, and no order of undoing fits all of them: lines that
//! were wrapped before they were quoted must be joined after the quotes are gone, lines that were quoted before they were
//! wrapped must be joined first. Each step makes another text of a text; those that no step of [`LAYERS`] changes any
//! more are candidates, and the one that fits the grammar best wins. Of equals the one that was found first does.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use super::grammar::{Grammar, Undo};
use super::{
    colours, difference, escapes, fit::Fit, marks, markup, outer, printable, spaces, wrap,
};

/// Steps after which a text is still marked when they find something to undo.
pub const LAYERS: &[Undo] = &[
    colours::undo,
    markup::undo,
    spaces::undo,
    escapes::undo,
    difference::undo,
    marks::undo,
    printable::undo,
    wrap::undo,
];
/// Steps that may be wrong, and are taken only where they make a text fit better; beside those of [`outer::EACH`].
const GUESSES: &[Undo] = &[wrap::by_width];

/// Bytes of a text at most that is tried in several orders.
pub const LONGEST: usize = 1 << 20;
/// Texts that are tried at most, and their bytes together.
const TEXTS: usize = 400;
const BYTES: usize = 64 << 20;
/// Steps one after the other at most.
const DEEPEST: usize = 12;

/// A text, and the names of the steps that made it.
pub type Undone = (String, Vec<String>);

struct Search<'a> {
    grammar: &'a Grammar,
    seen: HashSet<u64>,
    hash: RandomState,
    bytes: usize,
    best: Option<Undone>,
    fit: Fit,
}

/// The best text that the steps make of `text`; `None` if none fits better than what was found before.
#[must_use]
pub fn best(text: &str, before: Fit, grammar: &Grammar) -> Option<Undone> {
    let mut search = Search {
        grammar,
        seen: HashSet::new(),
        hash: RandomState::new(),
        bytes: 0,
        best: None,
        fit: before,
    };
    search.go(text, &mut Vec::new());
    search.best
}

impl Search<'_> {
    /// Tries this text and all that steps make of it.
    fn go(&mut self, text: &str, names: &mut Vec<String>) {
        self.bytes += text.len();
        let enough = self.seen.len() >= TEXTS || self.bytes > BYTES || names.len() > DEEPEST;
        if self.fit.is_perfect() || enough || !self.seen.insert(self.hash.hash_one(text)) {
            return;
        }
        if !self.steps(LAYERS, text, names) {
            let fit = (self.grammar.fit)(text);
            if fit.is_better_than(self.fit) {
                self.fit = fit;
                self.best = Some((text.to_string(), names.clone()));
            }
        }
        self.steps(&outer::EACH, text, names);
        self.steps(GUESSES, text, names);
    }

    /// Takes each step that changes the text; whether one does.
    fn steps(&mut self, steps: &[Undo], text: &str, names: &mut Vec<String>) -> bool {
        let mut changed = false;
        for undo in steps {
            let Some((next, name)) = undo(text, self.grammar).filter(|(next, _)| next != text)
            else {
                continue;
            };
            changed = true;
            names.push(name);
            self.go(&next, names);
            names.pop();
        }
        changed
    }
}
