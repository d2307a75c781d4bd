//! Escape sequences of terminals, as bytes, as `cat -v` shows them, or without the escape that a forum swallowed; other
//! control characters.

use super::grammar::Grammar;

/// Ways in which the escape character is written.
const ESCAPES: [&str; 6] = ["\x1b", "^[", "\\e", "\\033", "\\x1b", "\u{241b}"];
/// Characters of one sequence at most.
const LONGEST: usize = 64;

/// Takes escape sequences and control characters out.
#[must_use]
pub fn undo(text: &str, _: &Grammar) -> Option<(String, String)> {
    let hidden = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    let swallowed = bare(text);
    let written = ESCAPES
        .iter()
        .any(|escape| text.contains(&format!("{escape}[")));
    if !text.contains(hidden) && !swallowed && !written {
        return None;
    }
    let (mut clean, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(c) = rest.chars().next() {
        if let Some(after) = sequence(rest).or_else(|| {
            if swallowed {
                without_escape(rest)
            } else {
                None
            }
        }) {
            rest = after;
            continue;
        }
        if !hidden(c) {
            clean.push(c);
        } else if c == '\u{85}' {
            clean.push('\n'); // next line, of ISO 6429
        }
        rest = &rest[c.len_utf8()..];
    }
    (clean != text).then(|| (clean, "coloured for a terminal".to_string()))
}

/// The text after the escape sequence that it begins with.
fn sequence(text: &str) -> Option<&str> {
    if !text.starts_with(['\x1b', '^', '\\', '\u{241b}']) {
        return None;
    }
    let rest = ESCAPES
        .iter()
        .find_map(|escape| text.strip_prefix(escape))?;
    if let Some(body) = rest.strip_prefix('[') {
        let end = body
            .bytes()
            .take(LONGEST)
            .position(|byte| (0x40..=0x7e).contains(&byte))?;
        return body.get(end + 1..);
    }
    if !text.starts_with('\x1b') {
        return None;
    }
    if let Some(body) = rest.strip_prefix(']') {
        // A title, or a link: it ends with BEL or ESC \.
        let end = body
            .char_indices()
            .take(4096)
            .find(|(_, c)| matches!(c, '\x07' | '\x1b' | '\n'))
            .map(|(at, _)| at)?;
        let after = &body[end..];
        return after
            .strip_prefix('\x07')
            .or_else(|| after.strip_prefix("\x1b\\"));
    }
    let charset = rest
        .strip_prefix('(')
        .and_then(|rest| rest.strip_prefix(|c: char| c.is_ascii_alphanumeric()));
    charset.or(Some(rest))
}

/// `[01;31m`, `[m` or `[K`, of which the escape character was lost.
fn without_escape(text: &str) -> Option<&str> {
    let body = text.strip_prefix('[')?;
    let end = body
        .bytes()
        .take(16)
        .position(|byte| !byte.is_ascii_digit() && byte != b';')?;
    let last = body.as_bytes()[end];
    (last == b'm' || (last == b'K' && end <= 1)).then(|| &body[end + 1..])
}

/// Whether a colour stands in the text without its escape character: `[01;31m`. `=1B[01;31m` has it, in
/// quoted-printable.
fn bare(text: &str) -> bool {
    let colour = |(at, _): (usize, &str)| {
        let (before, body) = (&text[..at], &text[at + 1..]);
        body.starts_with(|c: char| c.is_ascii_digit())
            && !before.ends_with("=1B")
            && without_escape(&text[at..]).is_some()
    };
    text.match_indices('[').any(colour)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequences_go_and_everything_else_stays() {
        let clean =
            |text: &str| undo(text, &Grammar::NONE).map_or(text.to_string(), |(text, _)| text);
        for text in [
            "\x1b[01;31m\x1b[KInterrupt\x1b[m\x1b[K: pin A",
            "^[[01;31m^[[KInterrupt^[[m^[[K: pin A",
            "[01;31m[KInterrupt[m[K: pin A",
            "\\e[1mInterrupt\\e[0m: pin A",
            "\x1b]0;title\x07Interrupt\x1b(B: pin A\x0f",
            "In\0ter\u{9b}rupt: pin A",
        ] {
            assert_eq!(clean(text), "Interrupt: pin A", "{text:?}");
        }
        for text in [
            "Capabilities: [40] Power",
            "[0207]: x [15b3:1003]",
            "[m",
            "a\tb\r\n",
            "é ^ \\ [",
        ] {
            assert_eq!(undo(text, &Grammar::NONE), None, "{text:?}");
        }
        assert_eq!(clean("\x1b[1"), "[1", "a sequence that is cut off");
    }
}
