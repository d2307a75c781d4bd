//! /proc/interrupts, a line at a time, in the layouts of Linux up to 6.x and of 7.x and on every architecture.
//!
//! `show_interrupts` (kernel/irq/proc.c, 6.12) prints number, a count for each online CPU, chip, hwirq, `Level` or `Edge`
//! where the architecture asks for it, `-flow` where the flow handler has a name, and the actions after two spaces.
//! `irq_seq_show` of 7.x pads differently. A chip's name may have spaces (`OPAL ICS`) and end in a number (`MPIC 1`); an
//! i8259 on x86 has no hwirq.

use std::collections::BTreeMap;

use super::tree::Tree;

/// The path of the file.
pub const PATH: &str = "proc/interrupts";
/// CPUs that are counted one by one; Linux knows no more (`NR_CPUS`).
const MAX_CPUS: usize = 8192;

/// One Linux irq as /proc/interrupts shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Irq {
    /// The Linux irq.
    pub number: u32,
    /// Interrupts taken since boot, on all CPUs that are online. Ignored ones are not counted by Linux.
    pub total: u64,
    /// CPUs that took any.
    pub cpus: usize,
    /// The controller's name, as `XIVE-IRQ`.
    pub chip: String,
    /// The controller's number for it.
    pub hwirq: Option<u64>,
    /// `Level` (true) or `Edge` (false), where it is shown.
    pub level: Option<bool>,
    /// The flow handler's name, where it is shown: `fasteoi`.
    pub flow: Option<String>,
    /// The owners.
    pub actions: Vec<String>,
    /// The line of the file it stands on, from 1.
    pub line: usize,
}

/// The whole file.
#[derive(Clone, Debug, Default)]
pub struct Interrupts {
    /// Every numbered line that could be understood.
    pub irqs: BTreeMap<u32, Irq>,
    /// CPUs in the head: those online.
    pub cpus: usize,
    /// Interrupts taken by each of them, in the order of the head.
    pub per_cpu: Vec<u64>,
    /// Whether the file was read to its end.
    pub complete: bool,
}

/// Reads the file; nothing of it is an error.
#[must_use]
pub fn read(tree: &Tree) -> Interrupts {
    let mut all = Interrupts::default();
    let complete = tree.lines(PATH, |number, line| all.add(number, line));
    all.complete = complete;
    all
}

impl Interrupts {
    /// Takes one line in, the head or an irq's. Lines of anything else are passed over.
    pub fn add(&mut self, number: usize, line: &str) {
        let Some((label, rest)) = line.split_once(':') else {
            let cpus = line.split_whitespace().take_while(|word| is_cpu(word)).count();
            if self.cpus == 0 && cpus > 0 {
                self.cpus = cpus.min(MAX_CPUS);
                self.per_cpu = vec![0; self.cpus];
            }
            return;
        };
        let Ok(irq) = label.trim().parse::<u32>() else { return };
        let columns = if self.cpus == 0 { MAX_CPUS } else { self.cpus };
        let (mut total, mut hit, mut seen, mut rest) = (0_u64, 0, 0, rest);
        while seen < columns {
            let Some((count, after)) = count(rest) else { break };
            total = total.saturating_add(count);
            hit += usize::from(count > 0);
            if let Some(sum) = self.per_cpu.get_mut(seen) {
                *sum = sum.saturating_add(count);
            }
            (seen, rest) = (seen + 1, after);
        }
        // A line with fewer counts than CPUs is cut, or of something else.
        if seen == 0 || (self.cpus != 0 && seen < self.cpus) {
            return;
        }
        let about = describe(rest);
        self.irqs.insert(irq, Irq { number: irq, total, cpus: hit, line: number, ..about });
    }
}

fn is_cpu(word: &str) -> bool {
    word.strip_prefix("CPU").is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}

/// A number that is a word of its own, and what follows it.
fn count(text: &str) -> Option<(u64, &str)> {
    let text = text.trim_start();
    let end = text.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    let ends = text[end..].chars().next().is_none_or(char::is_whitespace);
    if !ends {
        return None;
    }
    Some((text[..end].parse().ok()?, &text[end..]))
}

/// Chip, hwirq, trigger, flow and actions: what follows the counts.
fn describe(text: &str) -> Irq {
    // Words with the byte at which each ends.
    let words: Vec<(&str, usize)> = text
        .split_whitespace()
        .take(8)
        .map(|word| (word, word.as_ptr() as usize - text.as_ptr() as usize + word.len()))
        .collect();
    let kind = |word: &str| match word {
        "Level" => Some(true),
        "Edge" => Some(false),
        _ => None,
    };
    let trigger = words.iter().position(|(word, _)| kind(word).is_some());
    let number = match trigger {
        Some(at) if at > 1 && hwirq(words[at - 1].0).is_some() => Some(at - 1),
        _ => (1..words.len()).find(|&at| hwirq(words[at].0).is_some()),
    };
    // The words of a chip's name have one space between them, what follows has more: else it is an action's number.
    let number = number.filter(|&at| words[..at].windows(2).all(|pair| pair[1].1 == pair[0].1 + 1 + pair[1].0.len()));
    let Some(at) = number else { return without_hwirq(text) };
    let chip = words[..at].iter().map(|(word, _)| *word).collect::<Vec<_>>().join(" ");
    let (hwirq, mut flow) = hwirq(words[at].0).unwrap_or_default();
    let (mut level, mut last) = (None, at);
    if let Some((word, _)) = words.get(last + 1)
        && let Some(is_level) = kind(word)
    {
        (level, last) = (Some(is_level), last + 1);
    }
    if let Some((word, _)) = words.get(last + 1)
        && let Some(name) = word.strip_prefix('-')
    {
        (flow, last) = (Some(name), last + 1);
    }
    let flow = flow.filter(|name| !name.is_empty()).map(str::to_string);
    Irq { chip, hwirq: Some(hwirq), level, flow, actions: actions(&text[words[last].1..]), ..Irq::default() }
}

/// A chip without a domain: its name, then two spaces, then the actions.
fn without_hwirq(text: &str) -> Irq {
    let text = text.trim();
    let (chip, rest) = text.split_once("  ").unwrap_or((text, ""));
    let (chip, flow) = match chip.split_once(" -") {
        Some((chip, flow)) => (chip, Some(flow.to_string())),
        None => (chip, None),
    };
    Irq { chip: chip.trim().to_string(), flow, actions: actions(rest), ..Irq::default() }
}

/// `16` or `16-fasteoi`.
fn hwirq(word: &str) -> Option<(u64, Option<&str>)> {
    let (number, flow) = word.split_once('-').map_or((word, None), |(number, flow)| (number, Some(flow)));
    (!number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())).then_some(())?;
    Some((number.parse().ok()?, flow))
}

fn actions(text: &str) -> Vec<String> {
    text.split(", ").map(str::trim).filter(|name| !name.is_empty()).map(str::to_string).collect()
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

    /// Lines as the format strings of show_interrupts (6.12) and irq_seq_show (7.3) make them.
    #[test]
    fn layouts() {
        type Row =
            (&'static str, &'static str, Option<u64>, Option<bool>, Option<&'static str>, &'static [&'static str]);
        let rows: [Row; 9] = [
            (
                "  16:          0         42  IO-APIC   16-fasteoi   vfio-intx(0000:00:05.0)",
                "IO-APIC",
                Some(16),
                None,
                Some("fasteoi"),
                &["vfio-intx(0000:00:05.0)"],
            ),
            (
                "  23:          1         41  XIVE-IRQ 1048560 Level     vfio-intx(0001:01:00.0)",
                "XIVE-IRQ",
                Some(1_048_560),
                Some(true),
                None,
                &["vfio-intx(0001:01:00.0)"],
            ),
            (
                " 17:  40  2  OPAL ICS  17 Level     ehci_hcd:usb1, eth0",
                "OPAL ICS",
                Some(17),
                Some(true),
                None,
                &["ehci_hcd:usb1", "eth0"],
            ),
            (" 18:  40  2   MPIC 1    16 Level     x", "MPIC 1", Some(16), Some(true), None, &["x"]),
            (
                "  5:  40  2    XT-PIC      uhci_hcd:usb1, eth 0",
                "XT-PIC",
                None,
                None,
                None,
                &["uhci_hcd:usb1", "eth 0"],
            ),
            (
                "  28:         42          0  PCI-MSIX-0000:00:01.0    0-edge       virtio0-config",
                "PCI-MSIX-0000:00:01.0",
                Some(0),
                None,
                Some("edge"),
                &["virtio0-config"],
            ),
            (" 13:  40  2  SiFive PLIC  33 Edge      ", "SiFive PLIC", Some(33), Some(false), None, &[]),
            (
                "  16:  40  2  IR-IO-APIC      16-fasteoi   i801_smbus",
                "IR-IO-APIC",
                Some(16),
                None,
                Some("fasteoi"),
                &["i801_smbus"],
            ),
            ("  44:  40  2  GICv3  36 Level    -fasteoi   x", "GICv3", Some(36), Some(true), Some("fasteoi"), &["x"]),
        ];
        for (line, chip, hwirq, level, flow, actions) in rows {
            let all = parse(&format!("           CPU0       CPU1\n{line}\n"));
            let irq = all.irqs.values().next().unwrap_or_else(|| panic!("{line}"));
            assert_eq!((irq.chip.as_str(), irq.hwirq, irq.level), (chip, hwirq, level), "{line}");
            assert_eq!((irq.flow.as_deref(), irq.total, irq.line), (flow, 42, 2), "{line}");
            assert_eq!(irq.actions, actions, "{line}");
        }
    }

    #[test]
    fn counts_are_summed_by_line_and_by_cpu() {
        let all = parse(" CPU0 CPU3\n  1: 5 0 IO-APIC 1-edge a\n  2: 1 2 IO-APIC 2-edge b\nLOC: 9 9 Local\nERR: 3\n");
        assert_eq!((all.cpus, all.per_cpu.as_slice()), (2, [6, 2].as_slice()));
        assert_eq!((all.irqs[&1].total, all.irqs[&1].cpus, all.irqs[&2].cpus), (5, 1, 2));
        assert_eq!(all.irqs.len(), 2, "only what has a number");
        let cut = parse(" CPU0 CPU1\n  1: 5\n  2: 5 x\n 99999999999: 1 1 x\n");
        assert!(cut.irqs.is_empty(), "a line with fewer counts than CPUs tells nothing: {cut:?}");
        assert_eq!(parse("  7: 3 4 XICS 7 Level a").irqs[&7].total, 7, "without a head, the numbers are the counts");
        let huge =
            parse("CPU0\n 1: 99999999999999999999999 x\n 2: 18446744073709551615 IO-APIC 99999999999999999999 y\n");
        assert_eq!(huge.irqs[&2].total, u64::MAX);
    }
}
