//! Lines that a mail program wrapped at white space, or a terminal wherever its edge was.
//!
//! Which line goes on is known to the text's own reader ([`Grammar::join`]); it asks here for widths, and leaves an empty
//! line for each that it joined, so that lines keep their numbers.

use super::grammar::{Grammar, Undo};
use super::{colours, marks, markup, outer, printable, spaces};

/// Joins wrapped lines, if the grammar can.
#[must_use]
pub fn undo(text: &str, grammar: &Grammar) -> Option<(String, String)> {
    let joined = (grammar.join)(text)?;
    (joined != text).then(|| (joined, "wrapped".to_string()))
}

/// Steps within a line.
const INLINE: &[Undo] = &[colours::undo, markup::undo, spaces::undo];
/// Steps that find the beginning of a line behind what stands before it.
const PEELS: &[Undo] = &[
    marks::undo,
    printable::undo,
    colours::undo,
    markup::undo,
    spaces::undo,
];

/// The line after these steps, in turns.
fn peeled(line: &str, steps: &[Undo], grammar: &Grammar) -> String {
    let mut text = line.to_string();
    for _ in 0..4 {
        let before = text.len();
        for undo in steps {
            if let Some((next, _)) = undo(&text, grammar) {
                text = next;
            }
        }
        if text.len() == before {
            break;
        }
    }
    text
}

/// For each line whether it goes on with the one before: it has not the mark that most lines have, and no line of the
/// grammar begins there.
fn goes_on(lines: &[&str], grammar: &Grammar) -> Vec<bool> {
    let inline: Vec<String> = lines
        .iter()
        .map(|line| peeled(line, INLINE, grammar))
        .collect();
    let plain: Vec<&str> = inline.iter().map(String::as_str).collect();
    let marked = outer::marked(&plain);
    let known = |line: &str| line.trim().is_empty() || (grammar.knows)(line.trim());
    let begins =
        |at: usize| marked[at] || known(plain[at]) || known(&peeled(plain[at], PEELS, grammar));
    (0..lines.len()).map(|at| !begins(at)).collect()
}

/// Widths that programs wrap at.
const WIDTHS: std::ops::RangeInclusive<usize> = 60..=132;

/// Joins lines that were wrapped at white space after something was put before them: a program that fills lines breaks
/// one only where its next word has no room, so that one width explains every break.
#[must_use]
pub fn by_width(text: &str, grammar: &Grammar) -> Option<(String, String)> {
    let lines: Vec<&str> = text.lines().collect();
    let goes_on = goes_on(&lines, grammar);
    let ends: Vec<usize> = lines.iter().map(|line| columns(line.trim_end())).collect();
    let word = |line: &str| line.split_whitespace().next().map_or(0, columns);
    // The columns of a line, and of the line with one more word; mails with `format=flowed` may have one blank more.
    let fits = |at: usize, width: usize| {
        goes_on[at]
            && ends[at - 1] > 0
            && ends[at - 1] <= width + 1
            && ends[at - 1] + 1 + word(lines[at]) >= width
    };
    let too_long = |at: usize, width: usize| {
        let body = lines[at].trim();
        let indent = columns(&lines[at][..lines[at].len() - lines[at].trim_start().len()]);
        ends[at] > width + 1 && body.contains(' ') && indent + word(body) <= width
    };
    let worth = |width: usize| {
        let breaks = (1..lines.len()).filter(|&at| fits(at, width)).count();
        let long = (0..lines.len()).filter(|&at| too_long(at, width)).count();
        breaks.saturating_sub(2 * long)
    };
    let (worth, width) = WIDTHS
        .map(|width| (worth(width), width))
        .max_by_key(|(worth, width)| (*worth, usize::MAX - width))?;
    if worth == 0 {
        return None;
    }
    let mut joined = Joined::default();
    for (at, line) in lines.iter().enumerate() {
        if at > 0 && fits(at, width) {
            joined.goes_on(" ", line.trim());
        } else {
            joined.begin(line);
        }
    }
    Some((joined.text(), format!("wrapped at {width} columns")))
}

/// The columns of a line on a terminal: a tab goes on to the next multiple of eight.
#[must_use]
pub fn columns(line: &str) -> usize {
    line.chars()
        .fold(0, |at, c| if c == '\t' { at / 8 * 8 + 8 } else { at + 1 })
}

/// Widths of terminals, and of programs that break lines wherever the width is.
pub const EDGES: [usize; 8] = [66, 72, 76, 80, 100, 120, 132, 160];

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
        let end = self.open.trim_end_matches('\r').len();
        self.open.truncate(if between == " " {
            self.open[..end].trim_end().len()
        } else {
            end
        });
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
