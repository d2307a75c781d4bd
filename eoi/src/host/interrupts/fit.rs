//! How well a text fits /proc/interrupts: rows with a count for each CPU and a controller behind them.

use std::collections::HashSet;

use super::described::is_described;
use super::words::{count, is_cpu};
use super::wrapped::{is_prompt, knows};
use crate::text::Fit;
use crate::text::elision::is_elision;

/// Counts rows that are whole, rows that are not, and lines of nobody's that follow one at once.
#[must_use]
pub fn fit(text: &str) -> Fit {
    let (mut fit, mut cpus, mut inside) = (Fit::default(), 0, false);
    let mut irqs = HashSet::new();
    for body in text.lines().map(str::trim) {
        let is_cpus = body.split_whitespace().next().is_some_and(is_cpu);
        let irq = body.split_once(':').filter(|(label, rest)| {
            !label.is_empty()
                && label.bytes().all(|byte| byte.is_ascii_digit())
                && count(rest).is_some()
        });
        let whole = if is_cpus {
            cpus = body.split_whitespace().filter(|word| is_cpu(word)).count();
            Some(is_head(body))
        } else if let Some((irq, rest)) = irq {
            let whole = is_whole(rest, cpus);
            // Somebody may post the file twice, which makes no text better.
            if whole && !irqs.insert(irq) {
                continue;
            }
            Some(whole)
        } else {
            knows(body).then_some(true)
        };
        let nobodys = !body.is_empty() && !is_elision(body) && !is_prompt(body);
        fit.broken += usize::from(whole == Some(false) || (whole.is_none() && inside && nobodys));
        fit.whole += usize::from(whole == Some(true));
        inside = whole.is_some();
    }
    // Without its head nobody knows how many counts a row must have.
    fit.broken += usize::from(cpus == 0 && !irqs.is_empty());
    fit
}

/// The names of CPUs, each after the one before, and nothing else.
fn is_head(body: &str) -> bool {
    let number = |word: &str| {
        word.strip_prefix("CPU")
            .and_then(|number| number.parse::<u32>().ok())
    };
    let numbers: Option<Vec<u32>> = body.split_whitespace().map(number).collect();
    numbers.is_some_and(|numbers| numbers.is_sorted_by(|a, b| a < b))
}

/// Whether what follows an irq's number is a whole row on a host of so many CPUs; 0 stands for an unknown number.
fn is_whole(rest: &str, cpus: usize) -> bool {
    let (mut seen, mut total, mut rest) = (0, 0_u64, rest);
    while let Some((one, after)) = count(rest).filter(|_| cpus == 0 || seen < cpus) {
        (seen, total, rest) = (seen + 1, total.saturating_add(one), after);
    }
    seen >= cpus && count(rest).is_none() && is_described(rest, total)
}
