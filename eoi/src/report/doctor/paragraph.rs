//! Paragraphs of a diagnosis: words in lines that are no wider than they may be.

use std::fmt::Write;

use crate::terminal::shown;

/// Columns of a paragraph.
pub const WIDTH: usize = 100;

/// Words in lines of at most [`WIDTH`] columns, four in, later lines further by the label.
#[must_use]
pub fn paragraph(label: &str, words: &str) -> String {
    format!("    {label}") + &lines(words, 4 + label.len())
}

/// Words in lines of at most [`WIDTH`] columns, of which the first begins where the text is, `indent` columns in.
#[must_use]
pub fn lines(words: &str, indent: usize) -> String {
    let (mut text, mut column) = (String::new(), indent);
    for (index, word) in words.split_whitespace().enumerate() {
        let word = shown(word).to_string();
        let length = word.chars().count();
        if index > 0 && column + 1 + length > WIDTH {
            let _ = write!(text, "\n{:indent$}", "");
            column = indent;
        } else if index > 0 {
            text.push(' ');
            column += 1;
        }
        text += &word;
        column += length;
    }
    text + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_are_no_wider_than_they_may_be() {
        let text = paragraph("seen: ", &"word ".repeat(60));
        assert!(
            text.lines().count() > 1 && text.lines().all(|line| line.chars().count() <= WIDTH),
            "{text}"
        );
        assert_eq!(
            text.split_whitespace()
                .filter(|word| *word == "word")
                .count(),
            60
        );
    }
}
