//! The mark that stands before every line, whatever the lines are: numbers in order, one file's name, a time, diff's signs.
//!
//! [`super::marks`] finds a mark by the line behind it. It finds none where that line is still hidden, in
//! quoted-printable say, or where a number may be the line's own.

use super::grammar::Undo;
use super::marks::{file, name, number, quote};
use super::stamps::{clock, stamp};

/// Takes one kind of mark from the lines that have it, if enough lines have it; for each kind.
pub const EACH: [Undo; 7] = [
    |text, _| undo(text, quotes, "quoted"),
    |text, _| undo(text, signs, "a difference"),
    |text, _| undo(text, numbers, "numbered"),
    |text, _| undo(text, names, "found by grep"),
    |text, _| undo(text, stamps, "in a log"),
    |text, _| undo(text, beginning, "with one beginning for every line"),
    |text, _| undo(text, ending, "with one end for every line"),
];

/// The text behind the mark, for each line that has it.
type Rest<'a> = Vec<Option<&'a str>>;
/// A kind of mark.
type Kind = for<'a> fn(&[&'a str]) -> Rest<'a>;

fn undo(text: &str, kind: Kind, name: &str) -> Option<(String, String)> {
    let lines: Vec<&str> = text.lines().collect();
    let rest = enough(&lines, kind)?;
    let text = lines
        .iter()
        .zip(rest)
        .map(|(line, rest)| format!("{}\n", rest.unwrap_or(line)));
    Some((text.collect(), name.to_string()))
}

/// The text behind this kind of mark, if enough lines have it: a wrapped line has its mark before its first part only.
fn enough<'a>(lines: &[&'a str], kind: Kind) -> Option<Rest<'a>> {
    let bodies = lines.iter().filter(|line| !line.trim().is_empty()).count();
    let rest = kind(lines);
    let marked = rest.iter().flatten().count();
    (marked >= 2 && 4 * marked >= bodies).then_some(rest)
}

/// For each line whether it has the mark that most lines have.
#[must_use]
pub fn marked(lines: &[&str]) -> Vec<bool> {
    let kinds: [Kind; 5] = [quotes, signs, numbers, names, stamps];
    let found = kinds.into_iter().find_map(|kind| enough(lines, kind));
    found.map_or(vec![false; lines.len()], |rest| {
        rest.iter().map(Option::is_some).collect()
    })
}

fn quotes<'a>(lines: &[&'a str]) -> Rest<'a> {
    each(lines, |line| quote(line).map(|(_, rest)| rest))
}

fn stamps<'a>(lines: &[&'a str]) -> Rest<'a> {
    each(lines, |line| stamp(line).or_else(|| clock(line)))
}

/// The beginning that all lines have, whatever it is: `web_1  | `, `: `, `    "`.
fn beginning<'a>(lines: &[&'a str]) -> Rest<'a> {
    let bodies = || lines.iter().filter(|line| !line.trim().is_empty());
    let first = bodies().next().copied().unwrap_or_default();
    let same = |line: &str| {
        first
            .char_indices()
            .zip(line.chars())
            .find(|((_, a), b)| a != b)
            .map(|((at, _), _)| at)
    };
    let common = bodies()
        .map(|line| same(line).unwrap_or(first.len().min(line.len())))
        .min()
        .unwrap_or(0);
    let common = first.get(..common).unwrap_or_default();
    if common.trim().is_empty() {
        return vec![None; lines.len()];
    }
    lines.iter().map(|line| line.strip_prefix(common)).collect()
}

/// The end that all lines have: `|`, `\\`, `",`.
fn ending<'a>(lines: &[&'a str]) -> Rest<'a> {
    let is_end = |c: char| !c.is_alphanumeric() && !matches!(c, ')' | ']' | '+' | '-' | '>');
    let end = |line: &'a str| &line[line.trim_end().trim_end_matches(is_end).len()..];
    let mut bodies = lines.iter().filter(|line| !line.trim().is_empty());
    let common = bodies.next().map_or("", |line| end(line).trim());
    let all = !common.is_empty() && bodies.all(|line| line.trim_end().ends_with(common));
    lines
        .iter()
        .map(|line| line.trim_end().strip_suffix(common).filter(|_| all))
        .collect()
}

fn each<'a>(lines: &[&'a str], mark: fn(&str) -> Option<&str>) -> Rest<'a> {
    lines
        .iter()
        .map(|line| mark(line.trim_start()).map(blank))
        .collect()
}

/// The text without the one blank that a mark has behind it.
fn blank(text: &str) -> &str {
    text.strip_prefix(' ').unwrap_or(text)
}

/// diff's `+`, `-` or blank in the first column of every line.
fn signs<'a>(lines: &[&'a str]) -> Rest<'a> {
    let sign = |line: &&'a str| line.strip_prefix(['+', '-', ' ']);
    let every = lines
        .iter()
        .filter(|line| !line.is_empty())
        .all(|line| sign(line).is_some());
    let signed = lines
        .iter()
        .filter(|line| line.starts_with(['+', '-']))
        .count();
    if !every || signed == 0 {
        return vec![None; lines.len()];
    }
    lines.iter().map(sign).collect()
}

/// A number that is the one before and one more; a line between that was wrapped off has none.
fn numbers<'a>(lines: &[&'a str]) -> Rest<'a> {
    let found: Vec<Option<(u64, &str)>> =
        lines.iter().map(|line| number(line.trim_start())).collect();
    let mut rest = vec![None; lines.len()];
    let mut last: Option<u64> = None;
    for (at, number) in found.iter().enumerate() {
        let Some((number, after)) = number else {
            continue;
        };
        // The first one must be followed by the next, in one of the lines that it may be wrapped over.
        let next = || {
            found[at + 1..]
                .iter()
                .flatten()
                .take(8)
                .any(|(next, _)| *next == number + 1)
        };
        if last.map_or_else(next, |last| *number == last + 1) {
            last = Some(*number);
            rest[at] = Some(blank(after));
        }
    }
    rest
}

/// One file's name, which stands before the first line.
fn names<'a>(lines: &[&'a str]) -> Rest<'a> {
    let Some(first) = lines
        .iter()
        .map(|line| line.trim_start())
        .find(|line| !line.is_empty())
    else {
        return vec![None; lines.len()];
    };
    let known = file(first).map_or("", |rest| name(first, rest));
    let behind = |line: &&'a str| {
        let line = line.trim_start();
        let rest = file(line).filter(|rest| !known.is_empty() && name(line, rest) == known);
        rest.map(blank)
    };
    lines.iter().map(behind).collect()
}
