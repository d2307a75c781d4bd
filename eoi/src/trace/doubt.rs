//! Why a line that no row calls dead may be dead all the same: what the recording would have to show, and does not.

use super::count::Counts;
use super::handoff::Ending;
use super::recording::Part;
use super::verdict::{Outcome, Verdict};
use super::words::Words;

/// The reason why it cannot be said that the line was never dead, if there is one.
///
/// A function that occurs nowhere may not have been recorded, so that the follower asks for none of its calls. For the
/// two hand-offs that keep an interrupt coming, that is too little for good news.
#[must_use]
pub fn doubt(part: &Part, words: &Words, counts: &Counts, ending: &Ending) -> Option<String> {
    let shows = |name: &str| {
        part.entries
            .iter()
            .any(|entry| words.number(name) == Some(entry.number))
    };
    // Without irq_handler_exit nothing says what the action returned: then whoever was called may have handled it.
    let handled = counts
        .handled
        .max(counts.taken.saturating_sub(counts.unhandled));
    if handled > 0 && !shows("eventfd_signal_mask") {
        let plural = if handled == 1 { " was" } else { "s were" };
        return Some(format!(
            "{handled} interrupt{plural} handled and no signal of the trigger is recorded: either the recording's \
             filter leaves eventfd_signal_mask out, or vfio-pci did not signal"
        ));
    }
    let unmasked = shows("vfio_pci_intx_unmask_handler");
    ending.due.as_ref().filter(|_| !unmasked).map(|_| {
        "it ends with the line masked and no unmask is recorded: either the recording ended too early, its filter \
         leaves vfio_pci_intx_unmask_handler out, or nobody unmasked"
            .to_string()
    })
}

/// Takes back what rests on entries that are not there: perf does not show where entries were lost, and a lost one looks
/// like a call that never came.
pub fn unsure(verdict: &mut Verdict) {
    let line = |line: usize| format!("line {line}");
    let seen = match verdict.outcome() {
        Outcome::Unclear => return,
        Outcome::Follows => "every entry is explained".to_string(),
        Outcome::Departs => {
            let at = verdict
                .departs
                .as_ref()
                .map_or(String::new(), |departs| line(departs.line));
            format!("no configuration explains {at}")
        }
        Outcome::WasDead | Outcome::Stuck => {
            let from = verdict
                .dead
                .first()
                .map_or(String::new(), |dead| line(dead.from));
            format!("no interrupt could come from {from} on")
        }
    };
    verdict.unclear = Some(format!(
        "perf does not show where entries were lost. If none was, {seen}; record with trace-cmd or ftrace to be sure"
    ));
}
