//! A difference as `diff -u` prints it: the new side is the text.

use super::grammar::Grammar;

/// Takes the signs of each hunk away, with the lines that only the old side has where the hunk has both.
#[must_use]
pub fn undo(text: &str, _: &Grammar) -> Option<(String, String)> {
    if !text.lines().any(|line| hunk(line).is_some()) {
        return None;
    }
    let lines: Vec<&str> = text.lines().collect();
    let (mut clean, mut at, mut chosen) = (String::with_capacity(text.len()), 0, false);
    while at < lines.len() {
        let Some((old, new)) = hunk(lines[at]) else {
            clean += lines[at];
            clean.push('\n');
            at += 1;
            continue;
        };
        let end = at + 1 + length(&lines[at + 1..], old, new);
        let body = &lines[at + 1..end];
        if is_within(body) {
            return None;
        }
        let both = body.iter().any(|line| line.starts_with('+'))
            && body.iter().any(|line| line.starts_with('-'));
        chosen |= both;
        clean.push('\n'); // for the hunk's own line
        side(body, both, &mut clean);
        at = end;
    }
    let name = if chosen {
        "a difference, whose new side counts"
    } else {
        "a difference"
    };
    Some((clean, name.to_string()))
}

/// `@@ -1,10 +1,10 @@`: the lines of the old and of the new side.
fn hunk(line: &str) -> Option<(usize, usize)> {
    let (ranges, _) = line.trim_start().strip_prefix("@@ -")?.split_once(" @@")?;
    let (old, new) = ranges.split_once(" +")?;
    let lines = |range: &str| {
        range
            .split_once(',')
            .map_or(Some(1), |(_, lines)| lines.parse().ok())
    };
    Some((lines(old)?, lines(new)?))
}

/// The lines that belong to a hunk. Lines that were wrapped make more of them than its head says.
fn length(lines: &[&str], old: usize, new: usize) -> usize {
    let (mut before, mut after) = (0, 0);
    for (at, line) in lines.iter().enumerate() {
        let ends = before >= old && after >= new && !line.starts_with(['+', '-', ' ']);
        if ends || hunk(line).is_some() || line.starts_with("diff ") {
            return at;
        }
        let both = line.is_empty() || line.starts_with(' ');
        before += usize::from(both || line.starts_with('-'));
        after += usize::from(both || line.starts_with('+'));
    }
    lines.len()
}

/// Whether the difference was made quoted-printable as a whole: the rest of a line that was broken has no sign.
fn is_within(lines: &[&str]) -> bool {
    lines
        .windows(2)
        .any(|pair| pair[0].ends_with('=') && !pair[1].starts_with(['+', '-', ' ']))
}

/// The new side, or the only one. A line without a sign is the rest of the one before, unless white space was taken away.
fn side(lines: &[&str], both: bool, clean: &mut String) {
    let blanks = lines.iter().any(|line| line.starts_with(' '));
    let mut dropped = false;
    for line in lines {
        let sign = line.chars().next().filter(|c| matches!(c, '+' | '-' | ' '));
        dropped = both && (sign == Some('-') || (dropped && blanks && sign.is_none()));
        if !dropped {
            *clean += &line[usize::from(sign.is_some())..];
        }
        clean.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_new_side_is_the_text() {
        let clean = |text: &str| undo(text, &Grammar::NONE).map(|(text, _)| text);
        let mixed = "@@ -1,3 +1,3 @@\n a\n-b is\nold\n+b is\nnew\n c\nprose\n";
        assert_eq!(
            clean(mixed).as_deref(),
            Some("\na\n\n\nb is\nnew\nc\nprose\n")
        );
        assert_eq!(
            clean("@@ -0,0 +1,2 @@\n+a\n+b\n").as_deref(),
            Some("\na\nb\n")
        );
        assert_eq!(
            clean("@@ -1,2 +0,0 @@\n-a\n-b\n").as_deref(),
            Some("\na\nb\n")
        );
        assert_eq!(clean("+a\n-b\n"), None, "lists have such marks too");
    }
}
