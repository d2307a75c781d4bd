//! Texts that people paste: one first stage for every reader, which undoes what mail programs, forums and terminals did.
//!
//! A text comes as bytes. [`decode`] makes characters of them; then each of `LAYERS` undoes one kind of change, in turns,
//! until nothing changes any more. Most of them need no knowledge of the text: an escape sequence is never lspci's. Marks
//! before a line and wrapped lines do: the reader gives a [`Grammar`], and a mark is what stands before a line that the
//! grammar knows. Where the text does not fit the grammar then, [`order`] tries other orders and a few guesses, and takes
//! what fits best. Lines keep their numbers wherever that is possible: a line that was joined to the one before it leaves
//! an empty line. [`Pasted::undone`] says what was done.

pub mod colours;
pub mod decode;
pub mod difference;
pub mod elision;
pub mod escapes;
pub mod fit;
pub mod grammar;
pub mod marks;
pub mod markup;
pub mod order;
pub mod outer;
pub mod printable;
pub mod spaces;
pub mod stamps;
pub mod wrap;

pub use fit::Fit;
pub use grammar::{Grammar, Undo};

/// Rounds at most; each undoes one layer of every kind.
const ROUNDS: usize = 12;

/// A text without what was done to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pasted {
    /// The text. Its lines end with a line feed.
    pub text: String,
    /// The changes that were undone, each once, in the order in which it was found: "quoted 3 times", "wrapped".
    pub undone: Vec<String>,
}

/// Every kind of change within a line and before it. Marks go before quoted-printable, whose lines end only where no mark
/// is left.
const LAYERS: &[Undo] = &[
    colours::undo,
    markup::undo,
    spaces::undo,
    escapes::undo,
    difference::undo,
    marks::undo,
    printable::undo,
];
/// Wrapped lines are joined when no layer is left: a line that is not known yet is no part of the one before it.
const LAST: &[Undo] = &[wrap::undo];

impl Pasted {
    /// Undoes everything.
    #[must_use]
    pub fn read(bytes: &[u8], grammar: &Grammar) -> Self {
        let (text, encoding) = decode::decode(bytes);
        let encoding: Vec<String> = encoding.into_iter().collect();
        let first = Self::of(&text, &encoding).in_turns(grammar);
        let fit = (grammar.fit)(&first.text);
        if fit.is_perfect() {
            return first;
        }
        let better = if text.len() > order::LONGEST {
            let mut joined = Self::of(&text, &encoding);
            joined.undo(LAST, grammar);
            Some(joined.in_turns(grammar))
                .filter(|joined| (grammar.fit)(&joined.text).is_better_than(fit))
        } else {
            let best = order::best(&text, fit, grammar);
            best.map(|(text, names)| Self::of(&text, &[encoding, names].concat()))
        };
        better.unwrap_or(first)
    }

    /// A text, and the names of what was undone of it, each of which may come several times.
    fn of(text: &str, names: &[String]) -> Self {
        let mut undone: Vec<String> = Vec::new();
        for name in names {
            if !undone.contains(name) {
                undone.push(name.clone());
            }
        }
        Self {
            text: text.to_string(),
            undone,
        }
    }

    /// Undoes each kind of change in its turn, until nothing changes any more; wrapped lines are joined last.
    fn in_turns(mut self, grammar: &Grammar) -> Self {
        for _ in 0..ROUNDS {
            if !self.undo(LAYERS, grammar) && !self.undo(LAST, grammar) {
                break;
            }
        }
        self
    }

    /// Undoes each of these once; whether anything changed.
    fn undo(&mut self, these: &[Undo], grammar: &Grammar) -> bool {
        let mut changed = false;
        for undo in these {
            if let Some((text, name)) = undo(&self.text, grammar) {
                changed |= text != self.text;
                self.text = text;
                if !self.undone.contains(&name) {
                    self.undone.push(name);
                }
            }
        }
        changed
    }

    /// The changes that were undone, in one sentence; `None` if there were none.
    #[must_use]
    pub fn says(&self) -> Option<String> {
        (!self.undone.is_empty())
            .then(|| format!("the text was {}: undone", self.undone.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A text of `name: value` lines.
    const NAMES: Grammar = Grammar {
        knows: |line| line.starts_with("name: "),
        join: |_| None,
        fit: |_| Fit {
            whole: 1,
            broken: 0,
        },
    };

    #[test]
    fn layers_are_undone_in_any_order() {
        let rows: [(&str, &str); 9] = [
            ("name: a\nname: b\n", ""),
            ("> > name: a\n> > name: b\n", "quoted 2 times"),
            ("&gt; name: a\n&gt; name: b\n", "in HTML"),
            ("[code]* name: a\n* name: b[/code]\n", "in BBCode"),
            ("\u{feff}    12\tname: a\r\n    13\tname: b\r\n", "numbered"),
            ("\x1b[1mname: a\x1b[0m\n> name: b\n", "coloured"),
            ("/* name: a\n * name: b\n", "marked with '*'"),
            ("=09name: a\n=09name: b=\n\n", "quoted-printable"),
            ("f.txt:3:name: a\nf.txt:4:name: b\n", "found by grep"),
        ];
        for (text, says) in rows {
            let pasted = Pasted::read(text.as_bytes(), &NAMES);
            let lines: Vec<&str> = pasted
                .text
                .lines()
                .map(str::trim)
                .filter(|line| !line.is_empty())
                .collect();
            assert_eq!(lines, ["name: a", "name: b"], "{text:?}: {pasted:?}");
            let said = pasted.says().unwrap_or_default();
            assert!(
                said.contains(says) && said.is_empty() == says.is_empty(),
                "{text:?}: {said}"
            );
        }
    }

    #[test]
    fn it_ends_and_a_second_reading_changes_nothing() {
        let ugly = format!(
            "{}name: x\n=3D=3D3D {}\n",
            "> ".repeat(5000),
            "&amp;".repeat(300)
        );
        let once = Pasted::read(ugly.as_bytes(), &NAMES);
        let twice = Pasted::read(once.text.as_bytes(), &NAMES);
        assert_eq!(twice.text, once.text);
    }
}
