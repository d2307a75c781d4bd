//! All candidate rows against one recording.

use std::collections::BTreeSet;

use anyhow::Result;
use rayon::prelude::*;

use super::count::{Counts, count};
use super::follow::{Departure, follow};
use super::relevant::sort;
use super::rows::{Candidate, Row};
use super::words::{Words, is_flow_handler};
use super::{ftrace, handoff};
use crate::error::CannotTell;

/// Where the candidates that come furthest leave the recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Departs {
    /// The line.
    pub line: usize,
    /// The model's name of what it shows.
    pub seen: &'static str,
    /// What any of them could have had there.
    pub expected: BTreeSet<&'static str>,
}

/// A stretch in which no interrupt could be handed over any more, in at least one row that explains the recording.
///
/// One row is enough: where the rows differ, it is in what nobody has published about the hardware, and the reader knows
/// better which of them is theirs. [`Dead::not_with`] names the others.
pub struct Dead {
    /// The line after which it is so.
    pub from: usize,
    /// The line after which it is so no longer.
    pub until: Option<usize>,
    /// What never came.
    pub lost_handoff: String,
    /// Rows that explain the recording as well and are not dead there.
    pub not_with: Vec<Candidate>,
}

/// What the recording says.
pub struct Verdict {
    /// Lines that belong to the interrupt.
    pub lines: usize,
    /// CPUs that it shows.
    pub cpus: usize,
    /// The interrupt's number and the action's name, if it shows them.
    pub irq: Option<(u32, String)>,
    /// Where every candidate has left it.
    pub departs: Option<Departs>,
    /// The rows that follow it to its end or, if none does, that come furthest.
    pub rows: Vec<Candidate>,
    /// The dead stretches.
    pub dead: Vec<Dead>,
    /// What it shows, counted.
    pub counts: Counts,
    /// Functions of these rows that never occur, which counts as "was not called".
    pub absent: BTreeSet<&'static str>,
    /// Lines that the model does not know.
    pub unknown: usize,
    /// Lines that belong to others.
    pub aside: usize,
    /// Places where entries were lost.
    pub lost: usize,
}

impl Verdict {
    /// Some row follows the recording from its first line to its last.
    #[must_use]
    pub fn follows(&self) -> bool {
        self.departs.is_none()
    }

    /// There is a dead stretch.
    #[must_use]
    pub fn is_dead(&self) -> bool {
        !self.dead.is_empty()
    }
}

/// Functions that are always called before something that was recorded, and do not occur: the filter left them out.
fn hidden(shown: &BTreeSet<&str>, words: &Words) -> BTreeSet<&'static str> {
    let mut hidden = BTreeSet::new();
    let interrupted = shown.contains("irq_handler_entry") || shown.contains("vfio_intx_handler");
    if interrupted && !shown.iter().any(|name| is_flow_handler(name)) {
        hidden.extend(words.all().filter(|name| is_flow_handler(name)));
    }
    if shown.contains("irq_handler_entry") && !shown.contains("vfio_intx_handler") {
        hidden.insert("vfio_intx_handler");
    }
    hidden
}

/// Refuses a recording that cannot answer.
fn shows_enough(shown: &BTreeSet<&str>, words: &Words, candidates: &[Candidate]) -> Result<()> {
    let path = shown.iter().any(|name| is_flow_handler(name) || name.starts_with("vfio_"));
    let driver = shown.iter().any(|name| words.is_chip(name) && !is_flow_handler(name));
    let lacks = match (path, driver) {
        (true, true) => return Ok(()),
        (false, _) => "no flow handler and no function of vfio-pci",
        (true, false) => "no function of an interrupt controller's driver",
    };
    let chips = candidates.iter().map(|candidate| candidate.chip.name).collect();
    let functions: Vec<String> = words.functions(&chips).into_iter().collect();
    Err(CannotTell(format!(
        "the recording shows {lacks}, so there is nothing to follow; record again, as root in /sys/kernel/tracing, with\n  \
         for f in {}; do echo $f >> set_ftrace_filter; done 2>/dev/null\n  \
         echo 1 > events/irq/irq_handler_entry/enable; echo 1 > events/irq/irq_handler_exit/enable\n  \
         echo function > current_tracer; echo 1 > tracing_on\nand give the file `trace`",
        functions.join(" ")
    ))
    .into())
}

/// What became of one candidate.
struct Outcome {
    candidate: Candidate,
    departs: Option<Departure>,
    dead: Vec<bool>,
}

/// The rows that come furthest, and where they depart.
fn furthest(results: Vec<Outcome>) -> Vec<Outcome> {
    let reached = |result: &Outcome| result.departs.as_ref().map_or(usize::MAX, |departure| departure.at);
    let furthest = results.iter().map(reached).max();
    results.into_iter().filter(|result| Some(reached(result)) == furthest).collect()
}

/// Holds a recording's text against every candidate.
///
/// # Errors
/// Text that is no recording; [`CannotTell`] if it does not show enough.
pub fn examine(text: &str, candidates: &[Candidate]) -> Result<Verdict> {
    let lines = ftrace::parse(text)?;
    let words = Words::learnt();
    let relevant = sort(&lines, words)?;
    let shown: BTreeSet<&str> = relevant.seen.iter().map(|seen| seen.name).collect();
    shows_enough(&shown, words, candidates)?;
    let hidden = hidden(&shown, words);
    let explore = |candidate: Candidate| Row::explore(candidate, words, &shown, &hidden);
    let results: Result<Vec<Outcome>> = candidates
        .par_iter()
        .map(|&candidate| {
            let followed = follow(&explore(candidate)?, words, &relevant, |_, _| {})?;
            Ok(Outcome { candidate, departs: followed.departs, dead: followed.dead })
        })
        .collect();
    let rows = furthest(results?);
    let Some(first) = rows.first() else { anyhow::bail!("no such controller, kernel and device go together") };
    let mut dead = Vec::new();
    for (from, until) in rows.iter().flat_map(stretches).collect::<BTreeSet<_>>() {
        let (with, without): (Vec<_>, Vec<_>) =
            rows.iter().partition(|row| stretches(row).any(|stretch| stretch == (from, until)));
        let row = explore(with[0].candidate)?;
        let end = until.unwrap_or(first.dead.len());
        let lost_handoff = handoff::describe(&row, words, &relevant, from, end)?;
        let not_with = without.iter().map(|row| row.candidate).collect();
        let line = |index: usize| relevant.seen[index].line;
        dead.push(Dead { from: line(from), until: until.map(line), lost_handoff, not_with });
    }
    let departs = first.departs.as_ref().map(|departure| Departs {
        line: relevant.seen[departure.at].line,
        seen: relevant.seen[departure.at].name,
        expected: rows.iter().filter_map(|row| row.departs.as_ref()).flat_map(|d| d.expected.clone()).collect(),
    });
    let missing = |row: &Outcome| words.absent(row.candidate.chip.name, &shown, &hidden);
    Ok(Verdict {
        lines: relevant.seen.len(),
        cpus: relevant.cpus,
        irq: relevant.irq.map(|(irq, name)| (irq, name.to_string())),
        departs,
        absent: rows.iter().flat_map(missing).collect(),
        dead,
        counts: count(&relevant, words),
        rows: rows.iter().map(|row| row.candidate).collect(),
        unknown: relevant.unknown,
        aside: relevant.aside,
        lost: relevant.lost,
    })
}

/// The stretches in which the row is dead, as indices of their first line and of the one that ends them.
fn stretches(row: &Outcome) -> impl Iterator<Item = (usize, Option<usize>)> {
    let starts = (0..row.dead.len()).filter(|&at| row.dead[at] && (at == 0 || !row.dead[at - 1]));
    starts.map(|from| (from, (from..row.dead.len()).find(|&at| !row.dead[at])))
}
