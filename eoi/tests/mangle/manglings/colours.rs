//! Escape sequences of a terminal's colours, as `grep` and `ls` write them.

use super::{Which, highlighted, lines};

/// `grep --color=always -E 'WORD|WORD|$'`
pub fn grep(bytes: &[u8], which: Which) -> Vec<u8> {
    lines(bytes, |_, line| {
        highlighted(line, which, "\x1b[01;31m\x1b[K", "\x1b[m\x1b[K")
    })
}

/// The same in a place that drops control characters: the escape is gone, the rest of the sequence stands.
pub fn grep_without_escape(bytes: &[u8], which: Which) -> Vec<u8> {
    lines(bytes, |_, line| {
        highlighted(line, which, "[01;31m[K", "[m[K")
    })
}

/// `grep -n --color=always ''`
pub fn grep_n(bytes: &[u8], _: Which) -> Vec<u8> {
    lines(bytes, |number, line| {
        format!(
            "\x1b[32m\x1b[K{}\x1b[m\x1b[K\x1b[36m\x1b[K:\x1b[m\x1b[K{line}",
            number + 1
        )
    })
}

/// Each line's first word in a colour, as `ls` and pagers do it.
pub fn ls(bytes: &[u8], _: Which) -> Vec<u8> {
    lines(bytes, |number, line| {
        let start = line.len() - line.trim_start().len();
        let (indent, rest) = line.split_at(start);
        let (word, after) = rest.split_at(rest.find(' ').unwrap_or(rest.len()));
        let colour = if number % 2 == 0 { "01;34" } else { "38;5;81" };
        if word.is_empty() {
            line.to_string()
        } else {
            format!("{indent}\x1b[0m\x1b[{colour}m{word}\x1b[0m{after}")
        }
    })
}
