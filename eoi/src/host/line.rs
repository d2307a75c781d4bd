//! One irq in the kernel's files beside /proc/interrupts: /proc/irq, /sys/kernel/irq and debugfs.

use std::collections::{BTreeMap, BTreeSet};

use super::interrupts::Irq;
use super::tree::Tree;

/// The directory of genirq's debugfs (CONFIG_GENERIC_IRQ_DEBUGFS).
pub const DEBUG: &str = "sys/kernel/debug/irq/irqs";
/// XIVE's debugfs, one line an irq, from 6.1.
pub const XIVE: &str = "sys/kernel/debug/powerpc/xive/interrupts";

/// One irq.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// The controller's name.
    pub chip: Option<String>,
    /// `level` or `edge`
    pub trigger: Option<String>,
    /// The owners.
    pub actions: Vec<String>,
    /// The "nobody cared" detector's counts.
    pub spurious: Option<Spurious>,
    /// genirq's debugfs.
    pub debug: Option<Debug>,
    /// XIVE's debugfs: the line's number in the file, and its text.
    pub xive: Option<(usize, String)>,
}

/// /proc/irq/N/spurious (`irq_spurious_proc_show`, kernel/irq/proc.c).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spurious {
    /// Interrupts since the detector last looked.
    pub count: u32,
    /// Of these, those in a row that no handler wanted.
    pub unhandled: u32,
}

/// /sys/kernel/debug/irq/irqs/N (`irq_debug_show`, kernel/irq/debugfs.c), as far as it is used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Debug {
    /// `IRQ_DISABLE_UNLAZY`, and the number of the line that says so or would.
    pub unlazy: (bool, Option<usize>),
    /// `IRQS_SPURIOUS_DISABLED`, and the number of its line.
    pub spurious_disabled: Option<usize>,
    /// The disable depth.
    pub depth: Option<u32>,
    /// `IRQD_IRQ_DISABLED`
    pub disabled: bool,
    /// `IRQD_IRQ_MASKED`
    pub masked: bool,
}

/// A file of /sys/kernel/irq/N.
#[must_use]
pub fn sysfs(irq: u32, name: &str) -> String {
    format!("sys/kernel/irq/{irq}/{name}")
}

/// Reads these irqs. Facts that /proc/interrupts shows already are not read a second time.
#[must_use]
pub fn read_all(
    tree: &Tree,
    wanted: &BTreeSet<u32>,
    shown: &BTreeMap<u32, Irq>,
) -> BTreeMap<u32, Line> {
    let debug = !wanted.is_empty() && tree.names(DEBUG).is_some();
    let mut lines: BTreeMap<u32, Line> = wanted
        .iter()
        .map(|&irq| (irq, read(tree, irq, shown.get(&irq), debug)))
        .collect();
    let xive = |line: &Line| {
        line.chip
            .as_deref()
            .is_some_and(|chip| chip.starts_with("XIVE"))
    };
    if lines.values().any(xive) {
        tree.lines(XIVE, |number, text| {
            if let Some(line) = linux_irq(text).and_then(|irq| lines.get_mut(&irq)) {
                line.xive = Some((number, text.trim().to_string()));
            }
        });
    }
    lines
}

fn read(tree: &Tree, irq: u32, shown: Option<&Irq>, debug: bool) -> Line {
    let mut line = Line::default();
    if let Some(shown) = shown {
        line.chip = Some(shown.chip.clone());
        line.trigger = shown
            .level
            .map(|level| if level { "level" } else { "edge" }.to_string());
        line.actions.clone_from(&shown.actions);
    } else {
        let text = |name: &str| tree.text(&sysfs(irq, name)).filter(|text| !text.is_empty());
        line.chip = text("chip_name");
        // Without a descriptor there is no directory, and nothing else to look for.
        if line.chip.is_some() {
            line.trigger = text("type");
            line.actions = text("actions").map_or(Vec::new(), |text| {
                text.split(',').map(str::to_string).collect()
            });
        }
    }
    line.spurious = tree
        .text(&format!("proc/irq/{irq}/spurious"))
        .as_deref()
        .and_then(spurious);
    if debug {
        line.debug = tree.text(&format!("{DEBUG}/{irq}")).as_deref().map(debugfs);
    }
    line
}

fn spurious(text: &str) -> Option<Spurious> {
    let value = |key: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(key))?;
        line.split_whitespace().next()?.parse().ok()
    };
    Some(Spurious {
        count: value("count ")?,
        unhandled: value("unhandled ")?,
    })
}

fn debugfs(text: &str) -> Debug {
    let mut debug = Debug::default();
    for (index, line) in text.lines().enumerate() {
        let at = Some(index + 1);
        if let Some(depth) = line.strip_prefix("ddepth:") {
            debug.depth = depth.trim().parse().ok();
        }
        if line.starts_with("status:") && debug.unlazy.1.is_none() {
            debug.unlazy.1 = at;
        }
        match line.trim() {
            "_IRQ_DISABLE_UNLAZY" => debug.unlazy = (true, at),
            "IRQS_SPURIOUS_DISABLED" => debug.spurious_disabled = at,
            "IRQD_IRQ_DISABLED" => debug.disabled = true,
            "IRQD_IRQ_MASKED" => debug.masked = true,
            _ => {}
        }
    }
    debug
}

/// The Linux irq of a line of XIVE's debugfs: `lirq=0x17` (`xive_debug_show_irq`, arch/powerpc/sysdev/xive/common.c).
fn linux_irq(text: &str) -> Option<u32> {
    let word = text
        .split_whitespace()
        .find_map(|word| word.strip_prefix("lirq=0x"))?;
    u32::from_str_radix(word, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_one_irq() {
        let counts = spurious("count 17\nunhandled 3\nlast_unhandled 4294667420 ms\n");
        assert_eq!(
            counts,
            Some(Spurious {
                count: 17,
                unhandled: 3
            })
        );
        assert_eq!(spurious("count -1\n"), None);
        // By the format strings of irq_debug_show, with facts 2.10 for the bits.
        let text = "handler:  handle_fasteoi_irq\ndevice:   (null)\nstatus:   0x00080508\n            _IRQ_NOPROBE\n            \
                    _IRQ_DISABLE_UNLAZY\nistate:   0x00000002\n            IRQS_SPURIOUS_DISABLED\nddepth:   1\nwdepth:   0\n\
                    dstate:   0x00432208\n            IRQD_IRQ_DISABLED\n            IRQD_IRQ_MASKED\n";
        let expected = Debug {
            unlazy: (true, Some(5)),
            spurious_disabled: Some(7),
            depth: Some(1),
            disabled: true,
            masked: true,
        };
        assert_eq!(debugfs(text), expected);
        let line = "IRQ 0x000ffff0 : target=0x0 prio=06 lirq=0x17 flags=SL  PQ=P- 0x0006030203d20000 0x0006030203d20000";
        assert_eq!(linux_irq(line), Some(0x17));
        assert_eq!(linux_irq("IRQ 0x000ffff0 : no config rc=-1"), None);
    }
}
