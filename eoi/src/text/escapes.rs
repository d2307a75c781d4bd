//! Escapes of programs' strings: a text in JSON or in a program's source, whose line ends are `\\n` and whose tabs are `\\t`.

use super::grammar::Grammar;

/// Makes characters of escapes, where a text has several line ends or tabs that are escaped.
#[must_use]
pub fn undo(text: &str, _: &Grammar) -> Option<(String, String)> {
    let escaped = text.matches("\\n").count() + text.matches("\\t").count();
    if escaped < 2 {
        return None;
    }
    let quoted = text
        .trim()
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'));
    let mut clean = String::with_capacity(text.len());
    for line in quoted.unwrap_or(text).split_inclusive('\n') {
        let mut rest = string(line);
        while let Some(at) = rest.find('\\') {
            clean += &rest[..at];
            let (with, length) = character(&rest[at + 1..]).unwrap_or(('\\', 0));
            clean.push(with);
            rest = &rest[at + 1 + length..];
        }
        clean += rest;
    }
    (clean != text).then(|| (clean, "with escapes for line ends and tabs".to_string()))
}

/// The inside of the string that a line is, whatever stands before its quotation mark; another line as it is.
fn string(line: &str) -> &str {
    let inside = line
        .split_once('"')
        .and_then(|(_, rest)| rest.rsplit_once('"'));
    inside.map_or(
        line,
        |(inside, _)| if inside.contains("\\n") { inside } else { line },
    )
}

/// The character that an escape stands for, and the bytes behind the backslash.
fn character(text: &str) -> Option<(char, usize)> {
    let code = |digits: &str| {
        u32::from_str_radix(digits, 16)
            .ok()
            .and_then(char::from_u32)
    };
    Some(match text.chars().next()? {
        'n' => ('\n', 1),
        't' => ('\t', 1),
        'r' => ('\r', 1),
        c @ ('"' | '\'' | '\\' | '/') => (c, 1),
        'u' => (code(text.get(1..5)?)?, 5),
        'x' => (code(text.get(1..3)?)?, 3),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_of_programs_become_text() {
        let clean = |text: &str| undo(text, &Grammar::NONE).map(|(text, _)| text);
        assert_eq!(
            clean(r#"a\tb\n\"c\" \u003cd\x3e\n"#).as_deref(),
            Some("a\tb\n\"c\" <d>\n")
        );
        assert_eq!(
            clean("\"a\\n\\tb\\n\"\n").as_deref(),
            Some("a\n\tb\n"),
            "a whole string"
        );
        assert_eq!(clean(r"one \n alone"), None);
        assert_eq!(clean(r"C:\drivers \\ a\qb"), None);
    }
}
