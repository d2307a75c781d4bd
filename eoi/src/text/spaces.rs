//! White space and characters that look like others: no-break spaces, carriage returns, invisible marks, long dashes, and
//! what `cat -A` shows of them.

use super::grammar::Grammar;

/// Makes plain white space of every kind of it, and takes out what is not seen.
#[must_use]
pub fn undo(text: &str, _: &Grammar) -> Option<(String, String)> {
    let shown = text.contains("^I") || text.contains("M-BM-");
    let ends = shown_ends(text);
    if text.is_ascii() && !text.contains('\r') && !shown && !ends {
        return None;
    }
    let mut text_now = text
        .replace("\r\r\n", "\n")
        .replace("\r\n", "\n")
        .replace('\r', "\n");
    if shown {
        text_now = text_now.replace("^I", "\t").replace("M-BM- ", " ");
    }
    if ends {
        text_now = text_now
            .lines()
            .map(|line| format!("{}\n", line.strip_suffix('$').unwrap_or(line)))
            .collect();
    }
    let mut clean = String::with_capacity(text_now.len());
    for c in text_now.replace("\u{c2}\u{a0}", " ").chars() {
        match c {
            // No-break, figure, narrow and ideographic spaces, and those of every width.
            '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => {
                clean.push(' ');
            }
            '\u{2028}' | '\u{2029}' => clean.push('\n'),
            '\u{ad}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2064}'
            | '\u{feff}' => {}
            '\u{2010}'..='\u{2015}' | '\u{2212}' => clean.push('-'),
            c => clean.push(c),
        }
    }
    (clean != text).then(|| {
        (
            clean,
            "with spaces or line ends of another kind".to_string(),
        )
    })
}

/// Whether every line ends with `$`, as `cat -A` and `cat -E` show a line's end.
fn shown_ends(text: &str) -> bool {
    let mut lines = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .peekable();
    lines.peek().is_some() && lines.all(|line| line.ends_with('$'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_becomes_plain() {
        let clean = |text: &str| undo(text, &Grammar::NONE).map(|(text, _)| text);
        assert_eq!(
            clean("a\u{a0}b\r\nc\r\r\nd\re").as_deref(),
            Some("a b\nc\nd\ne")
        );
        assert_eq!(
            clean("\u{c2}\u{a0}x\u{200b}y \u{2212} \u{2013}").as_deref(),
            Some(" xy - -")
        );
        assert_eq!(clean("^Ix$\n^Iy$\n").as_deref(), Some("\tx\n\ty\n"));
        assert_eq!(clean("x$\ny\n"), None);
        assert_eq!(clean("a b\té\n"), None);
    }
}
