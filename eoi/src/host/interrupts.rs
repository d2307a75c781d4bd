//! /proc/interrupts, a line at a time, in the layouts of Linux up to 6.x and of 7.x and on every architecture.
//!
//! A line has the irq's number, a count for each online CPU, and what [`columns`] tells apart. [`GRAMMAR`] is for texts that
//! were pasted: [`wrapped`] joins what was one line.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use memchr::{memchr, memmem};

use super::tree::Tree;
use crate::text::elision::is_elision;
use crate::text::{Grammar, Pasted};

pub mod columns;
pub mod described;
pub mod edge;
pub mod fit;
pub mod irq;
pub mod words;
pub mod wrapped;

pub use irq::Irq;
use words::{count, is_cpu};

/// The path of the file.
pub const PATH: &str = "proc/interrupts";
/// CPUs that are counted one by one; Linux knows no more (`NR_CPUS`).
const MAX_CPUS: usize = 8192;

/// The lines of a pasted text of the file.
pub const GRAMMAR: Grammar = Grammar {
    knows: wrapped::knows,
    join: wrapped::join,
    fit: fit::fit,
};

/// The whole file.
#[derive(Clone, Debug, Default)]
pub struct Interrupts {
    /// Every numbered line that could be understood.
    pub irqs: BTreeMap<u32, Irq>,
    /// CPUs in the head: those online.
    pub cpus: usize,
    /// Interrupts taken by each of them, in the order of the head.
    pub per_cpu: Vec<u64>,
    /// Irqs with a line that is cut off, or has more counts than there are CPUs, or whose owners may stand on a line that
    /// nobody knows: the number of the line. Nothing else is known of them.
    pub cut: BTreeMap<u32, usize>,
    /// Whether the file was read to its end.
    pub complete: bool,
    /// The irq of the line before, if that line names no owner.
    ownerless: Option<u32>,
}

/// Reads the file; nothing of it is an error.
#[must_use]
pub fn read(tree: &Tree) -> Interrupts {
    let mut all = Interrupts::default();
    let complete = tree.lines(PATH, |number, line| all.add(number, line));
    all.complete = complete;
    all
}

/// The file's text out of one that was pasted, and what was undone of it, in a sentence.
///
/// # Errors
/// No line of the file stands in it.
pub fn pasted(bytes: &[u8]) -> Result<(Vec<u8>, Option<String>)> {
    let pasted = Pasted::read(bytes, &GRAMMAR);
    if !has_rows(&pasted.text) {
        bail!(
            "no line of /proc/interrupts stands in this text{}",
            hidden(&pasted.text)
        );
    }
    let says = pasted.says();
    Ok((edge::without_what_is_cut(pasted.text).into_bytes(), says))
}

/// Whether some irq's row stands in a text, whole or not.
fn has_rows(text: &str) -> bool {
    let mut all = Interrupts::default();
    for (index, line) in text.lines().enumerate() {
        all.add(index + 1, line);
    }
    !all.irqs.is_empty() || !all.cut.is_empty()
}

/// The file's text out of a report that has it beside lspci's: from the head with its CPUs on. Without a head there is
/// none, since lspci's hexadecimal rows begin as the file's lines do.
#[must_use]
pub fn beside_lspci(bytes: &[u8]) -> Option<Vec<u8>> {
    // A long listing need not be searched for what no part of it names; UTF-16 has zeros between.
    if memmem::find(bytes, b"CPU0").is_none() && memchr(0, bytes).is_none() {
        return None;
    }
    let Pasted { text, .. } = Pasted::read(bytes, &GRAMMAR);
    let is_head = |line: &str| line.split_whitespace().next() == Some("CPU0");
    let head = text.lines().position(is_head).filter(|_| has_rows(&text))?;
    let rows = text.lines().skip(head).map(|line| format!("{line}\n"));
    Some(edge::without_what_is_cut(rows.collect()).into_bytes())
}

/// Lines that are searched for a mark, for an error.
const LOOKED_AT: usize = 10_000;

/// The line that has an irq and its count with something before it that nobody knows, for an error.
fn hidden(text: &str) -> String {
    for (number, line) in text.lines().take(LOOKED_AT).enumerate() {
        let starts = line.char_indices().map(|(at, _)| at).take(120);
        if let Some(at) = starts
            .filter(|&at| at > 0)
            .find(|&at| wrapped::knows(&line[at..]))
        {
            return format!(
                ". Line {} has one behind the mark '{}'",
                number + 1,
                line[..at].trim()
            );
        }
    }
    String::new()
}

impl Interrupts {
    /// Takes one line in, the head or an irq's. Lines of anything else are passed over.
    pub fn add(&mut self, number: usize, line: &str) {
        let ownerless = self.ownerless.take();
        let row = line.split_once(':').and_then(|(label, rest)| {
            let label = label.trim();
            let digits = label.bytes().all(|byte| byte.is_ascii_digit());
            Some((label.parse::<u32>().ok().filter(|_| digits)?, rest))
        });
        if let Some((irq, rest)) = row {
            self.row(number, irq, rest);
        } else if let Some(cpus) = cpus(line) {
            if self.cpus == 0 {
                self.cpus = cpus.min(MAX_CPUS);
                self.per_cpu = vec![0; self.cpus];
            }
        } else if let Some(irq) = ownerless.filter(|_| may_go_on(line)) {
            let row = self.irqs.remove(&irq);
            self.cut
                .entry(irq)
                .or_insert(row.map_or(number, |row| row.line));
        }
    }

    /// Takes in what stands behind an irq's number.
    fn row(&mut self, number: usize, irq: u32, rest: &str) {
        let columns = if self.cpus == 0 { MAX_CPUS } else { self.cpus };
        let (mut total, mut hit, mut seen, mut rest) = (0_u64, 0, 0, rest);
        while let Some((count, after)) = count(rest).filter(|_| seen < columns) {
            total = total.saturating_add(count);
            hit += usize::from(count > 0);
            if let Some(sum) = self.per_cpu.get_mut(seen) {
                *sum = sum.saturating_add(count);
            }
            (seen, rest) = (seen + 1, after);
        }
        if seen == 0 {
            return;
        }
        // Fewer counts than CPUs: it is cut off. More: numbers came apart, and no chip's name is a number.
        let more = self.cpus != 0 && count(rest).is_some();
        let about = columns::describe(rest);
        let ends = rest.trim_end();
        let short =
            ends.is_empty() || ends.ends_with([',', '\u{2026}', '>', '\\']) || ends.ends_with("..");
        if seen < self.cpus || more || short || is_cut(&about, total) {
            self.cut.entry(irq).or_insert(number);
            return;
        }
        self.ownerless = about.actions.is_empty().then_some(irq);
        let row = Irq {
            number: irq,
            total,
            cpus: hit,
            line: number,
            ..about
        };
        self.irqs.insert(irq, row);
    }
}

/// The number of CPUs that a head names; `None` for any other line.
fn cpus(line: &str) -> Option<usize> {
    let cpus = line
        .split_whitespace()
        .take_while(|word| is_cpu(word))
        .count();
    (cpus > 0).then_some(cpus)
}

/// Whether a row without an owner lost it. Linux prints no row for an irq without owner that was never taken
/// (`show_interrupts`, kernel/irq/proc.c). A word alone that is no controller's may be an owner: Linux 2.6 on arm printed no
/// controller.
fn is_cut(about: &Irq, total: u64) -> bool {
    let is_column = about.hwirq.is_some() || about.level.is_some() || about.flow.is_some();
    let is_chip = about
        .chip
        .contains(|c: char| c.is_ascii_uppercase() || c == '-');
    about.actions.is_empty() && (total == 0 || !(is_column || is_chip))
}

/// Whether the owners of the row above may stand on this line.
fn may_go_on(line: &str) -> bool {
    let body = line.trim();
    !body.is_empty() && !wrapped::knows(body) && !wrapped::is_prompt(body) && !is_elision(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Interrupts {
        let mut all = Interrupts::default();
        for (index, line) in text.lines().enumerate() {
            all.add(index + 1, line);
        }
        all
    }

    #[test]
    fn counts_are_summed_by_line_and_by_cpu() {
        let all = parse(
            " CPU0 CPU3\n  1: 5 0 IO-APIC 1-edge a\n  2: 1 2 IO-APIC 2-edge b\nLOC: 9 9 Local\nERR: 3\n",
        );
        assert_eq!((all.cpus, all.per_cpu.as_slice()), (2, [6, 2].as_slice()));
        assert_eq!(
            (all.irqs[&1].total, all.irqs[&1].cpus, all.irqs[&2].cpus),
            (5, 1, 2)
        );
        assert_eq!(all.irqs.len(), 2, "only what has a number");
        let cut = parse(" CPU0 CPU1\n  1: 5\n  2: 5 x\n 99999999999: 1 1 x\n");
        assert!(
            cut.irqs.is_empty(),
            "a line with fewer counts than CPUs tells nothing: {cut:?}"
        );
        assert_eq!(
            cut.cut,
            BTreeMap::from([(1, 2), (2, 3)]),
            "and that is known"
        );
        let apart = parse(" CPU0 CPU1\n  1: 5 4 2 IO-APIC 1-edge a\n");
        assert!(
            apart.irqs.is_empty() && apart.cut.contains_key(&1),
            "a chip has no number for a name: {apart:?}"
        );
        assert_eq!(
            parse("  7: 3 4 XICS 7 Level a").irqs[&7].total,
            7,
            "without a head, the numbers are the counts"
        );
        let huge = parse(
            "CPU0\n 1: 99999999999999999999999 x\n 2: 18446744073709551615 IO-APIC 99999999999999999999 y\n",
        );
        assert_eq!(huge.irqs[&2].total, u64::MAX);
    }

    /// A file as show_interrupts prints it.
    fn file(cpus: usize) -> String {
        let head: String = (0..cpus).map(|cpu| format!("CPU{cpu:<8}")).collect();
        let mut text = format!("           {head}\n");
        for (irq, about) in [
            (16, "XIVE-IRQ 4608 Level     xhci-hcd:usb1, eth1"),
            (121, "XIVE-IRQ 4612 Level     HDA Intel"),
        ] {
            let counts: String = (0..cpus)
                .map(|cpu| format!("{:>10} ", (cpu * 7919 + irq) % 100_000))
                .collect();
            text += &format!("{irq:>3}: {counts} {about}\n");
        }
        text + "LOC: " + &"         9 ".repeat(cpus) + "  Local timer interrupts\n"
    }

    /// At white space, which goes.
    fn soft(text: &str, width: usize) -> String {
        let mut wrapped = String::new();
        for line in text.lines() {
            let mut rest = line.trim_end();
            while rest.len() > width {
                let at = rest[..width]
                    .rfind(' ')
                    .filter(|&at| !rest[..at].trim().is_empty())
                    .unwrap_or(width);
                wrapped += rest[..at].trim_end();
                wrapped += "\n";
                rest = rest[at..].trim_start();
            }
            wrapped += rest;
            wrapped += "\n";
        }
        wrapped
    }

    /// At the edge.
    fn hard(text: &str, width: usize) -> String {
        let lines = text.lines().flat_map(|line| line.as_bytes().chunks(width));
        lines
            .map(|part| format!("{}\n", std::str::from_utf8(part).expect("ASCII")))
            .collect()
    }

    #[test]
    fn whatever_the_width_it_reads_as_before() {
        for cpus in [2, 5, 8, 64, 1000] {
            let plain = file(cpus);
            assert!(
                wrapped::join(&plain).is_none(),
                "{cpus} CPUs: nothing is wrapped"
            );
            let expected = parse(&plain);
            for width in [66, 72, 76, 80, 100] {
                for text in [soft(&plain, width), hard(&plain, width)] {
                    let joined = wrapped::join(&text).unwrap_or(text.clone());
                    let found = parse(&joined);
                    assert_eq!(found.cpus, cpus, "{width}:\n{text}");
                    for (irq, was) in &expected.irqs {
                        let is = found
                            .irqs
                            .get(irq)
                            .unwrap_or_else(|| panic!("{width}: irq {irq}\n{text}\n{joined}"));
                        assert_eq!(
                            (is.total, &is.chip, &is.actions),
                            (was.total, &was.chip, &was.actions),
                            "{width}:\n{text}"
                        );
                    }
                }
            }
        }
    }
}
