//! Refuses text that is not ftrace's: by its name where it has one, with advice.

use anyhow::{Result, anyhow, bail};

use super::perf;
use crate::terminal::shown;

/// Refuses files that are no text at all, by their first bytes.
///
/// # Errors
/// They are compressed, or perf's.
pub(super) fn by_first_bytes(bytes: &[u8]) -> Result<()> {
    if bytes.starts_with(&[0x1f, 0x8b]) || bytes.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        bail!("it is compressed; unpack it first");
    }
    if bytes.starts_with(b"PERFILE2") {
        bail!("it is perf's own file (perf.data); {INSTEAD_OF_PERF}");
    }
    Ok(())
}

/// The way from perf's own file to one that is read.
const INSTEAD_OF_PERF: &str = "give the text of `perf script -F comm,tid,cpu,time,event,trace`, which does not show where \
                               entries were lost; or record with trace-cmd or ftrace: `eoi trace --record` prints the command";

/// The error for a line that cannot be read.
pub(super) fn line(line: &[u8], number: usize, offset: u64) -> anyhow::Error {
    let place = format!("line {number} (at byte {offset})");
    if line
        .iter()
        .any(|&byte| byte < b' ' && !byte.is_ascii_whitespace())
    {
        return anyhow!(
            "{place} is not text; give the text of /sys/kernel/tracing/trace, or a trace.dat"
        );
    }
    let text = String::from_utf8_lossy(line);
    if perf::is_line(&text) {
        return anyhow!(
            "{place} is text of `perf script` without the column of CPUs; {INSTEAD_OF_PERF}"
        );
    }
    let instead = "give /sys/kernel/tracing/trace as it is, or `trace-cmd report`";
    anyhow!(
        "{place} is not ftrace text: '{}'; {instead}",
        shown(&brief(&text))
    )
}

/// The first characters of somebody else's text, enough to know it again.
pub(super) fn brief(text: &str) -> String {
    text.chars().take(60).collect()
}

/// Whether a line stands for others that somebody left out: `[...]`, alone in its line.
pub(super) fn is_ellipsis(line: &[u8]) -> bool {
    let text = String::from_utf8_lossy(line);
    let bare = text
        .trim()
        .trim_matches(['[', ']', '(', ')', '<', '>'])
        .trim();
    matches!(bare, "..." | "…" | "snip" | ".." | "....")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_stands_for_others_is_known() {
        for line in ["[...]", " [ ... ] ", "...", "[…]", "<snip>", "(...)\r"] {
            assert!(is_ellipsis(line.as_bytes()), "{line}");
        }
        for line in ["", "[]", " <...>-7 [000] d.h.. 1.0: x <-y", "snip it"] {
            assert!(!is_ellipsis(line.as_bytes()), "{line}");
        }
    }
}
