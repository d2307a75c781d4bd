//! Marks before a line: quotes, list and comment marks, diff's, line numbers, names of files, time stamps.
//!
//! A mark is what stands before a line that the grammar knows. Where several lie over each other they are found by trying,
//! outermost first. A line that the grammar does not know, a wrapped one say, loses the marks that the line before it had.

use super::grammar::Grammar;
use super::stamps::{clock, stamp};

/// Marks over each other at most; a quote of any depth is one.
const DEEPEST: usize = 6;
/// Bytes of one mark at most.
const LONGEST: usize = 200;

/// One mark.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Mark {
    /// `>` or `|`, of any depth.
    Quote(usize),
    /// Punctuation, as it stands without white space.
    Punctuation(String),
    /// A line's number.
    Number(u64),
    /// A file's name, and a line's number if there is one.
    File(String, Option<u64>),
    /// A time, a host and who wrote it; or a time of the kernel's.
    Stamp,
    /// A container's name and a bar.
    Service(String),
}

/// Takes the marks before each line.
#[must_use]
pub fn undo(text: &str, grammar: &Grammar) -> Option<(String, String)> {
    let mut clean = String::with_capacity(text.len());
    let (mut last, mut names): (Vec<Mark>, Vec<String>) = (Vec::new(), Vec::new());
    let (mut changed, mut number) = (false, None);
    for line in text.split_inclusive('\n') {
        let (body, end) = line
            .strip_suffix('\n')
            .map_or((line, ""), |body| (body, "\n"));
        let trimmed = body.trim();
        let rest = if trimmed.is_empty() || (grammar.knows)(trimmed) {
            if !trimmed.is_empty() {
                last.clear();
            }
            body
        } else if let Some((marks, rest)) = find(trimmed, grammar) {
            marks.iter().for_each(|mark| note(&mut names, mark.name()));
            last = marks;
            changed = true;
            border(rest, &last)
        } else {
            let rest = follow(body, &mut last);
            changed |= rest.len() != body.len();
            border(rest, &last)
        };
        let now = last
            .iter()
            .find_map(Mark::number)
            .filter(|_| rest.len() < body.len());
        if now
            .zip(number)
            .is_some_and(|(now, before)| now > before + 1)
        {
            note(&mut names, LEFT_OUT.to_string());
        }
        number = now.or(number);
        clean += rest;
        clean += end;
    }
    (changed && clean != text).then(|| (clean, names.join(", ")))
}

/// The name of marks with numbers between which some are missing, or of a program that prints only what it was asked for:
/// a line that is not there is no evidence then.
pub const LEFT_OUT: &str = "with lines left out";

impl Mark {
    fn name(&self) -> String {
        match self {
            Self::Quote(1) => "quoted".to_string(),
            Self::Quote(depth) => format!("quoted {depth} times"),
            Self::Punctuation(mark) => format!("marked with '{mark}'"),
            Self::Number(_) => "numbered".to_string(),
            Self::File(_, Some(_)) => "found by grep".to_string(),
            Self::File(_, None) => format!("found by grep, perhaps {LEFT_OUT}"),
            Self::Stamp | Self::Service(_) => "in a log".to_string(),
        }
    }

    /// The line's number.
    const fn number(&self) -> Option<u64> {
        match self {
            Self::Number(number) | Self::File(_, Some(number)) => Some(*number),
            _ => None,
        }
    }
}

/// Keeps a name, each once.
fn note(names: &mut Vec<String>, name: String) {
    if !names.contains(&name) && names.len() < 8 {
        names.push(name);
    }
}

/// The fewest marks behind which the grammar knows the line, and the line behind them.
fn find<'a>(line: &'a str, grammar: &Grammar) -> Option<(Vec<Mark>, &'a str)> {
    let mut layer: Vec<(Vec<Mark>, &str)> = vec![(Vec::new(), line)];
    for _ in 0..DEEPEST {
        let mut next = Vec::new();
        for (marks, rest) in &layer {
            for (mark, after) in strip(rest) {
                let mut marks = marks.clone();
                marks.push(mark);
                let text = after.trim_start();
                if (grammar.knows)(text) {
                    // Text that is wrapped at a terminal's edge needs its white space.
                    return Some((marks, after.strip_prefix(' ').unwrap_or(after)));
                }
                if !text.is_empty() && next.len() < 16 {
                    next.push((marks, text));
                }
            }
        }
        layer = next;
    }
    None
}

/// Every mark that the text may begin with, and what follows it.
fn strip(text: &str) -> Vec<(Mark, &str)> {
    let quote = quote(text).map(|(depth, rest)| (Mark::Quote(depth), rest));
    let punctuation = punctuation(text).filter(|_| quote.is_none());
    let punctuation = punctuation.map(|(mark, rest)| (Mark::Punctuation(mark.to_string()), rest));
    let number = number(text).map(|(number, rest)| (Mark::Number(number), rest));
    let file = file(text).map(|rest| (file_mark(text, rest), rest));
    let stamp = stamp(text).map(|rest| (Mark::Stamp, rest));
    let clock = clock(text).map(|rest| (Mark::Stamp, rest));
    let service = service(text).map(|(name, rest)| (Mark::Service(name.to_string()), rest));
    [quote, punctuation, number, service, stamp, clock, file]
        .into_iter()
        .flatten()
        .collect()
}

/// `> > `, `>>`, `| `, and `JD> `.
pub(super) fn quote(text: &str) -> Option<(usize, &str)> {
    let initials = text
        .bytes()
        .take(4)
        .take_while(u8::is_ascii_uppercase)
        .count();
    let body = if text[initials..].starts_with('>') {
        &text[initials..]
    } else {
        text
    };
    let end = body
        .find(|c: char| c != '>' && c != '|' && !c.is_whitespace())
        .unwrap_or(body.len());
    let last = body[..end].rfind(['>', '|'])?;
    Some((body[..end].matches(['>', '|']).count(), &body[last + 1..]))
}

/// `* `, `- `, `# `, `// `, `+`: up to the first letter, digit or bracket, or the `=` of quoted-printable.
fn punctuation(text: &str) -> Option<(&str, &str)> {
    let stops =
        |c: char| c.is_alphanumeric() || c.is_whitespace() || matches!(c, '[' | '<' | '"' | '=');
    let end = text.find(stops).unwrap_or(text.len());
    (1..=16)
        .contains(&end)
        .then(|| (&text[..end], &text[end..]))
}

/// `12:`, `12-`, `12.`, `12)`, `[12]`, `12 `, and `12` alone where its line is empty.
pub(super) fn number(text: &str) -> Option<(u64, &str)> {
    let open = text.strip_prefix(['[', '(', 'L']).unwrap_or(text);
    let digits = open.bytes().take(9).take_while(u8::is_ascii_digit).count();
    let (number, rest) = open.split_at(digits);
    let after = rest.strip_prefix([':', '-', '.', ')', ']', ' ', '\t', '|', '\u{2502}']);
    let tab = rest.strip_prefix("=09"); // in quoted-printable
    let after = after
        .or(tab)
        .or((rest.is_empty() && open == text).then_some(rest))?;
    Some((number.parse().ok()?, after))
}

/// `lspci.txt:12:`, `lspci.txt-13-`, `/proc/interrupts:`.
pub(super) fn file(text: &str) -> Option<&str> {
    text.starts_with(|c: char| c.is_alphabetic() || matches!(c, '/' | '.' | '~' | '_'))
        .then_some(())?;
    let word = text
        .split(char::is_whitespace)
        .next()
        .filter(|word| word.len() <= LONGEST)?;
    let numbered = |close: char| {
        word.match_indices(close).find_map(|(at, _)| {
            let digits = word[at + 1..]
                .bytes()
                .take_while(u8::is_ascii_digit)
                .count();
            let end = at + 1 + digits;
            (digits > 0 && word[end..].starts_with(close)).then_some(end + 1)
        })
    };
    let named = || word.find(':').map(|at| at + 1);
    let end = numbered(':').or_else(|| numbered('-')).or_else(named)?;
    Some(&text[end..])
}

/// `web_1  | `
fn service(text: &str) -> Option<(&str, &str)> {
    let end =
        text.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '_' | '-' | '.' | '/'))?;
    let (name, rest) = text.split_at(end);
    let rest = rest.trim_start_matches(' ').strip_prefix('|')?;
    (name.contains(|c: char| c.is_ascii_alphabetic()) && name.len() <= 64).then_some((name, rest))
}

fn file_mark(text: &str, rest: &str) -> Mark {
    let mark = &text[..text.len() - rest.len()];
    let number = mark
        .rsplit([':', '-'])
        .find(|part| !part.is_empty())
        .and_then(|part| part.parse().ok());
    Mark::File(name(text, rest).to_string(), number)
}

/// The name of the file that a mark gives, from the text with the mark and the text behind it.
pub(super) fn name<'a>(text: &'a str, rest: &str) -> &'a str {
    let number = |c: char| c.is_ascii_digit() || matches!(c, ':' | '-');
    text[..text.len() - rest.len()].trim_end_matches(number)
}

/// A line that the grammar does not know, without the marks of the line before it. A number counts only where it is the
/// next one: a wrapped line of /proc/interrupts begins with numbers.
fn follow<'a>(line: &'a str, marks: &mut [Mark]) -> &'a str {
    let mut rest = line;
    for mark in marks {
        let text = rest.trim_start();
        let after =
            match mark {
                Mark::Quote(_) => quote(text).map(|(_, after)| after),
                Mark::Punctuation(mark) => {
                    // diff and lists change their mark from line to line.
                    let same = punctuation(text)
                        .filter(|(found, _)| found == mark || matches!(*found, "+" | "-"));
                    same.map(|(_, after)| after)
                }
                Mark::Number(last) => number(text).filter(|(number, _)| *number == *last + 1).map(
                    |(number, after)| {
                        *last = number;
                        after
                    },
                ),
                Mark::File(before, number) => {
                    let same = file(text).filter(|rest| name(text, rest) == before.as_str());
                    if let Some(Mark::File(_, now)) = same.map(|rest| file_mark(text, rest)) {
                        *number = now;
                    }
                    same
                }
                Mark::Stamp => stamp(text).or_else(|| clock(text)),
                Mark::Service(before) => service(text)
                    .filter(|(name, _)| name == before)
                    .map(|(_, rest)| rest),
            };
        rest = after.map_or(rest, |after| after.strip_prefix(' ').unwrap_or(after));
    }
    rest
}

/// A table's right border goes with its left one.
fn border<'a>(line: &'a str, marks: &[Mark]) -> &'a str {
    let boxed = matches!(marks.first(), Some(Mark::Quote(_)));
    if boxed {
        line.trim_end().trim_end_matches('|')
    } else {
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Fit;

    const ROWS: Grammar = Grammar {
        fit: |_| Fit {
            whole: 1,
            broken: 0,
        },
        knows: |line| {
            let row = line.split_once(": 31 ");
            line.starts_with("CPU0")
                || row.is_some_and(|(irq, _)| irq.bytes().all(|byte| byte.is_ascii_digit()))
        },
        join: |_| None,
    };

    #[test]
    fn marks_go_in_any_order_and_clean_lines_stay() {
        let clean = "CPU0 CPU1\n16: 31 0\n0 eth0\n17: 31 5\n";
        assert_eq!(undo(clean, &ROWS), None);
        type Made = fn(usize, &str) -> String;
        let made: [(&str, Made); 18] = [
            ("quoted", |_, line| format!("> {line}")),
            ("quoted 3 times", |_, line| format!(">> > {line}")),
            ("quoted", |_, line| format!("JD> {line}")),
            ("marked with '*'", |_, line| format!(" * {line}")),
            ("marked with '//'", |_, line| format!("// {line}")),
            ("marked with '#'", |_, line| format!("# {line}")),
            ("marked with '+'", |_, line| format!("+{line}")),
            ("marked with '-'", |_, line| format!("-{line}")),
            ("numbered", |n, line| format!("{:6}\t{line}", n + 9)),
            ("numbered", |n, line| format!("{}:{line}", n + 9)),
            ("numbered", |n, line| format!("{}-{line}", n + 9)),
            ("found by grep", |n, line| {
                format!("/proc/interrupts:{n}:{line}")
            }),
            ("found by grep", |_, line| format!("interrupts: {line}")),
            ("in a log", |_, line| format!("[   12.345678] {line}")),
            ("in a log", |_, line| {
                format!("[   12.345678][    T1] {line}")
            }),
            ("in a log", |_, line| {
                format!("Nov 30 07:06:01 host kernel: {line}")
            }),
            ("in a log", |_, line| {
                format!("2026-11-30T07:06:01+0100 host cat[12]: {line}")
            }),
            ("in a log", |_, line| format!("<6>[   12.345678] {line}")),
        ];
        for (name, one) in made {
            let text: String = clean
                .lines()
                .enumerate()
                .map(|(n, line)| one(n, line) + "\n")
                .collect();
            let (undone, says) = undo(&text, &ROWS).unwrap_or_else(|| panic!("{text}"));
            let trimmed: String = undone
                .lines()
                .map(|line| format!("{}\n", line.trim()))
                .collect();
            assert_eq!(trimmed, clean, "{text}");
            assert!(says.contains(name), "{text}: {says}");
            for (_, two) in made {
                let text: String = text
                    .lines()
                    .enumerate()
                    .map(|(n, line)| two(n, line) + "\n")
                    .collect();
                let (undone, _) = undo(&text, &ROWS).unwrap_or_else(|| panic!("{text}"));
                let trimmed: String = undone
                    .lines()
                    .map(|line| format!("{}\n", line.trim()))
                    .collect();
                assert_eq!(trimmed, clean, "{text}");
            }
        }
    }

    #[test]
    fn a_table_loses_both_borders() {
        let (undone, _) = undo("| 16: 31 eth0 |\n| 17: 31 eth1 |\n", &ROWS).expect("marks");
        assert_eq!(undone.replace(' ', ""), "16:31eth0\n17:31eth1\n");
    }
}
