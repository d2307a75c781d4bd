//! One outcome in a few characters.

use eoi_model::cost::Metric;

use crate::check::outcome::{Checked, Outcome};
use crate::explore::ratio::Ratio;

/// A verdict: `holds`, or the first broken law with the length of its shortest sequence.
#[must_use]
pub fn verdict(outcome: &Outcome) -> String {
    match outcome {
        Outcome::None(_) => "n/a".to_string(),
        Outcome::Checked(checked) => broken(checked),
    }
}

fn broken(checked: &Checked) -> String {
    let laws: Vec<String> = checked
        .verdicts
        .iter()
        .filter_map(|verdict| {
            Some(format!("{} {}", verdict.law.name().to_uppercase(), verdict.broken_by.as_ref()?.len()))
        })
        .collect();
    if laws.is_empty() {
        if checked.verdicts[0].sometimes { "holds".to_string() } else { "NEVER SERVES".to_string() }
    } else {
        laws.join(", ")
    }
}

/// A ratio as people write it: `2`, `1.5`, `-` for none.
#[must_use]
pub fn ratio(ratio: Option<Ratio>, none: &str) -> String {
    match ratio {
        None => none.to_string(),
        Some(Ratio { cost, served: 1 }) => cost.to_string(),
        Some(Ratio { cost, served }) => format!("{:.2}", cost as f64 / served as f64),
    }
}

/// Host interrupts per service: typical, and worst where it differs, ignored ones after the plus.
#[must_use]
pub fn host_irqs(outcome: &Outcome) -> String {
    let Some(checked) = outcome.checked() else { return String::new() };
    if checked.is_broken() {
        return String::new();
    }
    let (taken, ignored) = (Metric::HostIrqs as usize, Metric::HostIrqsIgnored as usize);
    let pair = |costs: &[Option<Ratio>], none| format!("{}+{}", ratio(costs[taken], none), ratio(costs[ignored], none));
    let (typical, worst) = (pair(&checked.costs.typical, "-"), pair(&checked.costs.worst, "∞"));
    if typical == worst { typical } else { format!("{typical} to {worst}") }
}
