//! White space that is lost, and lines that a mail program breaks.

use super::{Which, each_line, end, text};

const WHITE: [char; 3] = [' ', '\t', '\u{a0}'];

fn collapsed(line: &str) -> String {
    let mut out = String::new();
    for c in line.chars() {
        let white = WHITE.contains(&c);
        if !(white && out.ends_with(' ')) {
            out.push(if white { ' ' } else { c });
        }
    }
    out
}

/// One space for each run of white space, also at a line's begin.
pub fn collapse(bytes: &[u8], _: Which) -> Vec<u8> {
    text(bytes, |text| each_line(text, |_, line| collapsed(line)))
}

/// The same, and none at a line's begin and end: a page as a browser shows it.
pub fn collapse_all(bytes: &[u8], _: Which) -> Vec<u8> {
    text(bytes, |text| {
        each_line(text, |_, line| {
            collapsed(line).trim_matches(' ').to_string()
        })
    })
}

/// The columns that the text takes, with tabs at every eighth.
fn columns(text: &str) -> usize {
    text.chars()
        .fold(0, |at, c| if c == '\t' { at / 8 * 8 + 8 } else { at + 1 })
}

/// Where a line is broken: the last white space within the width that something stands before, else the first one after.
fn break_at(line: &str, width: usize) -> Option<usize> {
    let start = line.len() - line.trim_start_matches(WHITE).len();
    let mut after = line
        .char_indices()
        .filter(|(at, c)| *at > start && WHITE.contains(c))
        .map(|(at, _)| at)
        .peekable();
    let first = after.peek().copied();
    after
        .take_while(|at| columns(&line[..*at]) <= width)
        .last()
        .or(first)
}

/// A line in pieces, each with the white space that it was broken at.
fn pieces(line: &str, width: usize) -> Vec<(&str, &str)> {
    let mut pieces = Vec::new();
    let mut rest = line;
    while columns(rest) > width {
        let Some(at) = break_at(rest, width) else {
            break;
        };
        let piece = rest[..at].trim_end_matches(WHITE);
        let next = rest[at..].trim_start_matches(WHITE);
        if next.is_empty() {
            break;
        }
        pieces.push((piece, &rest[piece.len()..rest.len() - next.len()]));
        rest = next;
    }
    pieces.push((rest, ""));
    pieces
}

/// A mail program that breaks long lines at white space, which goes.
pub fn wrap<const WIDTH: usize>(bytes: &[u8], _: Which) -> Vec<u8> {
    text(bytes, |text| {
        let end = end(text);
        each_line(text, |_, line| {
            let pieces: Vec<&str> = pieces(line, WIDTH)
                .into_iter()
                .map(|(piece, _)| piece)
                .collect();
            pieces.join(end)
        })
    })
}

/// `format=flowed` (RFC 3676): a line that goes on ends in a space; one that begins with a space, `>` or `From ` gets one more.
pub fn flowed(bytes: &[u8], _: Which) -> Vec<u8> {
    let stuffed = |line: &str| {
        let needs = line.starts_with(' ') || line.starts_with('>') || line.starts_with("From ");
        if needs {
            format!(" {line}")
        } else {
            line.to_string()
        }
    };
    text(bytes, |text| {
        let end = end(text);
        each_line(text, |_, line| {
            let pieces = pieces(line.trim_end_matches(' '), 71);
            let pieces = pieces
                .iter()
                .map(|(piece, white)| stuffed(&format!("{piece}{white}")));
            pieces.collect::<Vec<_>>().join(end)
        })
    })
}
