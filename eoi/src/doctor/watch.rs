//! Looks at the lines of a live host for a while.
//!
//! A look is what can be read without stopping anything: the function's Status and Command registers, the irq's count, and
//! the debugfs of genirq and of XIVE where they are.

use std::thread;
use std::time::{Duration, Instant};

use super::seen::Seen;
use crate::host::{Function, Host, Tree, interrupts, line};

/// Between two looks: longer than a guest that serves its interrupts takes, short beside what an administrator waits.
pub const PAUSE: Duration = Duration::from_millis(250);

/// One look at one function's line.
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
    /// P and Q as XIVE's debugfs shows them, such as `P-`, and the number of its line.
    pub xive: Option<(String, usize)>,
}

/// The looks at one function's line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Watched {
    /// The function's address.
    pub address: String,
    /// The looks, in the order of time.
    pub looks: Vec<Look>,
}

/// How long a series of looks took, in seconds.
#[must_use]
pub fn seconds(looks: &[Look]) -> f64 {
    looks.last().map_or(0.0, |last| last.after.as_secs_f64())
}

/// Looks at the lines that vfio-pci holds, again and again, for so long.
#[must_use]
pub fn watch(tree: &Tree, seen: &Seen<'_>, time: Duration) -> Vec<Watched> {
    let held = |function: &&Function| {
        seen.wanted(function) && seen.judged(function) && seen.host.in_use(function)
    };
    let functions: Vec<&Function> = seen.host.functions.iter().filter(held).collect();
    let mut watched: Vec<Watched> = functions
        .iter()
        .map(|function| Watched {
            address: function.address.clone(),
            looks: Vec::new(),
        })
        .collect();
    let start = Instant::now();
    while !functions.is_empty() {
        let after = start.elapsed();
        let host = Host {
            irqs: interrupts::read(tree).irqs,
            ..Host::default()
        };
        for (function, line) in functions.iter().zip(&mut watched) {
            line.looks
                .extend(look(tree, &host, function).map(|look| Look { after, ..look }));
        }
        if after >= time {
            break;
        }
        thread::sleep(PAUSE.min(time.saturating_sub(after)));
    }
    watched
}

fn look(tree: &Tree, host: &Host, function: &Function) -> Option<Look> {
    let irq = function.intx_irq()?;
    let config = function.look_again(tree);
    let line = line::read_all(tree, &[irq].into(), &host.irqs).remove(&irq)?;
    let pq = |text: &str| {
        text.split("PQ=")
            .nth(1)
            .and_then(|rest| rest.get(..2))
            .map(str::to_string)
    };
    Some(Look {
        after: Duration::ZERO,
        asserted: config.map(|config| config.interrupt_status()),
        disintx: config.is_some_and(|config| config.disintx()),
        count: host.irqs.get(&irq)?.total,
        depth: line.debug.and_then(|debug| debug.depth),
        xive: line
            .xive
            .and_then(|(number, text)| Some((pq(&text)?, number))),
    })
}
