//! The columns behind the counts of a line of /proc/interrupts: chip, hwirq, trigger, flow and actions, in every layout.
//!
//! | layout | printed by |
//! |---|---|
//! | `IO-APIC  16-fasteoi   eth0` | `show_interrupts` (kernel/irq/proc.c) from 3.12 on, a chip with an irq domain |
//! | `XIVE-IRQ 4612 Level     eth0` | the same with `CONFIG_GENERIC_IRQ_SHOW_LEVEL` |
//! | `GICv3  36 Level -fasteoi   eth0` | both |
//! | `xen-pirq     -ioapic-level  eth0` | the same, a chip without a domain: white space for its number |
//! | `IO-APIC-fasteoi   eth0`, `XT-PIC-XT-PIC` | kernels up to 3.11, and a chip without a domain up to 4.x |
//! | `IO-APIC-level  eth0`, `XT-PIC  eth0` | the architectures' own code up to 2.6.38 |
//! | `OpenPIC   Level     eth0` | arch/powerpc of that time: no hwirq |
//! | `XICS  Level  +eth0` | some of these mark an action with `+` |
//!
//! A chip's name may have spaces (`OPAL ICS`), end in a number (`MPIC 1`) or in a device's address
//! (`PCI-MSIX-0000:00:01.0`). Names have one space between their words, and actions have two before them. Where a mail
//! program or a forum made one space of many, only names that are known to have spaces are taken for one.

use super::irq::Irq;

#[cfg(test)]
mod tests;

/// Names of controllers that have a space, without a number behind them.
const SPACED: &[&str] = &[
    "MIPS GIC",
    "OPAL ICS",
    "PCH MSI",
    "PCH PIC",
    "RISC-V INTC",
    "SiFive PLIC",
    "ADVK INT",
    "ADVK MSI",
    "Mips CPU",
    "MPIC",
    "FSL MPIC",
    "Hyper-V PCIe",
    "OPAL EVT",
    "T-HEAD PLIC",
    "THEAD PLIC",
    "UIC",
    "IPIC",
    "QE IC",
    "PCI MSI",
];
/// Flow handlers' names that follow a chip's name with a dash and nothing between.
const FLOWS: &[&str] = &[
    "ioapic-level",
    "ioapic-edge",
    "fasteoi",
    "XT-PIC",
    "percpu",
    "simple",
    "level",
    "edge",
    "XT",
];
/// The same of Xen's chips (drivers/xen/events/events_base.c, drivers/pci/xen-pcifront.c); sun4v-virq is a chip.
const XEN_FLOWS: &[&str] = &[
    "event",
    "virq",
    "ipi",
    "pirq",
    "msi",
    "msi-x",
    "pcifront-msi",
    "pcifront-msi-x",
];

/// The first words of a text, each with the byte at which it ends.
fn words(text: &str) -> Vec<(&str, usize)> {
    let end = |word: &str| word.as_ptr() as usize - text.as_ptr() as usize + word.len();
    text.split_whitespace()
        .take(8)
        .map(|word| (word, end(word)))
        .collect()
}

/// Chip, hwirq, trigger, flow and actions of what follows the counts.
#[must_use]
pub fn describe(text: &str) -> Irq {
    let words = words(text);
    // "%8s" for the chip and two spaces before the actions: a line without two spaces anywhere was collapsed.
    let collapsed = !text.trim().contains("  ");
    let is_name = |at: usize| {
        let single = words[..at]
            .windows(2)
            .all(|pair| pair[1].1 == pair[0].1 + 1 + pair[1].0.len());
        let names: Vec<&str> = words[..at].iter().map(|(word, _)| *word).collect();
        let next = words.get(at + 1).and_then(|(word, _)| kind(word));
        let sure = words
            .get(at)
            .is_some_and(|(word, _)| is_column(word) || (hwirq(word).is_some() && next.is_some()));
        single && (at == 1 || !collapsed || spaced(&names) || sure)
    };
    let trigger = words
        .iter()
        .position(|(word, _)| kind(word).is_some())
        .filter(|&at| at > 0);
    let number = match trigger {
        Some(at) if at > 1 && hwirq(words[at - 1].0).is_some() => Some(at - 1),
        _ => (1..words.len()).find(|&at| hwirq(words[at].0).is_some()),
    };
    let number = number.filter(|&at| is_name(at));
    // Level and Edge without a number before them.
    let bare = trigger.filter(|&at| number.is_none() && is_name(at));
    let flow = words
        .iter()
        .take(4)
        .position(|(word, _)| word.starts_with('-'))
        .filter(|&at| at > 0 && is_name(at));
    let (end, chip) = match (number.or(bare), flow) {
        (Some(at), _) | (None, Some(at)) => (at, join(&words[..at])),
        (None, None) => return plain(text, collapsed),
    };
    let (number, mut flow) = if number.is_some() {
        hwirq(words[end].0).unzip()
    } else {
        (None, None)
    };
    let (mut level, mut last) = (None, if number.is_some() { end } else { end - 1 });
    let next = |last: usize| words.get(last + 1).map(|(word, _)| *word);
    if let Some(is_level) = next(last).and_then(kind) {
        (level, last) = (Some(is_level), last + 1);
    }
    if let Some(name) = next(last).and_then(|word| word.strip_prefix('-')) {
        (flow, last) = (Some(Some(name)), last + 1);
    }
    let flow = flow
        .flatten()
        .filter(|name| !name.is_empty())
        .map(str::to_string);
    let level = level.or_else(|| flow.as_deref().and_then(by_flow));
    Irq {
        chip,
        hwirq: number,
        level,
        flow,
        actions: actions(&text[words[last].1..]),
        ..Irq::default()
    }
}

/// Whether a word can only be a column between a controller's name and its owners: `16-fasteoi`, `Level`, `-edge`.
#[must_use]
pub fn is_column(word: &str) -> bool {
    let flow = |name: &str| FLOWS.contains(&name) || XEN_FLOWS.contains(&name);
    kind(word).is_some()
        || word.strip_prefix('-').is_some_and(flow)
        || hwirq(word).is_some_and(|(_, name)| name.is_some_and(flow))
}

fn join(words: &[(&str, usize)]) -> String {
    words
        .iter()
        .map(|(word, _)| *word)
        .collect::<Vec<_>>()
        .join(" ")
}

/// `Level` or `Edge`.
fn kind(word: &str) -> Option<bool> {
    match word {
        "Level" => Some(true),
        "Edge" => Some(false),
        _ => None,
    }
}

/// A flow handler's name that says how the line triggers.
fn by_flow(flow: &str) -> Option<bool> {
    if flow.ends_with("level") {
        Some(true)
    } else {
        flow.ends_with("edge").then_some(false)
    }
}

/// A name of several words that a controller is known to have, with or without a number.
fn spaced(words: &[&str]) -> bool {
    let number = words
        .last()
        .is_some_and(|word| word.bytes().all(|byte| byte.is_ascii_digit()));
    let name = words[..words.len() - usize::from(number)].join(" ");
    SPACED.contains(&name.as_str())
}

/// A chip without a number: its name, perhaps with its flow, then the actions.
fn plain(text: &str, collapsed: bool) -> Irq {
    let text = text.trim();
    let mut words = text.split_whitespace();
    let pair: Vec<&str> = words.by_ref().take(2).collect();
    let (chip, rest) = match text.split_once("  ") {
        Some((chip, rest)) if !collapsed => (chip, rest),
        _ if pair.len() == 2 && spaced(&pair) => {
            text.split_at(pair[1].as_ptr() as usize - text.as_ptr() as usize + pair[1].len())
        }
        // No chip has such a name: arm's kernels before 2.6.20 printed none.
        _ if pair.first().is_some_and(|word| word.contains([',', '('])) => ("", text),
        _ => text.split_once(' ').unwrap_or((text, "")),
    };
    let of = |flows: &'static [&str]| {
        let split =
            |flow: &&'static str| Some((chip.strip_suffix(*flow)?.strip_suffix('-')?, *flow));
        flows
            .iter()
            .filter_map(split)
            .max_by_key(|(_, flow)| flow.len())
    };
    let named = of(FLOWS).or_else(|| of(XEN_FLOWS).filter(|(chip, _)| chip.starts_with("xen-")));
    let (chip, flow) = named
        .filter(|(chip, _)| !chip.is_empty())
        .map_or((chip, None), |(chip, flow)| (chip, Some(flow)));
    let level = flow.and_then(by_flow);
    Irq {
        chip: chip.trim().to_string(),
        flow: flow.map(str::to_string),
        level,
        actions: actions(rest),
        ..Irq::default()
    }
}

/// `16` or `16-fasteoi`; `-2147483648` where Linux up to 4.x printed a number of 32 bits as `(int)`.
fn hwirq(word: &str) -> Option<(u64, Option<&str>)> {
    if let Some(number) = word
        .strip_prefix('-')
        .and_then(|_| word.parse::<i32>().ok())
    {
        return Some((u64::from(u32::from_ne_bytes(number.to_ne_bytes())), None));
    }
    let (number, flow) = word
        .split_once('-')
        .map_or((word, None), |(number, flow)| (number, Some(flow)));
    let digits = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    if digits {
        Some((number.parse().ok()?, flow))
    } else {
        None
    }
}

/// The owners. Some architectures of the past put a `+` before a name.
fn actions(text: &str) -> Vec<String> {
    let names = text
        .split(", ")
        .map(|name| name.trim().trim_end_matches(','));
    let names = names
        .map(|name| name.strip_prefix('+').unwrap_or(name))
        .filter(|name| !name.is_empty());
    names
        .map(|name| name.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect()
}
