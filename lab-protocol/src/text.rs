//! The two kinds of free text that a line may carry: one word, and the rest of the line.

use alloc::borrow::ToOwned;
use alloc::string::String;
use core::fmt;
use core::str::FromStr;

use crate::error::{Error, refuse};

/// One word: at least one character, no white space and no control character.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Word(String);

impl Word {
    /// The word with each white space and each control character replaced by `_`. An empty text becomes `_`.
    #[must_use]
    pub fn from_any(text: &str) -> Self {
        let word: String = text
            .chars()
            .map(|c| if breaks_a_word(c) { '_' } else { c })
            .collect();
        Self(if word.is_empty() {
            "_".to_owned()
        } else {
            word
        })
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn breaks_a_word(c: char) -> bool {
    c.is_whitespace() || c.is_control()
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Word {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        if text.is_empty() || text.contains(breaks_a_word) {
            return refuse!("'{}' is not one word", text.escape_debug());
        }
        Ok(Self(text.to_owned()))
    }
}

/// The rest of a line: no control character, and no white space at its end. It may be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text(String);

impl Text {
    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it has no character.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Each control character becomes a space, and the white space at the end goes.
impl From<&str> for Text {
    fn from(text: &str) -> Self {
        let mut text: String = text
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        text.truncate(text.trim_end().len());
        Self(text)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
