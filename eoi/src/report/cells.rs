//! One answer in a few characters.

use eoi_model::cost::Metric;

use crate::check::report::{Answer, MetricCost, PerServed, Searched};

/// The verdict of a configuration with too many states.
pub const UNDECIDED: &str = "undecided";

/// A verdict: `holds`, or the broken laws, each with the length of its shortest run.
#[must_use]
pub fn verdict(answer: &Answer) -> String {
    match answer {
        Answer::Refused(_) => "n/a".to_string(),
        Answer::Undecided(_) => UNDECIDED.to_string(),
        Answer::Holds(_) => "holds".to_string(),
        Answer::Broken(searched) => broken(searched),
    }
}

/// The broken laws, without the length of their shortest runs.
#[must_use]
pub fn laws(searched: &Searched) -> String {
    let laws: Vec<String> = searched
        .broken()
        .map(|(law, _)| law.law.0.name().to_uppercase())
        .collect();
    if laws.is_empty() {
        "NEVER SERVES".to_string()
    } else {
        laws.join(", ")
    }
}

fn broken(searched: &Searched) -> String {
    let law = |(law, run): (&crate::check::report::LawResult, &crate::check::run::Run)| {
        format!("{} {}", law.law.0.name().to_uppercase(), run.steps.len())
    };
    let laws: Vec<String> = searched.broken().map(law).collect();
    if laws.is_empty() {
        "NEVER SERVES".to_string()
    } else {
        laws.join(", ")
    }
}

/// A cost as people write it: `2`, `1.50`, `none` where there is none.
#[must_use]
pub fn per_served(cost: Option<PerServed>, none: &str) -> String {
    match cost {
        None => none.to_string(),
        Some(PerServed { count, served: 1 }) => count.to_string(),
        Some(PerServed { count, served }) => format!("{:.2}", count as f64 / served as f64),
    }
}

/// Host interrupts for each served one: typical, and worst where it differs; ignored ones after the plus.
#[must_use]
pub fn host_irqs(answer: &Answer) -> String {
    let Answer::Holds(searched) = answer else {
        return String::new();
    };
    let of = |metric, which: fn(&MetricCost) -> Option<PerServed>| {
        let cost = searched.cost(metric).and_then(which)?;
        Some(per_served(Some(cost), ""))
    };
    let pair = |which| [Metric::HostIrqs, Metric::HostIrqsIgnored].map(|metric| of(metric, which));
    rounds(pair(|cost| cost.typical), pair(|cost| cost.worst))
}

/// Taken and ignored interrupts: typical, `None` where that run serves nothing, and worst, `None` where there is no bound.
fn rounds(typical: [Option<String>; 2], worst: [Option<String>; 2]) -> String {
    let worst = match worst {
        [None, None] => "∞".to_string(),
        pair => pair
            .map(|cost| cost.unwrap_or_else(|| "∞".to_string()))
            .join("+"),
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
        assert_eq!(
            rounds(pair("1", "0"), [Some("1".to_string()), None]),
            "1+0 to 1+∞"
        );
        assert_eq!(rounds([None, None], [None, None]), "up to ∞");
        assert_eq!(rounds([None, None], pair("2", "1")), "up to 2+1");
    }
}
