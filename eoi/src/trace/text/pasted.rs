//! A recording's text as it stands in a mail or on a page: what was done to it is undone before it is read.

use std::io::Read;

use anyhow::{Context, Result};

use super::{is_entry, is_line};
use crate::text::wrap::{Joined, columns};
use crate::text::{Fit, Grammar, Pasted, decode};
use crate::trace::entry::{Entry, Summary};

/// Bytes of a text at most that somebody pasted; a longer one is read as it is.
const MOST: usize = 4 << 20;
/// Columns from which on a line may have been wrapped.
const NARROWEST: usize = 56;

/// The lines of a pasted recording.
const GRAMMAR: Grammar = Grammar { knows, join, fit };

/// Reads every entry, as [`super::each`] does, once it is undone what other programs did to the text.
///
/// # Errors
/// Those of [`super::each`].
pub fn each(
    input: &mut dyn Read,
    wanted: &dyn Fn(&str) -> bool,
    visit: &mut dyn FnMut(Entry<'_>) -> Result<()>,
) -> Result<Summary> {
    let mut bytes = Vec::new();
    input
        .take(MOST as u64 + 1)
        .read_to_end(&mut bytes)
        .context("cannot read it")?;
    let pasted = if bytes.len() > MOST {
        None
    } else {
        undone(&bytes)
    };
    let Some(pasted) = pasted else {
        return super::each(&mut bytes.as_slice().chain(input), wanted, visit);
    };
    let summary = super::each(&mut pasted.text.as_bytes(), wanted, visit)?;
    Ok(Summary {
        undone: pasted.says(),
        ..summary
    })
}

/// The text without what was done to it; `None` if it is read better as it is.
fn undone(bytes: &[u8]) -> Option<Pasted> {
    let (text, encoding) = decode::decode(bytes);
    let before = fit(&text);
    if encoding.is_none() && before.is_perfect() {
        return None;
    }
    let pasted = Pasted::read(bytes, &GRAMMAR);
    let after = fit(&pasted.text);
    let better = after.is_better_than(before) || (encoding.is_some() && after.whole > 0);
    (better && !pasted.undone.is_empty()).then_some(pasted)
}

/// Whether a line of a recording begins here: all of it, what stands before its name, or what stands before its fields.
fn knows(line: &str) -> bool {
    !line.trim().is_empty() && (is_line(line) || is_entry(line) || is_entry(&format!("{line} x")))
}

/// Whether this is all of a call, so that no part of it can follow: `xive_irq_eoi <-handle_fasteoi_irq`.
fn is_whole_call(line: &str) -> bool {
    let caller = line.rsplit_once("<-").map(|(_, caller)| caller);
    caller.is_some_and(|caller| !caller.is_empty() && !caller.contains(' '))
}

/// Lines that can be read, and lines of nobody's.
fn fit(text: &str) -> Fit {
    let mut fit = Fit::default();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let whole = is_line(line);
        fit.whole += usize::from(whole);
        fit.broken += usize::from(!whole);
    }
    fit
}

/// Joins wrapped lines; `None` where none is.
fn join(text: &str) -> Option<String> {
    let (mut joined, mut width, mut inside, mut changed) = (Joined::default(), 0, false, false);
    for line in text.lines() {
        let body = line.trim();
        let first = body.split_whitespace().next().map_or(0, str::len);
        let goes_on = inside && !body.is_empty() && !knows(body) && width + 1 + first >= NARROWEST;
        width = columns(line);
        if goes_on {
            joined.goes_on(" ", body);
            changed = true;
        } else {
            joined.begin(line);
            inside = knows(body) && !is_whole_call(body);
        }
    }
    changed.then(|| joined.text())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLEAN: &str = "\
# tracer: function
           vintx-210     [000] d....     6.785756: irq_startup <-__setup_irq
          <idle>-0       [001] d.h1.     6.790758: irq_handler_entry: irq=44 name=vfio-intx(0000:01:00.0)
           vintx-210     [000] d.h..     6.791333: xive_irq_eoi <-handle_fasteoi_irq
";

    /// The entries of a text that are visited, and the damage that was undone.
    fn read(text: &[u8]) -> Result<(Vec<String>, Option<String>)> {
        let mut seen = Vec::new();
        let mut visit = |entry: Entry<'_>| {
            seen.push(format!("{} {} {:?}", entry.cpu, entry.pid, entry.what));
            Ok(())
        };
        let summary = each(&mut { text }, &|_| true, &mut visit)?;
        Ok((seen, summary.undone))
    }

    #[test]
    fn a_pasted_recording_is_read_as_the_recording() {
        let (clean, undone) = read(CLEAN.as_bytes()).expect("a recording");
        assert_eq!((clean.len(), undone), (3, None));
        let wrapped = CLEAN.replace(" irq=44 name=", " irq=44\nname=");
        let printable = CLEAN.replace('=', "=3D").replace("handle_", "han=\ndle_");
        let html = CLEAN
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;");
        let rows: Vec<(&str, String)> = vec![
            ("wrapped", wrapped),
            ("quoted-printable", printable),
            ("in HTML", format!("<pre>\n{html}</pre>\n")),
            (
                "coloured",
                CLEAN.replace("irq_startup", "\x1b[01;31m\x1b[Kirq_startup\x1b[m\x1b[K"),
            ),
            ("byte order mark", format!("\u{feff}{CLEAN}")),
            ("another kind", CLEAN.replace("  ", "\u{a0} ")),
        ];
        for (says, text) in rows {
            let (seen, undone) =
                read(text.as_bytes()).unwrap_or_else(|error| panic!("{says}: {error:#}"));
            assert_eq!(seen, clean, "{says}");
            assert!(undone.is_some_and(|undone| undone.contains(says)), "{says}");
        }
        // A quote's mark is taken for a part of the task's name, which may be anything.
        let quoted: String = CLEAN.lines().map(|line| format!("> {line}\n")).collect();
        assert_eq!(read(quoted.as_bytes()).expect("a recording").0, clean);
        let broken = CLEAN.replace("d.h..", "d.h..\nd");
        assert!(
            read(broken.as_bytes())
                .unwrap_err()
                .to_string()
                .contains("line")
        );
    }
}
