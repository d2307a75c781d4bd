//! Lines that a mail program wrapped at white space, or a terminal wherever its edge was.
//!
//! Which line goes on is known to the text's own reader ([`Grammar::join`]); it asks here for widths, and leaves an empty
//! line for each that it joined, so that lines keep their numbers.

use super::grammar::Grammar;

/// Joins wrapped lines, if the grammar can.
#[must_use]
pub fn undo(text: &str, grammar: &Grammar) -> Option<(String, String)> {
    let joined = (grammar.join)(text)?;
    (joined != text).then(|| (joined, "wrapped".to_string()))
}

/// The columns of a line on a terminal: a tab goes on to the next multiple of eight.
#[must_use]
pub fn columns(line: &str) -> usize {
    line.chars()
        .fold(0, |at, c| if c == '\t' { at / 8 * 8 + 8 } else { at + 1 })
}

/// Widths of terminals, and of programs that break lines wherever the width is.
const EDGES: [usize; 8] = [66, 72, 76, 80, 100, 120, 132, 160];

/// Whether the lines were broken at an edge, words and numbers too: every line before one that the grammar does not know
/// is as wide as the widest, and two are.
#[must_use]
pub fn at_an_edge(text: &str, widest: usize, knows: fn(&str) -> bool) -> bool {
    if !EDGES.contains(&widest) {
        return false;
    }
    let (mut full, mut width) = (0, 0);
    for line in text.lines() {
        let body = line.trim();
        let goes_on = width > 0 && !body.is_empty() && !knows(body);
        if goes_on && width != widest && line.starts_with(|c: char| !c.is_whitespace()) {
            return false;
        }
        full += usize::from(goes_on && width == widest);
        width = columns(line);
    }
    full >= 2
}

/// Lines that are put together again.
#[derive(Default)]
pub struct Joined {
    text: String,
    /// The line that is not ended yet.
    open: String,
    empty: usize,
}

impl Joined {
    /// Begins a line.
    pub fn begin(&mut self, line: &str) {
        self.end();
        self.open.push_str(line);
        self.empty = 1;
    }

    /// The line that is not ended yet.
    #[must_use]
    pub fn open(&self) -> &str {
        &self.open
    }

    /// Goes on with it.
    pub fn goes_on(&mut self, between: &str, line: &str) {
        self.open.truncate(self.open.trim_end_matches(['\r']).len());
        self.open.push_str(between);
        self.open.push_str(line);
        self.empty += 1;
    }

    fn end(&mut self) {
        self.text.push_str(&self.open);
        self.text.extend(std::iter::repeat_n('\n', self.empty));
        self.open.clear();
        self.empty = 0;
    }

    /// The text.
    #[must_use]
    pub fn text(mut self) -> String {
        self.end();
        self.text
    }
}
