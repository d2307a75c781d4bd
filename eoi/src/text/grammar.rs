//! The knowledge of a reader about its text: which lines are of it, and how wrapped ones are joined.

/// A reader's knowledge of its text.
#[derive(Clone, Copy)]
pub struct Grammar {
    /// Whether this is the beginning of a line of the text. White space before it is gone.
    pub knows: fn(&str) -> bool,
    /// Joins wrapped lines; `None` where there are none.
    pub join: fn(&str) -> Option<String>,
}

impl Grammar {
    /// A text of which nothing is known: only what never belongs to a text is undone.
    pub const NONE: Self = Self {
        knows: |_| false,
        join: |_| None,
    };
}
