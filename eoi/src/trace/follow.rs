//! The follower: the set of states that a recording allows, line by line.
//!
//! A hypothesis is a state of the row and, for each context (a CPU in interrupt context, or a task) that is in the middle
//! of a step, the calls which that step still has to make. A step takes effect in one moment. The function tracer prints
//! a function when it is entered, so that of the functions that take a lock (`TAKES_LOCK`) the step's last one is
//! printed before that moment, and may be printed long before if somebody else holds the lock (`Slot::begun`). What the
//! step calls after it is printed under the lock. Steps with no visible call happen at any time.

use std::collections::{BTreeSet, HashSet};

use anyhow::Result;

use super::relevant::{Relevant, Seen};
use super::rows::{Row, Step};
use super::words::{Calls, Words, is_flow_handler};
use crate::error::CannotTell;

/// Hypotheses that are kept at most.
const MOST: usize = 1 << 21;
/// Contexts that are in the middle of a step at most.
const SLOTS: usize = 4;
/// The context of a step whose beginning was lost.
const ANYBODY: u32 = u32::MAX;

/// What is entered, and printed, before the lock is taken under which the step takes effect; flow handlers are, too.
const TAKES_LOCK: &[&str] = &[
    "irq_handler_entry",
    "vfio_intx_handler",
    "vfio_pci_intx_mask",
    "vfio_pci_intx_unmask_handler",
    "disable_irq_nosync",
    "enable_irq",
    "eventfd_signal_mask",
];

/// One context in the middle of a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Slot {
    /// The context's number; 0 for none.
    context: u32,
    /// The step has not taken effect, and `calls` are those seen; else it has, and `calls` are those to come.
    begun: bool,
    calls: Calls,
}

/// One way in which the recording can have come about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
struct Hypothesis {
    state: u32,
    slots: [Slot; SLOTS],
}

impl Hypothesis {
    fn slot(&self, context: u32) -> Option<Slot> {
        self.slots.into_iter().find(|slot| slot.context == context)
    }

    /// With this slot instead of the context's; one with no calls to come is none. `None` where there is no room.
    fn with(mut self, state: u32, new: Slot) -> Option<Self> {
        self.state = state;
        let old = self.slots.iter().position(|slot| slot.context == new.context);
        let free = self.slots.iter().position(|slot| slot.context == 0);
        if !new.calls.is_empty() {
            self.slots[old.or(free)?] = new;
        } else if let Some(old) = old {
            self.slots[old] = Slot::default();
        }
        self.slots.sort_unstable(); // so that equal hypotheses compare equal
        Some(self)
    }
}

type Set = HashSet<Hypothesis>;

/// Where a row and the recording part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Departure {
    /// The line, as an index into [`Relevant::seen`].
    pub at: usize,
    /// What could have come.
    pub expected: BTreeSet<&'static str>,
}

/// What became of a row.
pub struct Followed {
    /// Where it departs, if it does.
    pub departs: Option<Departure>,
    /// After each line that it follows: whether the allowed states are dead.
    pub dead: Vec<bool>,
}

struct Follower<'a> {
    row: &'a Row,
    words: &'a Words,
    relevant: &'a Relevant<'a>,
    /// The numbers of the names that are printed before their lock is taken.
    takes_lock: BTreeSet<u8>,
    room: bool,
}

fn takes_lock(name: &str) -> bool {
    is_flow_handler(name) || TAKES_LOCK.contains(&name)
}

fn fits(step: &Step, irq: Option<bool>) -> bool {
    irq.is_none_or(|irq| irq == step.irq)
}

/// Follows the recording with one row. `visit` sees the states that are allowed after each line.
///
/// # Errors
/// [`CannotTell`] if there are more hypotheses than are kept.
pub fn follow(
    row: &Row,
    words: &Words,
    relevant: &Relevant<'_>,
    mut visit: impl FnMut(usize, &BTreeSet<u32>),
) -> Result<Followed> {
    let takes_lock = words.all().filter(|name| takes_lock(name)).filter_map(|name| words.number(name)).collect();
    let mut follower = Follower { row, words, relevant, takes_lock, room: true };
    let mut set = follower.close(Set::from([Hypothesis::default()]), relevant.blind.contains(&0))?;
    let mut dead = Vec::new();
    for (at, seen) in relevant.seen.iter().enumerate() {
        let foreign = words.is_chip(seen.name) && !words.emits(row.candidate.chip.name, seen.name);
        let number = words.number(seen.name).filter(|_| !foreign);
        let next = number.map_or_else(Set::new, |number| follower.advance(&set, seen, number, follower.may_wait(at)));
        if next.is_empty() {
            let expected = follower.expected(&set, seen);
            return Ok(Followed { departs: Some(Departure { at, expected }), dead });
        }
        set = follower.close(next, relevant.blind.contains(&(at + 1)))?;
        let states: BTreeSet<u32> = set.iter().map(|hypothesis| hypothesis.state).collect();
        dead.push(row.is_dead(&states));
        visit(at, &states);
    }
    Ok(Followed { departs: None, dead })
}

impl Follower<'_> {
    fn put(&mut self, set: &mut Set, hypothesis: Option<Hypothesis>) {
        match hypothesis {
            Some(hypothesis) => {
                set.insert(hypothesis);
            }
            None => self.room = false,
        }
    }

    /// Whether somebody else's line comes before the next one that is printed under this context's lock, so that the
    /// step of this line may take effect after it.
    fn may_wait(&self, at: usize) -> bool {
        let here = &self.relevant.seen[at];
        let mut after = self.relevant.seen[at + 1..].iter();
        let next = after.find(|seen| seen.context != here.context || !takes_lock(seen.name));
        takes_lock(here.name) && next.is_some_and(|seen| seen.context != here.context)
    }

    /// The hypotheses that explain one more line.
    fn advance(&mut self, set: &Set, seen: &Seen<'_>, number: u8, may_wait: bool) -> Set {
        let mut next = Set::new();
        for &now in set {
            let context = seen.context;
            let slot = now.slot(context).unwrap_or(Slot { context, begun: true, calls: Calls::NONE });
            if !slot.begun {
                if slot.calls.head() == number {
                    let rest = Slot { calls: slot.calls.tail(), ..slot };
                    self.put(&mut next, now.with(now.state, rest));
                }
                continue;
            }
            let Some(calls) = slot.calls.push(number) else { continue };
            let mut waits = may_wait;
            for step in self.row.leaving(now.state).iter().filter(|step| fits(step, seen.irq)) {
                let Some(rest) = step.calls.after(calls) else { continue };
                if self.takes_lock.contains(&rest.head()) {
                    waits = true;
                } else {
                    self.put(&mut next, now.with(step.to, Slot { context, begun: false, calls: rest }));
                }
            }
            if waits {
                self.put(&mut next, now.with(now.state, Slot { calls, ..slot }));
            }
            if let (true, Some(lost)) = (slot.calls.is_empty(), now.slot(ANYBODY).filter(|s| s.calls.head() == number))
            {
                let found = now.with(now.state, Slot { context: ANYBODY, ..Slot::default() });
                let rest = Slot { context, begun: false, calls: lost.calls.tail() };
                self.put(&mut next, found.and_then(|found| found.with(found.state, rest)));
            }
        }
        next
    }

    /// Adds everything that can happen without a line: steps with no visible call, steps that began with a line and
    /// take effect now and, where lines were lost (`blind`), everything.
    fn close(&mut self, set: Set, blind: bool) -> Result<Set> {
        let mut todo: Vec<Hypothesis> = set.iter().copied().collect();
        let mut closed = set;
        let mut more = Set::new();
        while let Some(now) = todo.pop() {
            for step in self.row.leaving(now.state) {
                if step.calls.is_empty() {
                    more.insert(Hypothesis { state: step.to, ..now });
                }
                for slot in now.slots.into_iter().filter(|slot| slot.begun) {
                    let rest = step.calls.after(slot.calls);
                    if let Some(calls) = rest.filter(|rest| !self.takes_lock.contains(&rest.head())) {
                        self.put(&mut more, now.with(step.to, Slot { begun: false, calls, ..slot }));
                    }
                }
                if blind {
                    self.lose(&mut more, now, step.to, step.calls);
                }
            }
            if blind {
                for slot in now.slots.into_iter().filter(|slot| slot.context != 0) {
                    let calls = if slot.begun { Calls::NONE } else { slot.calls.tail() };
                    self.put(&mut more, now.with(now.state, Slot { calls, ..slot }));
                }
            }
            todo.extend(more.drain().filter(|&new| closed.insert(new)));
            if closed.len() > MOST || !self.room {
                let chip = self.row.candidate.chip.name;
                let what = format!("more than {MOST} states, or {SLOTS} tasks in the middle of a step, are possible");
                return Err(
                    CannotTell(format!("{what} with {chip}; cut the recording, or narrow it with --chip")).into()
                );
            }
        }
        Ok(closed)
    }

    /// A step of which the first lines, or all, were lost.
    fn lose(&mut self, more: &mut Set, now: Hypothesis, to: u32, calls: Calls) {
        let mut calls = calls;
        while !calls.is_empty() {
            calls = calls.tail();
            self.put(more, now.with(to, Slot { context: ANYBODY, begun: false, calls }));
        }
    }

    /// The names that could have come in this context.
    fn expected(&self, set: &Set, seen: &Seen<'_>) -> BTreeSet<&'static str> {
        let mut heads = BTreeSet::new();
        for now in set {
            match now.slot(seen.context) {
                Some(slot) if !slot.begun => {
                    heads.insert(slot.calls.head());
                }
                slot => {
                    let calls = slot.map_or(Calls::NONE, |slot| slot.calls);
                    let steps = self.row.leaving(now.state).iter().filter(|step| fits(step, seen.irq));
                    heads.extend(steps.filter_map(|step| step.calls.after(calls)).map(Calls::head));
                }
            }
        }
        heads.into_iter().filter(|&head| head != 0).map(|head| self.words.name(head)).collect()
    }
}
