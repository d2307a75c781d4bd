//! The kernel's "nobody cared" detector (`note_interrupt`, kernel/irq/spurious.c).

use crate::doctor::finding::Found;
use crate::doctor::seen::Seen;
use crate::host::Evidence;
use crate::host::line::{DEBUG, Spurious};

/// Of 100,000 interrupts this many unhandled ones, and the kernel disables the line.
const LIMIT: u32 = 99_900;
/// Unhandled ones are counted up only where they follow each other within a tenth of a second; ten are a second's worth.
const MANY: u32 = 10;

/// Names the function on the irq, and the irq's owners.
fn told(seen: &Seen<'_>, irq: u32, found: Found) -> Found {
    let found = match seen.function_on(irq) {
        Some(function) => found.of(function),
        None => found,
    };
    found.because([seen.host.owners_evidence(irq)])
}

fn counts(irq: u32, counts: Spurious) -> Evidence {
    let text = format!("{} unhandled of {}", counts.unhandled, counts.count);
    Evidence::new(format!("proc/irq/{irq}/spurious"), text)
}

fn owners(seen: &Seen<'_>, irq: u32) -> String {
    let owners = seen.host.owners(irq);
    if owners.is_empty() {
        "its owners".to_string()
    } else {
        owners.join(", ")
    }
}

/// `nobody-cared`
pub fn nobody_cared(seen: &Seen<'_>, irq: u32) -> Option<Found> {
    let line = seen.host.lines.get(&irq)?;
    let (summary, evidence) = if let Some(at) = line
        .debug
        .as_ref()
        .and_then(|debug| debug.spurious_disabled)
    {
        let summary = format!(
            "The kernel disabled irq {irq}, since no handler accepted its interrupts (\"nobody cared\"). At best it looks at \
             the line ten times a second"
        );
        (
            summary,
            Evidence::at(format!("{DEBUG}/{irq}"), Some(at), "IRQS_SPURIOUS_DISABLED"),
        )
    } else {
        let spurious = line
            .spurious
            .filter(|spurious| spurious.unhandled > LIMIT)?;
        let summary = format!(
            "The kernel is about to disable irq {irq}: no handler accepts its interrupts, and at 100,000 it says \"nobody \
             cared\" and disables the line"
        );
        (summary, counts(irq, spurious))
    };
    let remedy = format!(
        "Find the function that interrupts on this line and that none of {} serves: lspci -vv shows INTx+ in its Status",
        owners(seen, irq)
    );
    Some(told(
        seen,
        irq,
        Found::new(summary).because([evidence]).remedy(remedy),
    ))
}

/// `unhandled-interrupts`
pub fn unhandled(seen: &Seen<'_>, irq: u32) -> Option<Found> {
    let spurious = seen.host.lines.get(&irq)?.spurious?;
    if !(1..=LIMIT).contains(&spurious.unhandled) {
        return None;
    }
    let summary = format!(
        "{} interrupts of irq {irq} were accepted by none of {} since the kernel last looked; at {LIMIT} of 100,000 it \
         disables the line",
        spurious.unhandled,
        owners(seen, irq),
    );
    let remedy = "Look again later. If the number grows, find the function that interrupts on this line and that none of its \
                  owners serves: lspci -vv shows INTx+ in its Status";
    let found = Found::new(summary)
        .lesser_if(spurious.unhandled < MANY)
        .because([counts(irq, spurious)])
        .remedy(remedy);
    Some(told(seen, irq, found))
}
