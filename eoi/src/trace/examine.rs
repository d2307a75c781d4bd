//! All candidate rows against one recording.

use std::collections::BTreeSet;

use anyhow::Result;
use eoi_model::irqchip::Irqchip;
use rayon::prelude::*;

use super::count::count;
use super::doubt::doubt;
use super::follow::{Departure, follow};
use super::relevant::{Recording, Relevant, Sorter};
use super::rows::{Candidate, Row};
use super::verdict::{Dead, Departs, Line, Verdict};
use super::words::{Words, is_flow_handler};
use super::{ftrace, handoff, record, text};
use crate::error::CannotTell;

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
    let mut chips: Vec<&'static Irqchip> = Vec::new();
    for chip in candidates.iter().map(|candidate| candidate.chip) {
        if !chips.iter().any(|known| known.name == chip.name) {
            chips.push(chip);
        }
    }
    let how = match record::commands(&chips).as_slice() {
        [(_, command)] => format!("record again, as root and with vfio-pci loaded, with\n  {command}\n"),
        _ => "`eoi trace --record --chip NAME` says what to record for a controller".to_string(),
    };
    Err(CannotTell(format!("the recording shows {lacks}, so there is nothing to follow; {how}")).into())
}

/// What a recording does not show at all, and what it would have shown.
fn missing(recording: &Recording, shown: &BTreeSet<&str>, words: &Words) -> Vec<(&'static str, &'static str)> {
    let has = |wanted: &dyn Fn(&str) -> bool| shown.iter().any(|name| wanted(name));
    let kvm = recording.kvm.acks + recording.kvm.resamples + recording.kvm.injections > 0;
    let kinds = [
        (recording.has_entries(), "irq:irq_handler_entry", "whose interrupt a flow handler runs for"),
        (recording.exits, "irq:irq_handler_exit", "whether vfio-pci handled it"),
        (has(&is_flow_handler), "flow handlers", "interrupts that were ignored"),
        (has(&|name| words.is_chip(name) && !is_flow_handler(name)), "controller functions", "masks, unmasks and EOIs"),
        (shown.contains("vfio_pci_intx_unmask_handler"), "vfio_pci_intx_unmask_handler", "who unmasks"),
        (shown.contains("eventfd_signal_mask"), "eventfd_signal_mask", "signals of the trigger"),
        (kvm, "kvm:kvm_set_irq, kvm:kvm_ack_irq", "the guest's EOI"),
    ];
    kinds.into_iter().filter(|(has, ..)| !has).map(|(_, kind, shows)| (kind, shows)).collect()
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

/// What may matter of a recording. `read` hands its entries over, as [`ftrace::each`] does.
///
/// # Errors
/// As `read`, and as [`Sorter::take`].
pub fn recording(
    read: impl FnOnce(&dyn Fn(&str) -> bool, &mut dyn FnMut(ftrace::Line<'_>) -> Result<()>) -> Result<ftrace::Summary>,
) -> Result<Recording> {
    let words = Words::learnt();
    let wanted = words.wanted();
    let mut sorter = Sorter::new(words);
    let summary = read(&|name| wanted.has(name), &mut |line| sorter.take(&line))?;
    Ok(sorter.finish(summary))
}

/// Holds a recording's text against every candidate.
///
/// # Errors
/// Text that is no recording, and as [`examine`].
pub fn examine_text(text: &str, candidates: &[Candidate]) -> Result<Verdict> {
    let recording = recording(|wanted, visit| text::each(&mut text.as_bytes(), wanted, visit))?;
    examine(&recording, candidates)
}

/// Holds a recording against every candidate.
///
/// # Errors
/// [`CannotTell`] if it does not show enough. What cannot be told of one line only is said in [`Line::unclear`].
pub fn examine(recording: &Recording, candidates: &[Candidate]) -> Result<Verdict> {
    let words = Words::learnt();
    let shown = recording.shown();
    shows_enough(&shown, words, candidates)?;
    let against = Against { words, hidden: hidden(&shown, words), shown, candidates };
    let parts: Vec<Relevant> = recording.parts().map(|index| recording.of(index)).collect();
    let mut results: Vec<Vec<Result<Outcome>>> = parts.iter().map(|_| Vec::new()).collect();
    for candidate in against.follow(&parts)? {
        for (part, outcome) in results.iter_mut().zip(candidate) {
            part.push(outcome);
        }
    }
    let lines: Result<Vec<Line>> = recording
        .parts()
        .zip(parts.iter().zip(results))
        .map(|(index, (part, outcomes))| against.line(recording, index, part, outcomes))
        .collect();
    let lines = lines?;
    let missing = missing(recording, &against.shown, words);
    let explain: BTreeSet<&str> = lines.iter().flat_map(|line| &line.rows).map(|row| row.chip.name).collect();
    let lacks = !missing.is_empty() || lines.iter().any(|line| !line.absent.is_empty());
    Ok(Verdict {
        record: (lacks && explain.len() <= MOST_CHIPS).then(|| record::command(&explain)),
        lines,
        cpus: recording.cpus,
        unknown: recording.unknown,
        lost: recording.lost,
        kvm: recording.kvm,
        missing,
    })
}

/// Controllers that one host has at most: of more, the recording says too little to name any function.
const MOST_CHIPS: usize = 6;

/// What every line of a recording is held against.
struct Against<'a> {
    words: &'static Words,
    shown: BTreeSet<&'static str>,
    hidden: BTreeSet<&'static str>,
    candidates: &'a [Candidate],
}

impl Against<'_> {
    fn explore(&self, candidate: Candidate) -> Result<Row> {
        Row::explore(candidate, self.words, &self.shown, &self.hidden)
    }

    /// Each candidate's way through each part.
    fn follow(&self, parts: &[Relevant]) -> Result<Vec<Vec<Result<Outcome>>>> {
        let one = |&candidate: &Candidate| {
            let row = self.explore(candidate)?;
            let followed = parts.iter().map(|part| {
                let followed = follow(&row, self.words, part, |_, _| {})?;
                Ok(Outcome { candidate, departs: followed.departs, dead: followed.dead })
            });
            Ok(followed.collect())
        };
        self.candidates.par_iter().map(one).collect()
    }

    /// The verdict on one part.
    fn line(
        &self,
        recording: &Recording,
        index: Option<usize>,
        part: &Relevant,
        outcomes: Vec<Result<Outcome>>,
    ) -> Result<Line> {
        let function = index.map(|index| &recording.functions[index]);
        let kvm = (recording.functions.len() < 2).then_some(&recording.kvm);
        let mut line = Line {
            function: function.map(|function| (function.irq, function.name.clone())),
            owners: function.into_iter().flat_map(|f| recording.owners.of(f.irq)).map(str::to_string).collect(),
            lines: part.seen.len(),
            possible: part.seen.iter().filter(|seen| seen.maybe).count(),
            unclear: None,
            doubt: None,
            departs: None,
            rows: Vec::new(),
            dead: Vec::new(),
            counts: count(part, self.words),
            absent: BTreeSet::new(),
            ending: handoff::ending(part, self.words, kvm),
            aside: recording.aside + part.aside,
        };
        let rows = match outcomes.into_iter().collect::<Result<Vec<Outcome>>>() {
            Ok(outcomes) => furthest(outcomes),
            Err(error) => {
                line.unclear = Some(format!("{error:#}"));
                return Ok(line);
            }
        };
        let Some(first) = rows.first() else { anyhow::bail!("no such controller, kernel and device go together") };
        line.dead = self.dead(part, &rows)?;
        line.departs = first.departs.as_ref().map(|departure| Departs {
            line: part.seen[departure.at].line,
            seen: part.seen[departure.at].name(),
            expected: rows.iter().filter_map(|row| row.departs.as_ref()).flat_map(|d| d.expected.clone()).collect(),
        });
        let absent = |row: &Outcome| self.words.absent(row.candidate.chip.name, &self.shown, &self.hidden);
        line.absent = rows.iter().flat_map(absent).collect();
        line.rows = rows.iter().map(|row| row.candidate).collect();
        line.doubt = doubt(part, self.words, &line.counts, &line.ending).filter(|_| line.follows() && !line.is_dead());
        Ok(line)
    }

    fn dead(&self, part: &Relevant, rows: &[Outcome]) -> Result<Vec<Dead>> {
        let mut dead = Vec::new();
        for (from, until) in rows.iter().flat_map(stretches).collect::<BTreeSet<_>>() {
            let (with, without): (Vec<_>, Vec<_>) =
                rows.iter().partition(|row| stretches(row).any(|stretch| stretch == (from, until)));
            let row = self.explore(with[0].candidate)?;
            let end = until.unwrap_or(with[0].dead.len());
            let lost_handoff = handoff::describe(&row, self.words, part, from, end)?;
            let not_with = without.iter().map(|row| row.candidate).collect();
            let line = |index: usize| part.seen[index].line;
            dead.push(Dead { from: line(from), until: until.map(line), lost_handoff, not_with });
        }
        Ok(dead)
    }
}

/// The stretches in which the row is dead, as indices of their first line and of the one that ends them.
fn stretches(row: &Outcome) -> impl Iterator<Item = (usize, Option<usize>)> {
    let starts = (0..row.dead.len()).filter(|&at| row.dead[at] && (at == 0 || !row.dead[at - 1]));
    starts.map(|from| (from, (from..row.dead.len()).find(|&at| !row.dead[at])))
}
