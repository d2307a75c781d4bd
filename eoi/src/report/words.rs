//! Words in lines that are no wider than they may be.

use crate::terminal::{shown, text_width};

/// Text in lines of at most `width` columns, broken at white space. Hidden characters are shown.
#[must_use]
pub fn fill(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let word = shown(word).to_string();
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(&word);
            }
            _ => lines.push(word),
        }
    }
    lines
}

/// Words in lines as wide as the terminal, 100 columns at most. The first begins with the label; the others are set in as
/// far as it is wide.
#[must_use]
pub fn paragraph(label: &str, words: &str) -> String {
    hanging(label, label.chars().count(), words)
}

/// Like [`paragraph`]; lines but the first are set in by `indent` columns.
#[must_use]
pub fn hanging(label: &str, indent: usize, words: &str) -> String {
    let margin = label.chars().count().max(indent);
    let lines = fill(words, text_width().saturating_sub(margin).max(1));
    if lines.is_empty() {
        return label.trim_end().to_string() + "\n";
    }
    let line = |(index, line): (usize, &String)| match index {
        0 => format!("{label}{line}\n"),
        _ => format!("{:indent$}{line}\n", ""),
    };
    lines.iter().enumerate().map(line).collect()
}

/// A text whose lines are folded where they are too wide; what goes on is set in four columns further.
#[must_use]
pub fn folded(text: &str) -> String {
    let fold = |line: &str| {
        if line.chars().count() <= text_width() {
            return format!("{}\n", line.trim_end());
        }
        let blanks = line.len() - line.trim_start().len();
        hanging(&line[..blanks], blanks + 4, line)
    };
    text.lines().map(fold).collect()
}

/// A number of things, as `1 path` or `2 paths`.
#[must_use]
pub fn some(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_are_no_wider_than_they_may_be_and_keep_every_word() {
        let words = "word ".repeat(60);
        for text in [
            paragraph("    seen: ", &words),
            folded(&format!("  {words}")),
        ] {
            let wide = text.lines().map(|line| line.chars().count()).max();
            assert!(
                text.lines().count() > 1 && wide <= Some(text_width()),
                "{text}"
            );
            assert_eq!(
                text.split_whitespace()
                    .filter(|word| *word == "word")
                    .count(),
                60
            );
        }
        assert_eq!(folded("a\n\n  b\n"), "a\n\n  b\n", "lines that fit stay");
        assert_eq!(paragraph("a ", "b"), "a b\n");
    }
}
