//! Lines of /proc/interrupts that were wrapped: which line goes on, and what stood between its parts.
//!
//! A mail program takes white space away where it wraps. A terminal wraps at its edge, within a number too, and leaves the
//! white space. The head tells which, where it is wrapped: the names of CPUs come apart at a terminal's edge.

use super::columns;
use super::words::{count, is_cpu};
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
    (number || name) && count(rest).is_some()
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

/// Joins wrapped lines; `None` where none is.
#[must_use]
pub fn join(text: &str) -> Option<String> {
    let widest = text.lines().map(wrap::columns).max().unwrap_or(0);
    let (mut open, mut joined, mut changed) = (Open::Nothing, Joined::default(), false);
    let mut hard = at_an_edge(text, widest, knows);
    let (mut cpus, mut width, mut wrapped) = (0, 0, false);
    for line in text.lines() {
        let body = line.trim();
        let mut between = None;
        if body.is_empty() || joined.open().len() > LONGEST {
            // A blank line ends everything.
        } else if open == Open::Head && head_goes_on(joined.open(), body) {
            let apart = !body.split_whitespace().next().is_some_and(is_cpu);
            hard |= apart;
            between = Some(if apart { "" } else { " " });
        } else if let Open::Row(seen) = open
            && !knows(body)
        {
            let first = body.split_whitespace().next().map_or(0, str::len);
            let goes_on = (seen < cpus && (wrapped || count(body).is_some()))
                || joined.open().trim_end().ends_with(',');
            let by_width = (wrapped || width + 1 + first >= NARROWEST) && !is_prompt(body);
            let within =
                width == widest && (hard || within_a_word(joined.open(), body, seen >= cpus));
            let glue = if within { "" } else { " " };
            between = (goes_on || by_width).then_some(glue);
            if between.is_some() {
                let mut added = counts(body);
                let digits = |text: &str, last: bool| {
                    let c = if last {
                        text.chars().last()
                    } else {
                        text.chars().next()
                    };
                    c.is_some_and(|c| c.is_ascii_digit())
                };
                if glue.is_empty()
                    && added > 0
                    && digits(joined.open(), true)
                    && digits(line, false)
                {
                    added -= 1;
                }
                open = Open::Row(seen + added);
            }
        }
        width = wrap::columns(line);
        if let Some(between) = between {
            (changed, wrapped) = (true, true);
            joined.goes_on(between, if between.is_empty() { line } else { body });
            if open == Open::Head {
                cpus = joined
                    .open()
                    .split_whitespace()
                    .filter(|word| is_cpu(word))
                    .count();
            }
            continue;
        }
        joined.begin(line);
        let first = body.split_whitespace().next().unwrap_or_default();
        open = if is_cpu(first) && knows(body) {
            cpus = body.split_whitespace().filter(|word| is_cpu(word)).count();
            Open::Head
        } else if knows(body) {
            Open::Row(counts(body.split_once(':').map_or("", |(_, rest)| rest)))
        } else if open == Open::Head && body.is_empty() {
            Open::Head
        } else {
            Open::Nothing
        };
    }
    changed.then(|| joined.text())
}

/// Flow handlers that x86 names behind a number.
const FLOWS: [&str; 4] = ["fasteoi", "edge", "level", "percpu"];

/// Whether a terminal's edge came within a word, by what stands on both sides of it, where nothing else tells.
fn within_a_word(open: &str, next: &str, counted: bool) -> bool {
    let (Some(last), Some(first)) = (
        open.split_whitespace().last(),
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
    let counts = open.split_once(':').map_or("", |(_, rest)| rest);
    let about = counts.trim_start_matches(|c: char| c.is_ascii_digit() || c.is_whitespace());
    !columns::describe(about).actions.is_empty()
}

/// Numbers at the beginning.
fn counts(text: &str) -> usize {
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
    let Some(last) = head.split_whitespace().last() else {
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
fn is_prompt(line: &str) -> bool {
    line.starts_with("$ ") || line.starts_with("# ") || line.contains("$ ") || line.contains("# ")
}
