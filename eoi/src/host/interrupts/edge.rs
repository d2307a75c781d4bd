//! Lines that a screen's edge cut off: `watch`, `less -S` and `cut -c` show so many columns and no more.
//!
//! An owner behind the edge would be lost without a word, so that nothing is taken of such a row but its counts.

use super::words::count;
use super::wrapped::knows;
use crate::text::wrap::{EDGES, columns};

/// Lines at the edge from which on it is one: rows of the same width are no rarity.
const LINES: usize = 3;

/// The text with nothing behind the counts of rows that an edge cut.
#[must_use]
pub fn without_what_is_cut(text: String) -> String {
    let Some(edge) = edge(&text) else {
        return text;
    };
    let cut = |line: &str| {
        let row = if columns(line) == edge && knows(line.trim()) {
            counts(line)
        } else {
            line
        };
        format!("{row}\n")
    };
    text.lines().map(cut).collect()
}

/// The width at which the lines were cut; `None` where nothing tells that they were.
fn edge(text: &str) -> Option<usize> {
    let widest = text.lines().map(columns).max()?;
    let known = |line: &&str| columns(line) == widest && knows(line.trim());
    let lines = text.lines().filter(known).count();
    let watched = text
        .lines()
        .any(|line| line.trim_start().starts_with("Every ") && line.contains("s: "));
    let is_edge = EDGES.contains(&widest) && lines >= LINES;
    (is_edge || (watched && lines >= 2)).then_some(widest)
}

/// A row up to its last count; the head, which has none, as it is.
fn counts(line: &str) -> &str {
    let Some((_, mut rest)) = line.split_once(':') else {
        return line;
    };
    while let Some((_, after)) = count(rest) {
        rest = after;
    }
    &line[..line.len() - rest.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(width: usize) -> String {
        let rows = [
            "           CPU0       CPU1       CPU2       CPU3",
            "  9:          0          5          0          0   IO-APIC    9-fasteoi   acpi",
            " 16:          0          2          0          0   IO-APIC   16-fasteoi   i801_smbus, ehci_hcd:usb1",
            " 17:          0          0          3          0   IO-APIC   17-fasteoi   snd_hda_intel:card0, eth1",
            " 18:          0          0          0          4   IO-APIC   18-fasteoi   uhci_hcd:usb3, uhci_hcd:usb4",
        ];
        rows.map(|row| format!("{}\n", &row[..row.len().min(width)]))
            .concat()
    }

    #[test]
    fn a_row_that_an_edge_cut_keeps_its_counts_alone() {
        let cut = without_what_is_cut(text(80));
        assert!(
            cut.contains(" 16:          0          2          0          0\n"),
            "{cut}"
        );
        assert!(cut.contains("9-fasteoi   acpi\n"), "{cut}");
        assert_eq!(without_what_is_cut(text(200)), text(200), "no edge");
        assert_eq!(without_what_is_cut(text(83)), text(83), "no program's edge");
        let watched = format!("Every 2.0s: cat /proc/interrupts\n\n{}", text(83));
        assert!(!without_what_is_cut(watched).contains("i801_smbus"));
    }
}
