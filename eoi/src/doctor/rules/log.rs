//! Messages of the kernel's log and of VMMs, where a log was given.

use crate::doctor::finding::Found;
use crate::doctor::seen::Seen;
use crate::host::Evidence;
use crate::host::log::{Asker, Message, SHARED, Said};

/// The name of the log among the files.
const LOG: &str = "--dmesg";

/// Messages that one rule takes, each once.
fn each(seen: &Seen<'_>, take: impl Fn(&Message) -> Option<Found>) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    for one in seen.host.log.iter().filter_map(take) {
        if !found.iter().any(|known| {
            (&known.summary, &known.function, known.irq) == (&one.summary, &one.function, one.irq)
        }) {
            found.push(one);
        }
    }
    found
}

fn told(message: &Message, words: &str) -> [Evidence; 1] {
    [Evidence::at(LOG, Some(message.line), words)]
}

/// `log-irq-refused`
pub fn irq_refused(seen: &Seen<'_>) -> Vec<Found> {
    each(seen, |message| match &message.said {
        Said::Mismatch(irq, new, old) => {
            let alone = |asker: &Asker| asker.flags.is_some_and(|flags| flags & SHARED == 0);
            let who = match (alone(new), alone(old)) {
                (true, false) => format!("{} asked for it alone", new.name),
                (false, true) => format!("{} has it alone", old.name),
                (true, true) => "both asked for it alone".to_string(),
                (false, false) => "the two do not agree on how it triggers".to_string(),
            };
            let summary = format!(
                "The kernel refused irq {irq} to {}, since {} has it: {who}",
                new.name, old.name
            );
            let remedy = format!(
                "Take {} off the line: let its driver use MSI, unbind it, or move one of the two to another slot",
                old.name
            );
            let mut found = Found::new(summary)
                .on(*irq)
                .because(told(message, "Flags mismatch"))
                .remedy(remedy);
            found.function = address(&new.name).or_else(|| address(&old.name));
            Some(found)
        }
        Said::Busy => {
            let summary = "A VMM's request for the irq of INTx failed with EBUSY: another driver has the irq, and one of the two \
                           needs it alone";
            let remedy = "Look for 'Flags mismatch irq' in the kernel's log, which names both; or at the owners of the irq in \
                          /proc/interrupts while the guest is down";
            Some(
                Found::new(summary)
                    .because(told(message, "Device or resource busy"))
                    .remedy(remedy),
            )
        }
        _ => None,
    })
}

/// The function of `vfio-intx(0000:01:00.0)`.
fn address(action: &str) -> Option<String> {
    action
        .strip_prefix("vfio-intx(")?
        .strip_suffix(')')
        .map(str::to_string)
}

/// `log-nobody-cared`
pub fn nobody_cared(seen: &Seen<'_>) -> Vec<Found> {
    each(seen, |message| {
        let Said::NobodyCared(irq) = message.said else {
            return None;
        };
        let summary = format!(
            "The kernel disabled irq {irq} after 100,000 interrupts that no handler accepted. Since then it looks at the line \
             ten times a second at most"
        );
        let remedy = "Find the function that interrupts on this line and that none of its owners serves: lspci -vv shows INTx+ \
                      in its Status. After a reset of a function that was handed to a guest, its INTx is on again";
        Some(
            Found::new(summary)
                .on(irq)
                .because(told(message, "nobody cared"))
                .remedy(remedy),
        )
    })
}

/// `log-no-answer`
pub fn no_answer(seen: &Seen<'_>) -> Vec<Found> {
    each(seen, |message| {
        let Said::Silent(address, what) = &message.said else {
            return None;
        };
        let summary = format!(
            "A function did not answer for a time ({what}). A function without power or link interrupts nobody"
        );
        let remedy = "Look whether the function came back (lspci -vv shows its registers, not all ones). If it did not, its reset \
                      is the fault, not its interrupt: disable_idle_d3=1 of vfio_pci, or another kind of reset, may help";
        let mut found = Found::new(summary)
            .because(told(message, what))
            .remedy(remedy);
        found.function.clone_from(address);
        Some(found)
    })
}
