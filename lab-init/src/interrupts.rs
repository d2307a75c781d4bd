//! The row of the function's interrupt in /proc/interrupts.

use eoi_lab_protocol::{Irq, Word};

/// The row of vfio-pci's INTx of the function at `address`.
pub fn row(interrupts: &str, address: &str) -> Option<Irq> {
    let action = format!("vfio-intx({address})");
    let cpus = interrupts
        .lines()
        .next()?
        .split_whitespace()
        .filter(|word| word.starts_with("CPU"))
        .count();
    let raw = interrupts.lines().find(|line| line.contains(&action))?;
    let (irq, rest) = raw.split_once(':')?;
    let described = rest.split_once("vfio-intx(")?.0; // sharers that come before it end in a comma
    let words: Vec<&str> = described
        .split_whitespace()
        .skip(cpus)
        .filter(|word| !word.ends_with(','))
        .collect();
    let is_kind = |word: &str| matches!(word, "Level" | "Edge") || word.starts_with('-');
    let is_number = |word: &str| word.starts_with(|c: char| c.is_ascii_digit());
    let name_ends = words
        .iter()
        .position(|word| is_number(word) || is_kind(word))
        .unwrap_or(words.len());
    let (chip, rest) = words.split_at(name_ends);
    let (hwirq, rest) = match rest.split_first() {
        Some((word, rest)) if is_number(word) => (*word, rest),
        _ => ("", rest),
    };
    let (hwirq, handler) = hwirq.split_once('-').unwrap_or((hwirq, "")); // x86 writes `16-fasteoi`
    let kind = rest
        .iter()
        .find(|word| is_kind(word))
        .map_or(handler, |word| word.trim_start_matches('-'));
    let word = |text: &str| text.parse::<Word>().ok();
    Some(Irq {
        irq: irq.trim().parse().ok()?,
        chip: Word::from_any(&chip.join(" ")),
        hwirq: word(hwirq),
        kind: word(kind),
        row: raw.trim().into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(cpus: usize, line: &str) -> String {
        let head: String = (0..cpus).map(|cpu| format!("       CPU{cpu}")).collect();
        let row = row(
            &format!("{head}\n 16:  1  0  XIVE-IPI   0 Edge      IPI-0\n{line}\n"),
            "0000:01:00.0",
        );
        let said = row.expect("a row").to_string();
        let (said, row) = said.split_once(" line=").expect("the row");
        assert_eq!(row, line.trim());
        said.to_string()
    }

    /// Layouts of `show_interrupts` (kernel/irq/proc.c) with and without CONFIG_GENERIC_IRQ_SHOW_LEVEL, with and without an irq
    /// domain, and shared. A chip of two words is one word in the protocol.
    #[test]
    fn every_layout_is_read() {
        let line = " 23:          1          0  XIVE-IRQ 1048560 Level     vfio-intx(0000:01:00.0)";
        assert_eq!(of(2, line), "23 chip=XIVE-IRQ hwirq=1048560 type=Level");
        let line = " 16:          0          7   IO-APIC   16-fasteoi   ahci[0000:00:1f.2], vfio-intx(0000:01:00.0)";
        assert_eq!(of(2, line), "16 chip=IO-APIC hwirq=16 type=fasteoi");
        let line = " 11:          3    XT-PIC      vfio-intx(0000:01:00.0)";
        assert_eq!(of(1, line), "11 chip=XT-PIC");
        let line = " 14:          3  SiFive PLIC  35 Level     vfio-intx(0000:01:00.0), other";
        assert_eq!(of(1, line), "14 chip=SiFive_PLIC hwirq=35 type=Level");
        let line = "26:          0          1          0          0     GICv3  36 Level     vfio-intx(0000:01:00.0)";
        assert_eq!(of(4, line), "26 chip=GICv3 hwirq=36 type=Level");
    }

    #[test]
    fn another_functions_row_is_not_taken() {
        let text = "       CPU0\n 16:  1  XIVE-IRQ 17 Level  vfio-intx(0000:02:00.0)\n";
        assert_eq!(row(text, "0000:01:00.0"), None);
    }
}
