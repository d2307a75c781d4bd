//! Lines that were watched for a while: one that stays asserted while nothing is taken, and one that does not stop.
//!
//! A line that stands still proves little by itself, since a guest may take its time. The finding is an error only where
//! nothing masks the line, or where the model says that this very configuration loses it.

use super::stall;
use crate::doctor::finding::Found;
use crate::doctor::seen::Seen;
use crate::doctor::watch::{Look, seconds};
use crate::host::{Evidence, Function, interrupts, line};

/// Looks without which nothing is said.
const FEWEST: usize = 4;
/// Interrupts a second that no INTx line of a device that is served comes to: the path to a guest and back takes longer
/// than 100 microseconds.
const STORM: u64 = 10_000;

fn count_evidence(looks: &[Look], what: &str) -> Evidence {
    Evidence::new(
        interrupts::PATH,
        format!("{what} in {:.1} s, {} looks", seconds(looks), looks.len()),
    )
}

/// `storm`
pub fn storm(_: &Seen<'_>, _: &Function, looks: &[Look]) -> Option<Found> {
    storms(looks)
}

fn storms(looks: &[Look]) -> Option<Found> {
    let (first, last) = (looks.first()?, looks.last()?);
    let taken = last.count.saturating_sub(first.count);
    let rate = taken as f64 / seconds(looks).max(0.001);
    if looks.len() < FEWEST || rate < STORM as f64 {
        return None;
    }
    let served_at_times = looks.iter().any(|look| look.asserted == Some(false));
    let how = if served_at_times {
        "at times the function does not ask for one: it is very busy, or another owner of the line is"
    } else {
        "the function asks for one all the time"
    };
    let summary = format!("The host takes {rate:.0} interrupts a second on this line, and {how}");
    let remedy = "Stop the guest: vfio-pci then frees the line. A guest does this that ends the interrupt and does not serve \
                  the function, or that programs its interrupt pin as edge-triggered";
    let evidence = count_evidence(looks, &format!("{taken} interrupts"));
    Some(
        Found::new(summary)
            .lesser_if(served_at_times)
            .because([evidence])
            .remedy(remedy),
    )
}

/// The facts known about the mask between the function and the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gate {
    /// Nothing masks the line, so that the host ought to take its interrupt.
    Open,
    /// It waits for an unmask.
    Masked,
    /// Nothing that can be read tells.
    Unknown,
}

fn gate(looks: &[Look]) -> Gate {
    let masked = |look: &Look| {
        look.disintx
            || look.depth.is_some_and(|depth| depth > 0)
            || look.xive.as_ref().is_some_and(|(pq, _)| pq == "-Q")
    };
    if looks.iter().any(masked) {
        Gate::Masked
    } else if looks.iter().all(|look| look.depth == Some(0)) {
        Gate::Open
    } else {
        Gate::Unknown
    }
}

/// `line-stuck`
pub fn line_stuck(seen: &Seen<'_>, function: &Function, looks: &[Look]) -> Option<Found> {
    let (first, last) = (looks.first()?, looks.last()?);
    let pending = |look: &Look| look.xive.as_ref().is_some_and(|(pq, _)| pq == "P-");
    let asserted = looks.iter().all(|look| look.asserted == Some(true));
    let waits = asserted || looks.iter().all(pending);
    if looks.len() < FEWEST || !waits || first.count != last.count {
        return None;
    }
    let gate = gate(looks);
    let lost = gate == Gate::Unknown && stall::certainly(seen, function);
    let dead = gate == Gate::Open || lost;
    let why = match gate {
        Gate::Open => {
            "Nothing masks the line, and still the host takes no interrupt: the line is dead"
        }
        Gate::Unknown if lost => {
            "By the model, exactly this combination of controller, kernel and function loses the line: it is dead"
        }
        Gate::Unknown => {
            "Either the guest has not ended its interrupt, or the line is dead; nothing that can be read tells which"
        }
        Gate::Masked => "vfio-pci has masked the line and waits until the guest ends its interrupt",
    };
    let what = if asserted {
        "The function asks for an interrupt"
    } else {
        "The controller waits for an end of interrupt"
    };
    let summary = format!(
        "{what}, and the host has counted none for {:.1} s. {why}",
        seconds(looks)
    );
    let mut evidence = vec![count_evidence(
        looks,
        &format!("the count stays {}", last.count),
    )];
    if asserted {
        evidence.push(Evidence::new(
            function.path("config"),
            "Interrupt Status is set at every look",
        ));
    }
    if let Some((pq, number)) = &last.xive {
        evidence.push(Evidence::at(
            line::XIVE,
            Some(*number),
            format!("PQ={pq} at the last look"),
        ));
    }
    let remedy = if dead {
        "Stop the guest and start it, which sets INTx up anew: that brings the line back where the controller looks at the \
         level then (case reopen in docs/lab.md). The findings stall-expected and stall-possible say what keeps it from \
         happening again"
    } else {
        "See whether the guest has a driver that serves the function. If it has, give `eoi trace` a recording"
    };
    Some(
        Found::new(summary)
            .lesser_if(!dead)
            .because(evidence)
            .remedy(remedy),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::watch::PAUSE;

    fn looks(each: impl Fn(usize) -> Look) -> Vec<Look> {
        (0..FEWEST)
            .map(|n| Look {
                after: PAUSE * n as u32,
                ..each(n)
            })
            .collect()
    }

    #[test]
    fn what_is_known_of_the_mask() {
        let base = Look {
            asserted: Some(true),
            ..Look::default()
        };
        let depth = |depth| {
            looks(|_| Look {
                depth: Some(depth),
                ..base.clone()
            })
        };
        assert_eq!(gate(&depth(0)), Gate::Open);
        assert_eq!(gate(&depth(1)), Gate::Masked);
        assert_eq!(gate(&looks(|_| base.clone())), Gate::Unknown);
        // A lazily disabled line is P- as a dead one is: it tells nothing. -Q is a masked source.
        let xive = |pq: &str| {
            looks(|_| Look {
                xive: Some((pq.to_string(), 1)),
                ..base.clone()
            })
        };
        assert_eq!(gate(&xive("P-")), Gate::Unknown);
        assert_eq!(gate(&xive("-Q")), Gate::Masked);
        // Masked once while it was looked at: somebody is at work on it.
        assert_eq!(
            gate(&looks(|n| Look {
                disintx: n == 2,
                ..base.clone()
            })),
            Gate::Masked
        );
    }

    #[test]
    fn a_storm_is_a_rate_that_no_served_line_has() {
        let at = |rate: u64, asserted| {
            let count = move |n: usize| rate * n as u64 / 4; // a quarter of a second apart
            storms(&looks(|n| Look {
                count: count(n),
                asserted: Some(asserted),
                ..Look::default()
            }))
        };
        assert_eq!(at(40_000, true).map(|found| found.lesser), Some(false));
        let busy = at(40_000, false).map(|found| found.lesser);
        assert_eq!(
            busy,
            Some(true),
            "the function lets go: it is served, or another owner is"
        );
        assert!(at(4_000, true).is_none());
    }
}
