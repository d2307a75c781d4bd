//! The knowledge of a reader about its text: which lines are of it, and how wrapped ones are joined.

use super::fit::Fit;

/// A reader's knowledge of its text.
#[derive(Clone, Copy)]
pub struct Grammar {
    /// Whether this is the beginning of a line of the text. White space before it is gone.
    pub knows: fn(&str) -> bool,
    /// Joins wrapped lines; `None` where there are none.
    pub join: fn(&str) -> Option<String>,
    /// How much of a text is whole.
    pub fit: fn(&str) -> Fit,
}

impl Grammar {
    /// A text of which nothing is known: only what never belongs to a text is undone.
    pub const NONE: Self = Self {
        knows: |_| false,
        join: |_| None,
        fit: |_| Fit {
            whole: 1,
            broken: 0,
        },
    };
}

/// One kind of change: the text without it and its name, or `None` where the text has none of it.
pub type Undo = fn(&str, &Grammar) -> Option<(String, String)>;
