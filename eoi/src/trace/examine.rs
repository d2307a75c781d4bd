//! Every configuration in question against one recording.

use std::collections::BTreeSet;

use anyhow::Result;
use rayon::prelude::*;

use super::automaton::Automaton;
use super::collect::Collector;
use super::count::count;
use super::coverage::{hidden, missing, shows_enough};
use super::doubt::{doubt, unsure};
use super::entry::{Entry, Summary};
use super::follow::{Followed, follow};
use super::recording::{Part, Recording};
use super::verdict::{Answer, Dead, Departs, Verdict};
use super::way::way;
use super::words::Words;
use super::{handoff, record, text};
use crate::check::configuration::{Configuration, alike};

/// A system that may explain the recording.
struct Candidate<'a> {
    /// The places of the configurations that are this system.
    configurations: &'a [usize],
    automaton: Automaton,
}

/// A candidate, and how far it follows one part.
#[derive(Clone, Copy)]
struct Outcome<'a> {
    candidate: &'a Candidate<'a>,
    followed: &'a Followed,
}

/// The candidates that come furthest, and where they depart.
fn furthest(outcomes: Vec<Outcome<'_>>) -> Vec<Outcome<'_>> {
    let reached = |outcome: &Outcome<'_>| {
        outcome
            .followed
            .departs
            .as_ref()
            .map_or(usize::MAX, |departure| departure.at)
    };
    let furthest = outcomes.iter().map(reached).max();
    outcomes
        .into_iter()
        .filter(|outcome| Some(reached(outcome)) == furthest)
        .collect()
}

/// Collects the entries of a recording that may matter. `read` hands the entries over, as [`super::source::each`] does.
///
/// # Errors
/// Those of `read` and of [`Collector::take`].
pub fn recording(
    read: impl FnOnce(&dyn Fn(&str) -> bool, &mut dyn FnMut(Entry<'_>) -> Result<()>) -> Result<Summary>,
) -> Result<Recording> {
    let words = Words::learnt();
    let wanted = words.wanted();
    let mut collector = Collector::new(words);
    let summary = read(&|name| wanted.has(name), &mut |entry| {
        collector.take(&entry)
    })?;
    Ok(collector.finish(summary))
}

/// Compares a recording's text with every configuration.
///
/// # Errors
/// Text that is no recording, and as [`examine`].
pub fn examine_text(text: &str, configurations: &[Configuration]) -> Result<Answer> {
    let recording = recording(|wanted, visit| text::each(&mut text.as_bytes(), wanted, visit))?;
    examine(&recording, configurations)
}

/// Compares a recording with every configuration.
///
/// # Errors
/// [`CannotTell`](crate::error::CannotTell) if it does not show enough. If only one function cannot be judged, [`Verdict::unclear`] has the reason.
pub fn examine(recording: &Recording, configurations: &[Configuration]) -> Result<Answer> {
    answer(recording, configurations, false)
}

/// Does the same as [`examine`], and picks one way through the states for each function ([`Verdict::way`]).
///
/// # Errors
/// Those of [`examine`].
pub fn examine_step_by_step(
    recording: &Recording,
    configurations: &[Configuration],
) -> Result<Answer> {
    answer(recording, configurations, true)
}

fn answer(recording: &Recording, configurations: &[Configuration], ways: bool) -> Result<Answer> {
    let words = Words::learnt();
    let shown = recording.shown();
    shows_enough(&shown, words, configurations)?;
    let against = Against {
        words,
        hidden: hidden(&shown, words),
        shown,
        configurations,
        ways,
    };
    let systems = against.systems();
    let candidates: Vec<Candidate<'_>> = systems
        .par_iter()
        .map(|system| against.explore(system))
        .collect::<Result<_>>()?;
    let parts: Vec<Part> = recording.parts().map(|index| recording.of(index)).collect();
    let functions: Result<Vec<Verdict>> = recording
        .parts()
        .zip(&parts)
        .map(|(index, part)| against.verdict(recording, index, part, &candidates))
        .collect();
    let mut functions = functions?;
    if recording.perf {
        functions.iter_mut().for_each(unsure);
    }
    let missing = missing(recording, &against.shown, words);
    let explain: BTreeSet<&str> = functions
        .iter()
        .flat_map(|verdict| &verdict.configurations)
        .map(|one| one.chip.name)
        .collect();
    let lacks = !missing.is_empty() || functions.iter().any(|verdict| !verdict.absent.is_empty());
    Ok(Answer {
        record: (lacks && explain.len() <= MOST_CHIPS).then(|| record::command(&explain)),
        functions,
        cpus: recording.cpus,
        unknown: recording.unknown,
        lost: recording.lost,
        kvm: recording.kvm,
        undone: recording.undone.clone(),
        missing,
    })
}

/// Controllers that one host has at most: of more, the recording says too little to name any function.
const MOST_CHIPS: usize = 6;

/// The configurations that every part of a recording is compared with.
struct Against<'a> {
    words: &'static Words,
    shown: BTreeSet<&'static str>,
    hidden: BTreeSet<&'static str>,
    configurations: &'a [Configuration],
    /// Whether a way is picked for each function.
    ways: bool,
}

impl Against<'_> {
    /// The systems in question, each with the places of its configurations: those of controllers with a function of
    /// their driver in the recording. If no controller has one, all are in question, so that the answer says what differs.
    fn systems(&self) -> Vec<Vec<usize>> {
        let mut systems = alike(self.configurations);
        let occurs = |system: &Vec<usize>| {
            self.words
                .drives(self.configurations[system[0]].chip.name, &self.shown)
        };
        if systems.iter().any(occurs) {
            systems.retain(occurs);
        }
        systems
    }

    fn explore<'s>(&self, system: &'s [usize]) -> Result<Candidate<'s>> {
        let automaton = Automaton::explore(
            &self.configurations[system[0]],
            self.words,
            &self.shown,
            &self.hidden,
        )?;
        Ok(Candidate {
            configurations: system,
            automaton,
        })
    }

    /// The configurations of these candidates, in the order in which they were given.
    fn configurations<'o>(
        &self,
        outcomes: impl IntoIterator<Item = &'o Outcome<'o>>,
    ) -> Vec<Configuration> {
        let places: BTreeSet<usize> = outcomes
            .into_iter()
            .flat_map(|outcome| outcome.candidate.configurations)
            .copied()
            .collect();
        places
            .into_iter()
            .map(|at| self.configurations[at].clone())
            .collect()
    }

    /// The verdict on one part.
    fn verdict(
        &self,
        recording: &Recording,
        index: Option<usize>,
        part: &Part,
        candidates: &[Candidate<'_>],
    ) -> Result<Verdict> {
        let mut verdict = self.shown(recording, index, part);
        let followed: Result<Vec<Followed>> = candidates
            .par_iter()
            .map(|candidate| follow(&candidate.automaton, self.words, part, |_| {}))
            .collect();
        let followed = match followed {
            Ok(followed) => followed,
            Err(error) => {
                verdict.unclear = Some(format!("{error:#}"));
                return Ok(verdict);
            }
        };
        let outcomes = candidates
            .iter()
            .zip(&followed)
            .map(|(candidate, followed)| Outcome {
                candidate,
                followed,
            });
        let outcomes = furthest(outcomes.collect());
        let Some(first) = outcomes.first() else {
            anyhow::bail!("no such controller, kernel and device go together")
        };
        verdict.dead = self.dead(part, &outcomes)?;
        verdict.departs = first.followed.departs.as_ref().map(|departure| Departs {
            line: part.entries[departure.at].line,
            seen: part.entries[departure.at].name(),
            expected: outcomes
                .iter()
                .filter_map(|outcome| outcome.followed.departs.as_ref())
                .flat_map(|departure| departure.expected.iter().copied())
                .collect(),
        });
        let absent = |outcome: &Outcome<'_>| {
            self.words.absent(
                outcome.candidate.automaton.configuration.chip.name,
                &self.shown,
                &self.hidden,
            )
        };
        verdict.absent = outcomes.iter().flat_map(absent).collect();
        verdict.configurations = self.configurations(&outcomes);
        verdict.doubt = doubt(part, self.words, &verdict.counts, &verdict.ending)
            .filter(|_| verdict.follows() && !verdict.is_dead());
        if self.ways {
            let told = outcomes
                .iter()
                .find(|outcome| stretches(outcome).next().is_some())
                .unwrap_or(first);
            let count = told
                .followed
                .departs
                .as_ref()
                .map_or(part.entries.len(), |departure| departure.at);
            verdict.way = Some(way(&told.candidate.automaton, self.words, part, count)?);
        }
        Ok(verdict)
    }

    /// The verdict on a part before any candidate is followed.
    fn shown(&self, recording: &Recording, index: Option<usize>, part: &Part) -> Verdict {
        let function = index.map(|index| &recording.functions[index]);
        let kvm = (recording.functions.len() < 2).then_some(&recording.kvm);
        Verdict {
            function: function.map(|function| (function.irq, function.name.clone())),
            owners: function
                .into_iter()
                .flat_map(|f| recording.owners.of(f.irq))
                .map(str::to_string)
                .collect(),
            entries: part.entries.len(),
            possible: part.entries.iter().filter(|entry| entry.is_open()).count(),
            unclear: None,
            doubt: None,
            departs: None,
            configurations: Vec::new(),
            dead: Vec::new(),
            counts: count(part, self.words),
            absent: BTreeSet::new(),
            ending: handoff::ending(part, self.words, kvm),
            aside: recording.aside + part.aside,
            way: None,
        }
    }

    fn dead(&self, part: &Part, outcomes: &[Outcome<'_>]) -> Result<Vec<Dead>> {
        let mut dead = Vec::new();
        for (from, until) in outcomes.iter().flat_map(stretches).collect::<BTreeSet<_>>() {
            let (with, without): (Vec<&Outcome<'_>>, Vec<&Outcome<'_>>) = outcomes
                .iter()
                .partition(|outcome| stretches(outcome).any(|stretch| stretch == (from, until)));
            let (automaton, followed) = (&with[0].candidate.automaton, with[0].followed);
            let end = until.unwrap_or(followed.dead.len());
            let mut after = Vec::new();
            follow(automaton, self.words, part, |allowed| {
                after.push(std::rc::Rc::clone(allowed));
            })?;
            let lost_handoff = handoff::describe(
                automaton,
                self.words,
                part,
                (from, &after[from + 1].states),
                end,
            );
            let not_with = self.configurations(without);
            let line = |index: usize| part.entries[index].line;
            dead.push(Dead {
                from: line(from),
                until: until.map(line),
                lost_handoff,
                not_with,
            });
        }
        Ok(dead)
    }
}

/// The stretches in which the configuration is dead, as indices of their first line and of the one that ends them.
fn stretches<'a>(outcome: &Outcome<'a>) -> impl Iterator<Item = (usize, Option<usize>)> + use<'a> {
    let dead = &outcome.followed.dead;
    let starts = (0..dead.len()).filter(|&at| dead[at] && (at == 0 || !dead[at - 1]));
    starts.map(|from| (from, (from..dead.len()).find(|&at| !dead[at])))
}
