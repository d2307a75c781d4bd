//! A line over time: one that stays asserted while nothing is taken, and one that does not stop.
//!
//! A look is what can be read without stopping anything: the function's Status and Command, the irq's count, genirq's and
//! XIVE's debugfs where they are. Standing still proves little by itself, since a guest may take its time, so that a
//! finding is an error only where the line is known to be open, or where the model says that this very configuration
//! loses it.

use std::thread;
use std::time::{Duration, Instant};

use super::finding::{Finding, Severity};
use super::rules::stall;
use super::seen::Seen;
use crate::host::{Device, Evidence, Host, Tree, interrupts, line};

/// Between two looks: longer than a guest that serves its interrupts takes, short beside what an administrator waits.
const PAUSE: Duration = Duration::from_millis(250);
/// Looks without which nothing is said.
const FEWEST: usize = 4;
/// Interrupts a second that no INTx line of a device that is served comes to: the path to a guest and back takes longer
/// than 100 microseconds.
const STORM: u64 = 10_000;

/// What one look saw of one function's line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// When, from the first.
    pub after: Duration,
    /// Interrupt Status, if the configuration space answered.
    pub asserted: Option<bool>,
    /// DisINTx is set at the function.
    pub disintx: bool,
    /// The irq's count over all CPUs.
    pub count: u64,
    /// genirq's disable depth, from its debugfs.
    pub depth: Option<u32>,
    /// What XIVE's debugfs shows of P and Q, `P-`, and the number of its line.
    pub xive: Option<(String, usize)>,
}

/// The looks at each function, by its address.
pub type Watched = Vec<(String, Vec<Look>)>;

/// Looks at the lines that vfio-pci holds, again and again, for so long.
#[must_use]
pub fn watch(tree: &Tree, seen: &Seen<'_>, time: Duration) -> Watched {
    let held = |device: &&Device| seen.wanted(device) && seen.judged(device) && seen.host.in_use(device);
    let devices: Vec<&Device> = seen.host.devices.iter().filter(held).collect();
    let mut watched: Watched = devices.iter().map(|device| (device.address.clone(), Vec::new())).collect();
    let start = Instant::now();
    while !devices.is_empty() {
        let after = start.elapsed();
        let host = Host { irqs: interrupts::read(tree).irqs, ..Host::default() };
        for (device, (_, looks)) in devices.iter().zip(&mut watched) {
            looks.extend(look(tree, &host, device).map(|look| Look { after, ..look }));
        }
        if after >= time {
            break;
        }
        thread::sleep(PAUSE.min(time.saturating_sub(after)));
    }
    watched
}

fn look(tree: &Tree, host: &Host, device: &Device) -> Option<Look> {
    let irq = device.intx_irq()?;
    let config = device.look_again(tree);
    let line = line::read_all(tree, &[irq].into(), &host.irqs).remove(&irq)?;
    let pq = |text: &str| text.split("PQ=").nth(1).and_then(|rest| rest.get(..2)).map(str::to_string);
    Some(Look {
        after: Duration::ZERO,
        asserted: config.map(|config| config.interrupt_status()),
        disintx: config.is_some_and(|config| config.disintx()),
        count: host.irqs.get(&irq)?.total,
        depth: line.debug.and_then(|debug| debug.depth),
        xive: line.xive.and_then(|(number, text)| Some((pq(&text)?, number))),
    })
}

/// What the looks show.
#[must_use]
pub fn judge(seen: &Seen<'_>, watched: &Watched) -> Vec<Finding> {
    let lines = watched.iter().filter_map(|(address, looks)| Some((seen.host.device(address)?, looks.as_slice())));
    lines.filter_map(|(device, looks)| storm(device, looks).or_else(|| stuck(seen, device, looks))).collect()
}

/// What was seen of each line, in a sentence.
#[must_use]
pub fn tell(watched: &Watched) -> Vec<String> {
    let one = |(address, looks): &(String, Vec<Look>)| {
        let (Some(first), Some(last)) = (looks.first(), looks.last()) else {
            return format!("{address}: nothing could be read");
        };
        let asserted = looks.iter().filter(|look| look.asserted == Some(true)).count();
        let (taken, time, all) = (last.count.saturating_sub(first.count), seconds(looks), looks.len());
        format!("{address}: {taken} interrupts in {time:.1} s, asserted at {asserted} of {all} looks")
    };
    if watched.is_empty() {
        return vec!["no line is held by vfio-pci: there is nothing to watch".to_string()];
    }
    watched.iter().map(one).collect()
}

fn seconds(looks: &[Look]) -> f64 {
    looks.last().map_or(0.0, |last| last.after.as_secs_f64())
}

fn count_evidence(looks: &[Look], what: &str) -> Evidence {
    Evidence::new(interrupts::PATH, format!("{what} in {:.1} s, {} looks", seconds(looks), looks.len()))
}

fn storm(device: &Device, looks: &[Look]) -> Option<Finding> {
    let (first, last) = (looks.first()?, looks.last()?);
    let taken = last.count.saturating_sub(first.count);
    let rate = taken as f64 / seconds(looks).max(0.001);
    if looks.len() < FEWEST || rate < STORM as f64 {
        return None;
    }
    let never_served = looks.iter().all(|look| look.asserted != Some(false));
    let (severity, whose) = if never_served {
        (Severity::Error, "and the function keeps asserting it")
    } else {
        (Severity::Warning, "and the function lets go of it at times: it is very busy, or another owner of the line is")
    };
    let finding =
        Finding::new("storm", severity, format!("The host takes {rate:.0} interrupts a second on this line {whose}"));
    let finding = finding.of(device);
    Some(
        finding
            .because([count_evidence(looks, &format!("{taken} interrupts"))])
            .remedy(
                "Stop the guest: vfio-pci then frees the line. A guest that ends the interrupt without serving the \
                     function does this, as does one that programs the pin as edge",
            )
            .reference("eoi check, laws storm and livelock; kernel/irq/spurious.c:note_interrupt"),
    )
}

/// What is known of the mask between the function and the host.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Gate {
    /// Nothing masks the line: it ought to be taken.
    Open,
    /// It waits for an unmask.
    Masked,
    /// Nothing that can be read tells.
    Unknown,
}

fn gate(looks: &[Look]) -> Gate {
    let all = |is: &dyn Fn(&Look) -> bool| looks.iter().all(is);
    let masked = |look: &Look| {
        look.disintx
            || look.depth.is_some_and(|depth| depth > 0)
            || look.xive.as_ref().is_some_and(|(pq, _)| pq == "-Q")
    };
    if looks.iter().any(masked) {
        Gate::Masked
    } else if all(&|look| look.depth == Some(0)) {
        Gate::Open
    } else {
        Gate::Unknown
    }
}

/// `line-stuck`
fn stuck(seen: &Seen<'_>, device: &Device, looks: &[Look]) -> Option<Finding> {
    let (first, last) = (looks.first()?, looks.last()?);
    let pending = |look: &Look| look.xive.as_ref().is_some_and(|(pq, _)| pq == "P-");
    let asserted = looks.iter().all(|look| look.asserted == Some(true));
    if looks.len() < FEWEST || !(asserted || looks.iter().all(pending)) || first.count != last.count {
        return None;
    }
    let gate = gate(looks);
    let lost = gate == Gate::Unknown && stall::certainly(seen, device);
    let dead = gate == Gate::Open || lost;
    let why = match gate {
        Gate::Open => "nothing masks the line, and yet no interrupt is taken: it is dead",
        Gate::Unknown if lost => "by the model this controller, kernel and function lose the line just so: it is dead",
        Gate::Unknown => {
            "either the guest has not ended its interrupt, or the line is dead; nothing that can be read tells"
        }
        Gate::Masked => "vfio-pci has masked it and waits for the guest's end of interrupt",
    };
    let what = if asserted { "The line is asserted" } else { "The controller waits for an end of interrupt" };
    let cause = format!("{what} and no interrupt is counted for {:.1} s: {why}", seconds(looks));
    let severity = if dead { Severity::Error } else { Severity::Warning };
    let mut evidence = vec![count_evidence(looks, &format!("the count stays {}", last.count))];
    if asserted {
        evidence.push(Evidence::new(device.path("config"), "Interrupt Status is set at every look"));
    }
    if let Some((pq, number)) = &last.xive {
        evidence.push(Evidence::at(line::XIVE, Some(*number), format!("PQ={pq} at the last look")));
    }
    let remedy = if dead {
        "stall-expected and stall-possible say what keeps it from happening again. Setting INTx up anew (stopping the \
         guest and starting it) brings the line back only where the controller looks at the level then: case reopen in \
         docs/lab.md says where"
    } else {
        "See whether the guest has a driver that serves the function; if it has, give `eoi trace` a recording"
    };
    let finding = Finding::new("line-stuck", severity, cause).of(device).because(evidence).remedy(remedy);
    Some(
        finding.reference(
            "docs/findings.md, \"The stall that was reported\"; docs/doctor.md, \"A line that is dead now\"",
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looks(each: impl Fn(usize) -> Look) -> Vec<Look> {
        (0..FEWEST).map(|n| Look { after: PAUSE * n as u32, ..each(n) }).collect()
    }

    #[test]
    fn what_is_known_of_the_mask() {
        let base = Look { asserted: Some(true), ..Look::default() };
        let depth = |depth| looks(|_| Look { depth: Some(depth), ..base.clone() });
        assert!(gate(&depth(0)) == Gate::Open);
        assert!(gate(&depth(1)) == Gate::Masked);
        assert!(gate(&looks(|_| base.clone())) == Gate::Unknown);
        // A lazily disabled line is P- as a dead one is (facts 7.4): it tells nothing. -Q is a masked source.
        let xive = |pq: &str| looks(|_| Look { xive: Some((pq.to_string(), 1)), ..base.clone() });
        assert!(gate(&xive("P-")) == Gate::Unknown);
        assert!(gate(&xive("-Q")) == Gate::Masked);
        // Masked once while it was looked at: somebody is at work on it.
        assert!(gate(&looks(|n| Look { disintx: n == 2, ..base.clone() })) == Gate::Masked);
    }

    #[test]
    fn a_storm_is_a_rate_that_no_served_line_has() {
        let device = Device::default();
        let at = |rate: u64, asserted| {
            let count = move |n: usize| rate * n as u64 / 4; // a quarter of a second apart
            storm(&device, &looks(|n| Look { count: count(n), asserted: Some(asserted), ..Look::default() }))
        };
        assert_eq!(at(40_000, true).map(|found| found.severity), Some(Severity::Error));
        let busy = at(40_000, false).map(|found| found.severity);
        assert_eq!(busy, Some(Severity::Warning), "the function lets go: it is served, or another owner is");
        assert!(at(4_000, true).is_none());
    }
}
