//! How well a text fits the grammar of its reader: the measure by which one way to undo is better than another.

/// How much of a text a reader can use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fit {
    /// Lines that are whole.
    pub whole: usize,
    /// Lines that are not, and lines of nobody's between two of the text.
    pub broken: usize,
}

impl Fit {
    /// Nothing is left to wish for.
    #[must_use]
    pub fn is_perfect(self) -> bool {
        self.whole > 0 && self.broken == 0
    }

    /// Whether this one is better. A line that is broken costs more than a line that is whole is worth, so that a text
    /// does not get better by a line that is taken apart.
    #[must_use]
    pub fn is_better_than(self, other: Self) -> bool {
        self.whole + 3 * other.broken > other.whole + 3 * self.broken
    }
}
