//! What the kernel tells of the function's interrupt: /proc/interrupts and /sys/kernel/irq.

use anyhow::{Context, Result};

use super::get;

/// A row of /proc/interrupts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// The Linux irq.
    pub irq: u32,
    /// The controller, as the row names it.
    pub chip: String,
    /// The controller's number for it; empty where the row has none (i8259).
    pub hwirq: String,
    /// `Level`, `Edge`, or the flow handler's name on x86; empty where the row has none.
    pub kind: String,
    /// The row.
    pub raw: String,
}

/// The row of vfio-pci's INTx of the function at `address`.
pub(super) fn row(interrupts: &str, address: &str) -> Option<Row> {
    let action = format!("vfio-intx({address})");
    let cpus = interrupts.lines().next()?.split_whitespace().filter(|word| word.starts_with("CPU")).count();
    let raw = interrupts.lines().find(|line| line.contains(&action))?;
    let (irq, rest) = raw.split_once(':')?;
    let described = rest.split_once("vfio-intx(")?.0; // sharers that come before it end in a comma
    let words: Vec<&str> = described.split_whitespace().skip(cpus).filter(|word| !word.ends_with(',')).collect();
    let is_kind = |word: &str| matches!(word, "Level" | "Edge") || word.starts_with('-');
    let is_number = |word: &str| word.starts_with(|c: char| c.is_ascii_digit());
    let name_ends = words.iter().position(|word| is_number(word) || is_kind(word)).unwrap_or(words.len());
    let (chip, rest) = words.split_at(name_ends);
    let (hwirq, rest) = match rest.split_first() {
        Some((word, rest)) if is_number(word) => (*word, rest),
        _ => ("", rest),
    };
    let (hwirq, handler) = hwirq.split_once('-').unwrap_or((hwirq, "")); // x86 writes `16-fasteoi`
    let kind = rest.iter().find(|word| is_kind(word)).map_or(handler, |word| word.trim_start_matches('-'));
    Some(Row {
        irq: irq.trim().parse().ok()?,
        chip: chip.join(" "),
        hwirq: hwirq.to_string(),
        kind: kind.to_string(),
        raw: raw.trim().to_string(),
    })
}

/// The row's payload in the protocol. A space in a chip's name becomes `_`, as in `SiFive_PLIC`.
pub(super) fn payload(row: &Row) -> String {
    let Row { irq, chip, hwirq, kind, raw } = row;
    format!("irq {irq} chip={} hwirq={hwirq} type={kind} line={raw}", chip.replace(' ', "_"))
}

/// How often the irq's action was called, on all CPUs: the sum of its row, which is there even without an action.
pub(crate) fn count(irq: u32) -> Result<u64> {
    let path = format!("/sys/kernel/irq/{irq}/per_cpu_count");
    let text = get(&path)?;
    text.split(',')
        .map(|count| count.trim().parse::<u64>())
        .sum::<Result<u64, _>>()
        .with_context(|| format!("{path} holds '{text}', not numbers"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(cpus: usize, line: &str) -> (u32, String, String, String) {
        let head: String = (0..cpus).map(|cpu| format!("       CPU{cpu}")).collect();
        let row = row(&format!("{head}\n 16:  1  0  XIVE-IPI   0 Edge      IPI-0\n{line}\n"), "0000:01:00.0");
        let row = row.expect("a row");
        assert_eq!(row.raw, line.trim());
        (row.irq, row.chip, row.hwirq, row.kind)
    }

    /// Layouts of `show_interrupts` (kernel/irq/proc.c) with and without CONFIG_GENERIC_IRQ_SHOW_LEVEL, with and
    /// without an irq domain, and shared.
    #[test]
    fn every_layout_is_read() {
        let is = |irq: u32, chip: &str, hwirq: &str, kind: &str| {
            (irq, chip.to_string(), hwirq.to_string(), kind.to_string())
        };
        let line = " 23:          1          0  XIVE-IRQ 1048560 Level     vfio-intx(0000:01:00.0)";
        assert_eq!(of(2, line), is(23, "XIVE-IRQ", "1048560", "Level"));
        let line = " 16:          0          7   IO-APIC   16-fasteoi   ahci[0000:00:1f.2], vfio-intx(0000:01:00.0)";
        assert_eq!(of(2, line), is(16, "IO-APIC", "16", "fasteoi"));
        let line = " 11:          3    XT-PIC      vfio-intx(0000:01:00.0)";
        assert_eq!(of(1, line), is(11, "XT-PIC", "", ""));
        let line = " 14:          3  SiFive PLIC  35 Level     vfio-intx(0000:01:00.0), other";
        assert_eq!(of(1, line), is(14, "SiFive PLIC", "35", "Level"));
        let line = "26:          0          1          0          0     GICv3  36 Level     vfio-intx(0000:01:00.0)";
        assert_eq!(of(4, line), is(26, "GICv3", "36", "Level"));
    }

    #[test]
    fn another_functions_row_is_not_taken() {
        let text = "       CPU0\n 16:  1  XIVE-IRQ 17 Level  vfio-intx(0000:02:00.0)\n";
        assert_eq!(row(text, "0000:01:00.0"), None);
    }

    #[test]
    fn a_chip_of_two_words_is_one_word_in_the_protocol() {
        let text = "  CPU0\n 14:  3  SiFive PLIC  35 Level  vfio-intx(0000:01:00.0)\n";
        let said = payload(&row(text, "0000:01:00.0").expect("a row"));
        assert!(said.starts_with("irq 14 chip=SiFive_PLIC hwirq=35 type=Level line=14:  3  SiFive PLIC"), "{said}");
    }
}
