//! One outcome in a few characters.

use eoi_model::cost::Metric;
use eoi_search::{Law, Ratio, Verdict};

use crate::check::outcome::{Checked, Outcome};

/// What is said where the search was given up.
pub const UNDECIDED: &str = "undecided";

/// A verdict: `holds`, or the first broken law with the length of its shortest sequence.
#[must_use]
pub fn verdict(outcome: &Outcome) -> String {
    match outcome {
        Outcome::None(_) => "n/a".to_string(),
        Outcome::TooMany(_) => UNDECIDED.to_string(),
        Outcome::Checked(checked) => broken(checked),
    }
}

/// Whether the law is broken in one of these.
#[must_use]
pub fn breaks(outcomes: &[Outcome], law: Law) -> bool {
    outcomes.iter().filter_map(Outcome::checked).any(|checked| !checked.verdicts.of(law).holds())
}

fn broken(checked: &Checked) -> String {
    let steps = |verdict: &Verdict| Some((verdict.law, verdict.broken_by.as_ref()?.len()));
    laws(&checked.verdicts.iter().filter_map(steps).collect::<Vec<_>>(), checked.serves())
}

/// The broken laws, each with the length of its shortest sequence; and whether anything is ever served.
#[must_use]
pub fn laws(broken: &[(Law, usize)], serves: bool) -> String {
    match (broken, serves) {
        ([], true) => "holds".to_string(),
        ([], false) => "NEVER SERVES".to_string(),
        _ => {
            let each = broken.iter().map(|(law, steps)| format!("{} {steps}", law.name().to_uppercase()));
            each.collect::<Vec<_>>().join(", ")
        }
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
    let pair = |costs: &[Option<Ratio>]| [taken, ignored].map(|at| costs[at].map(|cost| ratio(Some(cost), "")));
    rounds(pair(&checked.costs.typical), pair(&checked.costs.worst))
}

/// Taken and ignored interrupts: typical, `None` where that run serves nothing, and worst, `None` where there is no bound.
#[must_use]
pub fn rounds(typical: [Option<String>; 2], worst: [Option<String>; 2]) -> String {
    let worst = match worst {
        [None, None] => "∞".to_string(),
        pair => pair.map(|ratio| ratio.unwrap_or_else(|| "∞".to_string())).join("+"),
    };
    match typical {
        [Some(taken), Some(ignored)] if format!("{taken}+{ignored}") == worst => worst,
        [Some(taken), Some(ignored)] => format!("{taken}+{ignored} to {worst}"),
        _ => format!("up to {worst}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_typical_round_and_no_bound_are_said_in_words() {
        let pair = |taken: &str, ignored: &str| [taken, ignored].map(|n| Some(n.to_string()));
        assert_eq!(rounds(pair("1", "0"), pair("1", "0")), "1+0");
        assert_eq!(rounds(pair("1", "0"), pair("2", "1.50")), "1+0 to 2+1.50");
        assert_eq!(rounds(pair("1", "0"), [Some("1".to_string()), None]), "1+0 to 1+∞");
        assert_eq!(rounds([None, None], [None, None]), "up to ∞");
        assert_eq!(rounds([None, None], pair("2", "1")), "up to 2+1");
    }
}
