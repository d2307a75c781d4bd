//! The last gate before the terminal: text of others is shown with its control characters visible.
//!
//! Captures, traces, results, arguments and file names are written by others, and a control character among them can
//! repaint a verdict. Two things keep them from it. Where such a text is put into a sentence it goes through [`shown`], so
//! that it cannot even begin a new line. And everything that is written passes [`passed`], which lets through line feeds
//! and the styles that the tool's own tables use.

use std::borrow::Cow;
use std::fmt::{self, Display, Write as _};
use std::io::{self, ErrorKind, IsTerminal as _, Write as _};

/// The styles of the tool's tables (`comfy_table::Color::{Red, DarkGrey, Yellow}`) and their end.
const STYLES: [&str; 4] = ["\x1b[38;5;9m", "\x1b[38;5;8m", "\x1b[38;5;11m", "\x1b[39m"];

/// Whether a character acts on a terminal, or on the order of its neighbours, and is not seen itself: control characters
/// (C0, DEL, C1), marks and overrides of direction, separators of lines, joiners, tags.
#[must_use]
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// Text of others, as it is shown. A backslash stays as it is, so that this is for people, not for reading back.
pub struct Shown<'a>(&'a str);

/// Shows a text of others, as one line.
#[must_use]
pub const fn shown(text: &str) -> Shown<'_> {
    Shown(text)
}

impl Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&escaped(self.0, is_hidden))
    }
}

/// The hidden characters as Rust writes them, where `hides` says so: `\n`, `\x1b`, `\u{202e}`.
fn escaped(text: &str, hides: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&hides) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        let _ = match c {
            _ if !hides(c) => write!(escaped, "{c}"),
            '\n' | '\r' | '\t' => write!(escaped, "{}", c.escape_default()),
            _ if u32::from(c) < 0x100 => write!(escaped, "\\x{:02x}", u32::from(c)),
            _ => write!(escaped, "{}", c.escape_unicode()),
        };
    }
    Cow::Owned(escaped)
}

/// A text as it may be written: nothing hidden in it but line feeds and the tool's own styles.
#[must_use]
pub fn passed(text: &str) -> String {
    let (mut passed, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = rest.find('\x1b') {
        let (before, from) = rest.split_at(at);
        passed += &lines(before);
        let style = STYLES.into_iter().find(|style| from.starts_with(style));
        passed += style.unwrap_or("\\x1b");
        rest = &from[style.map_or(1, str::len)..];
    }
    passed + &lines(rest)
}

/// Text whose line feeds are its own.
fn lines(text: &str) -> Cow<'_, str> {
    escaped(text, |c| c != '\n' && is_hidden(c))
}

/// Writes to stdout. Styles are taken out unless it is a terminal. A reader who went away is no error: whoever wrote goes
/// on to its own exit status.
///
/// # Errors
/// stdout cannot be written.
pub fn write(text: &str) -> io::Result<()> {
    to_stdout(&passed(text))
}

/// Writes words with their meanings to stdout, one a line and a tab between: for a program, which no tab of others'
/// confuses.
///
/// # Errors
/// stdout cannot be written.
pub fn write_pairs(pairs: &[(String, String)]) -> io::Result<()> {
    let line = |(word, about): &(String, String)| format!("{}\t{}\n", shown(word), shown(about));
    to_stdout(&pairs.iter().map(line).collect::<String>())
}

fn to_stdout(text: &str) -> io::Result<()> {
    let mut stdout = anstream::stdout().lock();
    match stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
    {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// The columns that a table may take: those of the terminal, and else those of `COLUMNS`; 80 at least. 100 where neither is
/// known.
#[must_use]
pub fn width() -> u16 {
    let stdout = io::stdout();
    let columns = if stdout.is_terminal() {
        let size = rustix::termios::tcgetwinsize(stdout).ok();
        size.map(|size| size.ws_col).filter(|columns| *columns > 0)
    } else {
        None
    };
    let said = || std::env::var("COLUMNS").ok()?.parse().ok();
    columns.or_else(said).unwrap_or(100).max(80)
}

/// The columns of running text: as [`width`], but 100 at most, since wider lines are hard to read.
#[must_use]
pub fn text_width() -> usize {
    usize::from(width()).min(100)
}

/// Says something on stderr, after the tool's name. Later lines are set in, so that a text of others with a line feed
/// in it does not pass for a message of its own.
pub fn note(text: impl Display) {
    let text = lines(&text.to_string()).replace('\n', "\n  ");
    let _ = writeln!(io::stderr().lock(), "eoi: {text}"); // nobody reads it: the work goes on
}

/// JSON in which no hidden character stands for itself: `\u001b`, `\u202e`. It says the same to a program.
#[must_use]
pub fn json(json: &str) -> String {
    if !json.contains(|c| c != '\n' && is_hidden(c)) {
        return json.to_string();
    }
    let (mut escaped, mut units) = (String::with_capacity(json.len() + 16), [0; 2]);
    for c in json.chars() {
        if c == '\n' || !is_hidden(c) {
            escaped.push(c);
        } else {
            let encoded = c.encode_utf16(&mut units).iter();
            encoded.for_each(|unit| escaped += &format!("\\u{unit:04x}"));
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hidden_is_shown_and_the_rest_is_left_alone() {
        for (text, seen) in [
            ("vfio-intx(0000:01:00.0)", "vfio-intx(0000:01:00.0)"),
            ("a\x1b[2Jb\r\n\tc", "a\\x1b[2Jb\\r\\n\\tc"),
            ("\u{9b}31m", "\\x9b31m"),
            ("ab\u{202e}cd\u{2069}", "ab\\u{202e}cd\\u{2069}"),
            ("é ∞ … 漢", "é ∞ … 漢"),
        ] {
            assert_eq!(shown(text).to_string(), seen);
        }
        assert_eq!(
            format!("{:<6}|", shown("\x07")),
            "\\x07  |",
            "columns count what is seen"
        );
    }

    #[test]
    fn own_styles_and_line_feeds_pass_and_nothing_else_does() {
        let own = "\x1b[38;5;9mSTALL 8\x1b[39m\nholds\n";
        assert_eq!(passed(own), own);
        assert_eq!(
            passed("\x1b[2J\x1b[1;1H\x1b]0;t\x07\r\u{85}"),
            "\\x1b[2J\\x1b[1;1H\\x1b]0;t\\x07\\r\\x85"
        );
        assert_eq!(
            passed("\x1b[8mhidden"),
            "\\x1b[8mhidden",
            "no style that is not the tool's"
        );
    }

    #[test]
    fn every_style_of_the_tables_passes() {
        use comfy_table::{Cell, Color, Table};
        let mut table = Table::new();
        table.enforce_styling();
        table.add_row(
            [Color::Red, Color::DarkGrey, Color::Yellow].map(|color| Cell::new("x").fg(color)),
        );
        let text = table.to_string();
        assert!(text.contains('\x1b') && passed(&text) == text, "{text:?}");
    }

    #[test]
    fn json_says_the_same_with_everything_visible() {
        let value = "a\u{9b}b\u{202e}c\u{e0041}\x1b\n";
        let text = json(&serde_json::to_string(value).expect("a string"));
        assert!(!text.contains(is_hidden), "{text:?}");
        assert_eq!(
            serde_json::from_str::<String>(&text).ok().as_deref(),
            Some(value)
        );
    }
}
