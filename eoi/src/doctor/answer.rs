//! The answer to what was asked: one sentence for each function and irq that was named.

use super::diagnosis::{Answer, Undecided};
use super::finding::{Finding, Severity};
use crate::host::{Host, Request};

/// One answer for each thing that the request names.
#[must_use]
pub fn answers(
    request: &Request,
    host: &Host,
    findings: &[Finding],
    undecided: &[Undecided],
) -> Vec<Answer> {
    let functions = request.addresses.iter().map(|address| {
        let about = |finding: &&Finding| finding.function.as_ref() == Some(address);
        let open = undecided
            .iter()
            .find(|question| question.function.as_ref() == Some(address));
        answer(address.clone(), findings.iter().filter(about), open)
    });
    let irqs = request.irqs.iter().map(|&irq| {
        let open = undecided.iter().find(|question| question.irq == Some(irq));
        let found = findings.iter().filter(|finding| finding.irq == Some(irq));
        let mut answer = answer(format!("irq {irq}"), found, open);
        if let Some((chip, ..)) = host.chip(irq) {
            let owners = host.owners(irq).join(", ");
            let owners = if owners.is_empty() {
                "nobody".to_string()
            } else {
                owners
            };
            answer.says = format!("it is on {chip} and belongs to {owners}; {}", answer.says);
        }
        answer
    });
    functions.chain(irqs).collect()
}

fn answer<'a>(
    about: String,
    found: impl Iterator<Item = &'a Finding>,
    open: Option<&Undecided>,
) -> Answer {
    // The first of the worst: rules stand in the order of their weight.
    let worst = found.fold(None::<&Finding>, |worst, one| match worst {
        Some(worst) if worst.severity >= one.severity => Some(worst),
        _ => Some(one),
    });
    let bad = worst.filter(|finding| finding.severity >= Severity::Warning);
    let says = match (bad, open) {
        (Some(finding), _) if finding.severity == Severity::Error => {
            format!(
                "INTx will not work in a guest as things are ({})",
                finding.name
            )
        }
        (Some(finding), _) => format!("INTx may not work in a guest ({})", finding.name),
        (None, Some(question)) => format!("could not be told: {}", question.reason),
        (None, None) => match worst {
            Some(finding) if finding.name == "no-pin" => {
                "it has no interrupt pin, so that it never uses INTx".to_string()
            }
            _ => "nothing was found against it".to_string(),
        },
    };
    let told = bad.or(worst.filter(|_| open.is_none()));
    Answer {
        about,
        severity: told.map(|finding| finding.severity),
        finding: told.map(|finding| finding.name),
        says,
    }
}
