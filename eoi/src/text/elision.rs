//! Lines that stand for others, which somebody left out.

/// `...` or `[snip]`, by which somebody left lines out; `--`, which grep prints between lines that are not neighbours.
#[must_use]
pub fn is_elision(body: &str) -> bool {
    let dots = body.contains("..") || body.contains('\u{2026}');
    let bare = body.trim_matches(|c: char| {
        c.is_whitespace()
            || matches!(
                c,
                '.' | '\u{2026}' | '[' | ']' | '(' | ')' | '<' | '>' | '-' | '*' | '~'
            )
    });
    let between = body.len() >= 2 && body.bytes().all(|byte| byte == b'-');
    between
        || (dots && bare.is_empty())
        || matches!(
            bare.to_ascii_lowercase().as_str(),
            "snip" | "cut" | "skipped" | "etc"
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_stands_for_others() {
        for line in [
            "...",
            "[...]",
            "\u{2026}",
            "[snip]",
            "-- snip --",
            "<SNIP>",
            "--",
            "(...)",
        ] {
            assert!(is_elision(line), "{line}");
        }
        for line in [")", "", "-", "[]", "snip it here", "Control: I/O-", "..a"] {
            assert!(!is_elision(line), "{line}");
        }
    }
}
