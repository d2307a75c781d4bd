//! The follower: the set of states that a recording allows, entry by entry.
//!
//! A hypothesis is a state of the configuration and, for each context (a CPU in interrupt context, or a task) that is in
//! the middle of a step, the calls which that step still has to make ([`hypothesis`]). A step takes effect in one moment.
//! The function tracer prints a function when it is entered. The step's last function that takes a lock is therefore printed
//! before that moment, and may be printed long before if somebody else holds the lock. Functions that the step calls after
//! it are printed under the lock. Steps with no visible call happen at any time ([`moves`]). [`trail`] picks one way through
//! the sets.

use std::collections::BTreeSet;
use std::rc::Rc;

use anyhow::Result;
use rustc_hash::FxHashMap;

use self::hypothesis::{Hypothesis, SLOTS, Set};
use self::moves::{Arrival, Moves, fits};
use super::automaton::Automaton;
use super::calls::Calls;
use super::recording::Part;
use super::relevant::Relevant;
use super::words::Words;
use crate::error::CannotTell;

pub mod hypothesis;
pub mod moves;
pub mod trail;

/// Hypotheses that are kept at most.
const MOST: usize = 1 << 21;
/// Hypotheses of sets that are remembered, so that what was followed once need not be followed again.
const KEPT: usize = 1 << 17;

/// Where a configuration and the recording part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Departure {
    /// The entry, as an index into [`Part::entries`].
    pub at: usize,
    /// The entries that could have come there.
    pub expected: BTreeSet<Expected>,
}

/// An entry that the model allows in the place of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Expected {
    /// The name that the recording would show.
    pub name: &'static str,
    /// The event that it would be a part of; `None` if it is the rest of one that took effect before.
    pub event: Option<&'static str>,
}

/// How far a configuration follows.
pub struct Followed {
    /// Where it departs, if it does.
    pub departs: Option<Departure>,
    /// After each entry that it follows: whether the allowed states are dead.
    pub dead: Vec<bool>,
}

/// A set of hypotheses, and what is said of it.
pub struct Allowed {
    /// The hypotheses, in order.
    hypotheses: Rc<[Hypothesis]>,
    /// Their states.
    pub states: BTreeSet<u32>,
    /// INTx is set up, and no interrupt can be delivered any more.
    pub dead: bool,
}

/// Sets of hypotheses that were reached, and where each entry led from them: a recording repeats itself.
#[derive(Default)]
struct Known {
    sets: Vec<Rc<Allowed>>,
    ids: FxHashMap<Rc<[Hypothesis]>, u32>,
    leads: FxHashMap<(u32, Arrival), u32>,
    kept: usize,
}

impl Known {
    fn add(&mut self, automaton: &Automaton, set: Set) -> u32 {
        let mut sorted: Vec<Hypothesis> = set.into_iter().collect();
        sorted.sort_unstable();
        if let Some(&id) = self.ids.get(sorted.as_slice()) {
            return id;
        }
        if self.kept > KEPT {
            *self = Self::default();
        }
        self.kept += sorted.len() + 1;
        let states: BTreeSet<u32> = sorted.iter().map(|hypothesis| hypothesis.state).collect();
        let (id, hypotheses) = (self.sets.len() as u32, Rc::from(sorted));
        self.ids.insert(Rc::clone(&hypotheses), id);
        self.sets.push(Rc::new(Allowed {
            dead: automaton.is_dead(&states),
            hypotheses,
            states,
        }));
        id
    }
}

/// Follows a part with one configuration. `visit` sees what is allowed after each entry, and before the first.
///
/// # Errors
/// [`CannotTell`] if there are more hypotheses than are kept.
pub fn follow(
    automaton: &Automaton,
    words: &Words,
    part: &Part,
    mut visit: impl FnMut(&Rc<Allowed>),
) -> Result<Followed> {
    let moves = Moves::new(automaton, words, part);
    let mut known = Known::default();
    let mut id = known.add(
        automaton,
        close(
            &moves,
            Set::from_iter([Hypothesis::default()]),
            part.blind[0],
        )?,
    );
    visit(&known.sets[id as usize]);
    let mut dead = Vec::new();
    for at in 0..part.entries.len() {
        let arrival = moves.arrival(at);
        let lead = (id, arrival);
        id = if let Some(&to) = known.leads.get(&lead) {
            to
        } else {
            let now = Rc::clone(&known.sets[id as usize]);
            let next = next(&moves, &now.hypotheses, &arrival)?;
            if next.is_empty() {
                let expected = expected(&moves, &now.hypotheses, &part.entries[at]);
                return Ok(Followed {
                    departs: Some(Departure { at, expected }),
                    dead,
                });
            }
            let room = known.kept <= KEPT;
            let to = known.add(automaton, close(&moves, next, arrival.blind)?);
            if room {
                known.kept += 1;
                known.leads.insert(lead, to); // without room, `id` may have been forgotten
            }
            to
        };
        let allowed = &known.sets[id as usize];
        dead.push(allowed.dead);
        visit(allowed);
    }
    Ok(Followed {
        departs: None,
        dead,
    })
}

/// The hypotheses after one more entry.
fn next(moves: &Moves<'_>, now: &[Hypothesis], arrival: &Arrival) -> Result<Set> {
    let (mut next, mut room) = (Set::default(), true);
    for &now in now {
        moves.with_entry(now, arrival, |_, to| match to {
            Some(to) => _ = next.insert(to),
            None => room = false,
        });
    }
    if room {
        Ok(next)
    } else {
        Err(too_many(moves.automaton))
    }
}

/// Adds everything that can happen without an entry.
fn close(moves: &Moves<'_>, set: Set, blind: bool) -> Result<Set> {
    let mut todo: Vec<Hypothesis> = set.iter().copied().collect();
    let (mut closed, mut room) = (set, true);
    while let Some(now) = todo.pop() {
        moves.between(now, blind, |_, to| match to {
            Some(to) if closed.insert(to) => todo.push(to),
            Some(_) => {}
            None => room = false,
        });
        if closed.len() > MOST || !room {
            return Err(too_many(moves.automaton));
        }
    }
    Ok(closed)
}

fn too_many(automaton: &Automaton) -> anyhow::Error {
    let chip = automaton.configuration.chip.name;
    let what = format!(
        "more than {MOST} states, or more than {SLOTS} tasks in the middle of a step, are possible"
    );
    CannotTell(format!("{what} with {chip}; cut the recording into shorter ones, or name the controller with --chip"))
        .into()
}

/// The entries that could have come in the context of this one.
fn expected(moves: &Moves<'_>, now: &[Hypothesis], entry: &Relevant) -> BTreeSet<Expected> {
    let mut expected = BTreeSet::new();
    let mut add = |calls: Calls, event| {
        if !calls.is_empty() {
            expected.insert(Expected {
                name: moves.words.name(calls.head()),
                event,
            });
        }
    };
    for now in now {
        match now.slot(entry.context) {
            Some(slot) if !slot.begun => add(slot.calls, None),
            slot => {
                let calls = slot.map_or(Calls::NONE, |slot| slot.calls);
                for (_, step) in moves
                    .automaton
                    .leaving(now.state)
                    .filter(|(_, step)| fits(step, entry.irq))
                {
                    if let Some(rest) = step.calls.after(calls) {
                        add(rest, Some(step.event.info().name));
                    }
                }
            }
        }
    }
    expected
}
