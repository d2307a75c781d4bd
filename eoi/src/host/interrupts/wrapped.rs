//! Lines of /proc/interrupts that were wrapped: which line goes on, and what stood between its parts.
//!
//! A mail program takes white space away where it wraps. A terminal wraps at its edge, within a number too, and leaves the
//! white space. The head tells which, where it is wrapped: the names of CPUs come apart at a terminal's edge.

use super::columns;
use super::described::is_described;
use super::words::{count, is_cpu};
use crate::text::elision::is_elision;
use crate::text::wrap::{self, Joined, at_an_edge};

/// Columns from which on a line may have been wrapped: the shortest that programs wrap at, less a long word.
const NARROWEST: usize = 56;
/// Bytes of one joined line at most: 8,192 CPUs have 90,000 of counts.
const LONGEST: usize = 1 << 18;

/// Whether this is the beginning of a line: the head, an irq, or one of the architecture's own lines.
#[must_use]
pub fn knows(line: &str) -> bool {
    let first = line.split_whitespace().next().unwrap_or_default();
    if is_cpu(first) {
        return line
            .split_whitespace()
            .take(64)
            .all(|word| is_cpu(word) || is_part(word));
    }
    let Some((label, rest)) = line.split_once(':') else {
        return false;
    };
    let number = (1..=9).contains(&label.len()) && label.bytes().all(|byte| byte.is_ascii_digit());
    let name = (2..=6).contains(&label.len())
        && label.starts_with(|c: char| c.is_ascii_uppercase())
        && label
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    // arm's errors, s390's channels, and powerpc's two counts of interrupts between CPUs: "1234/5678".
    let other = matches!(label, "Err" | "I/O" | "IPI (recv/sent)");
    let counted = count(rest).is_some()
        || (other && rest.trim_start().starts_with(|c: char| c.is_ascii_digit()));
    (number || name || other) && counted
}

/// The line that is being put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Open {
    /// None that goes on.
    Nothing,
    /// The head.
    Head,
    /// An irq's, with so many counts so far.
    Row(usize),
}

/// Lines on their way from pieces to whole ones.
struct Pieces {
    open: Open,
    joined: Joined,
    /// The widest line of the text.
    widest: usize,
    /// Lines were broken at a terminal's edge.
    hard: bool,
    /// CPUs of the head.
    cpus: usize,
    /// Columns of the piece before.
    width: usize,
    /// Some line was joined, so that others may be wrapped as well.
    wrapped: bool,
}

/// Joins wrapped lines; `None` where none is.
#[must_use]
pub fn join(text: &str) -> Option<String> {
    let widest = text.lines().map(wrap::columns).max().unwrap_or(0);
    let mut pieces = Pieces {
        open: Open::Nothing,
        joined: Joined::default(),
        widest,
        hard: at_an_edge(text, widest, knows),
        cpus: 0,
        width: 0,
        wrapped: false,
    };
    for line in text.lines() {
        match pieces.between(line) {
            Some(between) => pieces.goes_on(between, line),
            None => pieces.begin(line),
        }
        pieces.width = wrap::columns(line);
    }
    pieces.wrapped.then(|| pieces.joined.text())
}

impl Pieces {
    /// The text between the line before and this one, if this one goes on with it.
    fn between(&mut self, line: &str) -> Option<&'static str> {
        let (open, body) = (self.joined.open(), line.trim());
        if body.is_empty() || open.len() > LONGEST {
            return None;
        }
        match self.open {
            Open::Nothing => None,
            Open::Head if head_goes_on(open, body) => {
                let apart = !body.split_whitespace().next().is_some_and(is_cpu);
                self.hard |= apart;
                Some(if apart { "" } else { " " })
            }
            Open::Head => None,
            Open::Row(_) if knows(body) || is_elision(body) => None,
            Open::Row(seen) => {
                let counting = seen < self.cpus;
                let first = body.split_whitespace().next().map_or(0, str::len);
                let goes_on = if counting {
                    self.wrapped || count(body).is_some()
                } else {
                    open.trim_end().ends_with(',') || is_rest(open, body, self.wrapped)
                };
                let by_width =
                    (self.wrapped || self.width + 1 + first >= NARROWEST) && !is_prompt(body);
                let edge = self.width == self.widest
                    && (self.hard || within_a_word(open, body, !counting));
                (goes_on || by_width).then_some(if edge { "" } else { " " })
            }
        }
    }

    fn goes_on(&mut self, between: &str, line: &str) {
        if let Open::Row(seen) = self.open {
            let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
            let same = between.is_empty()
                && digit(self.joined.open().chars().last())
                && digit(line.chars().next());
            let added = counts(line);
            self.open = Open::Row(seen + added - usize::from(same && added > 0));
        }
        self.wrapped = true;
        self.joined.goes_on(
            between,
            if between.is_empty() {
                line
            } else {
                line.trim()
            },
        );
    }

    fn begin(&mut self, line: &str) {
        let body = line.trim();
        if self.open == Open::Head {
            let cpus = self
                .joined
                .open()
                .split_whitespace()
                .filter(|word| is_cpu(word))
                .count();
            self.cpus = self.cpus.max(cpus);
        }
        self.joined.begin(line);
        let is_head = body.split_whitespace().next().is_some_and(is_cpu);
        self.open = match self.open {
            _ if knows(body) && is_head => Open::Head,
            _ if knows(body) => Open::Row(counts(behind_label(body))),
            Open::Head if body.is_empty() => Open::Head,
            _ => Open::Nothing,
        };
    }
}

/// The text behind an irq's number.
fn behind_label(row: &str) -> &str {
    row.split_once(':').map_or("", |(_, rest)| rest)
}

/// Whether a line is the rest of a row that has all of its counts: Linux prints no row without a controller, and none of
/// an irq that has no owner and was never taken.
fn is_rest(open: &str, body: &str, wrapped: bool) -> bool {
    let (mut total, mut rest) = (0_u64, behind_label(open));
    while let Some((one, after)) = count(rest) {
        (total, rest) = (total.saturating_add(one), after);
    }
    let first = body.split_whitespace().next().unwrap_or_default();
    let column = columns::is_column(first);
    let has_owner = !rest.trim().is_empty() && !columns::describe(rest).actions.is_empty();
    let needed = rest.trim().is_empty() || column || total == 0 || wrapped || is_names(body);
    !has_owner && needed && !is_prompt(body) && is_described(&format!("{rest} {body}"), total)
}

/// Names as drivers give them to their actions, and no words of a letter: `ehci_hcd:usb3, eth0`.
fn is_names(body: &str) -> bool {
    let sign = |c: char| c.is_ascii_digit() || matches!(c, '_' | ':' | '-' | '(' | '[' | '@' | '/');
    body.split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .all(|name| name.contains(sign) && !name.contains(' '))
}

/// Flow handlers that x86 names behind a number.
const FLOWS: [&str; 4] = ["fasteoi", "edge", "level", "percpu"];

/// Whether a terminal's edge came within a word, by what stands on both sides of it, where nothing else tells.
fn within_a_word(open: &str, next: &str, counted: bool) -> bool {
    let (Some(last), Some(first)) = (
        open.split_whitespace().next_back(),
        next.split_whitespace().next(),
    ) else {
        return false;
    };
    let part =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | ':' | '-' | '.' | '(' | ')');
    if !counted || !open.ends_with(part) || !next.starts_with(part) {
        return false;
    }
    let trigger = |word: &str| matches!(word, "Level" | "Edge");
    let flow = |word: &str| {
        word.split_once('-').is_some_and(|(number, flow)| {
            number.bytes().all(|byte| byte.is_ascii_digit()) && FLOWS.contains(&flow)
        })
    };
    let joined = format!("{last}{first}");
    if trigger(&joined) || flow(&joined) || last.ends_with(['-', '(', '_']) {
        return true;
    }
    // Names such as "HDA Intel" have a capital behind their space.
    let named = first.starts_with(|c: char| c.is_ascii_uppercase());
    if trigger(last) || trigger(first) || flow(last) || flow(first) || named {
        return false;
    }
    // Owners have a comma between them, and few have a space within.
    let about = behind_label(open);
    let about = about.trim_start_matches(|c: char| c.is_ascii_digit() || c.is_whitespace());
    !columns::describe(about).actions.is_empty()
}

/// Numbers at the beginning.
pub(super) fn counts(text: &str) -> usize {
    let (mut seen, mut rest) = (0, text);
    while let Some((_, after)) = count(rest) {
        (seen, rest) = (seen + 1, after);
    }
    seen
}

/// Names of CPUs that go on with the next number, or with the rest of a name.
fn head_goes_on(head: &str, line: &str) -> bool {
    let number = |word: &str| {
        word.strip_prefix("CPU")
            .and_then(|number| number.parse::<u32>().ok())
    };
    let Some(last) = head.split_whitespace().next_back() else {
        return false;
    };
    let mut words = line.split_whitespace();
    let Some(first) = words.next() else {
        return false;
    };
    if !words.all(|word| is_cpu(word) || is_part(word)) {
        return false;
    }
    let next = is_cpu(first) && number(last) < number(first);
    next || (!is_cpu(first) && is_cpu(&format!("{last}{first}")))
}

/// The part that an edge leaves of a CPU's name, or what somebody wrote for the rest of them.
fn is_part(word: &str) -> bool {
    matches!(word, "C" | "CP" | "CPU" | "...")
}

/// A command that was typed, or a shell's prompt.
pub(super) fn is_prompt(line: &str) -> bool {
    line.starts_with("$ ") || line.starts_with("# ") || line.contains("$ ") || line.contains("# ")
}
