//! The mark that stands before every line, whatever the lines are: numbers in order, one file's name, a time, diff's signs.
//!
//! [`super::marks`] finds a mark by the line behind it. It finds none where that line is still hidden, in
//! quoted-printable say, or where a number may be the line's own.

use super::grammar::Grammar;
use super::marks::{file, name, number, quote, stamp};

/// Takes the outermost mark from the lines that have it, if most lines have.
#[must_use]
pub fn undo(text: &str, _: &Grammar) -> Option<(String, String)> {
    let lines: Vec<&str> = text.lines().collect();
    let (rest, name) = find(&lines)?;
    let text = lines
        .iter()
        .zip(rest)
        .map(|(line, rest)| format!("{}\n", rest.unwrap_or(line)));
    Some((text.collect(), name.to_string()))
}

/// The text behind the mark, for each line that has it.
type Rest<'a> = Vec<Option<&'a str>>;

/// Looks for one kind of mark.
type Reader<'a> = fn(&[&'a str]) -> Rest<'a>;

/// The outermost mark of most lines, and its name.
#[must_use]
pub fn find<'a>(lines: &[&'a str]) -> Option<(Rest<'a>, &'static str)> {
    let bodies = lines.iter().filter(|line| !line.trim().is_empty()).count();
    let kinds: [(Reader<'a>, &str); 5] = [
        (signs, "a difference"),
        (numbers, "numbered"),
        (names, "found by grep"),
        (|lines| each(lines, stamp), "in a log"),
        (
            |lines| each(lines, |line| quote(line).map(|(_, rest)| rest)),
            "quoted",
        ),
    ];
    kinds.into_iter().find_map(|(kind, name)| {
        let rest = kind(lines);
        let marked = rest.iter().flatten().count();
        // A wrapped line has its mark before its first part only.
        (marked >= 2 && 4 * marked >= bodies).then_some((rest, name))
    })
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
