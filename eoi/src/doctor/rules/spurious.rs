//! The kernel's "nobody cared" detector (`note_interrupt`, kernel/irq/spurious.c).

use crate::doctor::finding::{Finding, Severity};
use crate::doctor::seen::Seen;
use crate::host::Evidence;
use crate::host::line::{DEBUG, Spurious};

/// Of 100,000 interrupts this many unhandled ones, and the line is given up.
const LIMIT: u32 = 99_900;
/// Unhandled ones are counted up only where they follow each other within a tenth of a second; ten are a second's worth.
const MANY: u32 = 10;

const REFERENCE: &str = "note_interrupt (kernel/irq/spurious.c); \"nobody cared\" in the kernel's log";

fn finding(seen: &Seen<'_>, irq: u32, finding: Finding) -> Finding {
    let finding = seen.device_on(irq).into_iter().fold(finding, Finding::of);
    finding.on(irq).because([seen.host.owners_evidence(irq)]).reference(REFERENCE)
}

fn counts(irq: u32, counts: Spurious) -> Evidence {
    let text = format!("{} unhandled of {}", counts.unhandled, counts.count);
    Evidence::new(format!("proc/irq/{irq}/spurious"), text)
}

fn owners(seen: &Seen<'_>, irq: u32) -> String {
    let owners = seen.host.owners(irq);
    if owners.is_empty() { "its owners".to_string() } else { owners.join(", ") }
}

/// `nobody-cared`
pub fn nobody_cared(seen: &Seen<'_>, irq: u32) -> Option<Finding> {
    let line = seen.host.lines.get(&irq)?;
    let (cause, evidence) = if let Some(at) = line.debug.as_ref().and_then(|debug| debug.spurious_disabled) {
        let cause = format!("The kernel gave irq {irq} up: nobody cared. It is polled ten times a second at best");
        (cause, Evidence::at(format!("{DEBUG}/{irq}"), Some(at), "IRQS_SPURIOUS_DISABLED"))
    } else {
        let spurious = line.spurious.filter(|spurious| spurious.unhandled > LIMIT)?;
        let cause = format!("The kernel gives irq {irq} up when it has counted 100,000: nobody cares for what comes");
        (cause, counts(irq, spurious))
    };
    let remedy = format!(
        "find the function that asserts the line and that none of {} knows: Status.Interrupt (lspci: INTx+) shows it",
        owners(seen, irq)
    );
    let severity = Severity::Error;
    Some(finding(seen, irq, Finding::new("nobody-cared", severity, cause).because([evidence]).remedy(remedy)))
}

/// `unhandled-interrupts`
pub fn unhandled(seen: &Seen<'_>, irq: u32) -> Option<Finding> {
    let spurious = seen.host.lines.get(&irq)?.spurious.filter(|spurious| (1..=LIMIT).contains(&spurious.unhandled))?;
    let severity = if spurious.unhandled >= MANY { Severity::Warning } else { Severity::Info };
    let cause = format!(
        "Interrupts of irq {irq} that none of {} wanted: {} since the kernel last looked; at {LIMIT} of 100,000 it gives \
         the line up",
        owners(seen, irq),
        spurious.unhandled,
    );
    let remedy = "look again later: if the number grows, find the function that asserts the line and that none of its \
                  owners knows (lspci: INTx+)";
    let found = Finding::new("unhandled-interrupts", severity, cause).because([counts(irq, spurious)]).remedy(remedy);
    Some(finding(seen, irq, found))
}
