//! The follower: the set of states that a recording allows, entry by entry.
//!
//! A hypothesis is a state of the configuration and, for each context (a CPU in interrupt context, or a task) that is in the middle
//! of a step, the calls which that step still has to make. A step takes effect in one moment. The function tracer prints
//! a function when it is entered, so that of the functions that take a lock (`TAKES_LOCK`) the step's last one is
//! printed before that moment, and may be printed long before if somebody else holds the lock (`Slot::begun`). What the
//! step calls after it is printed under the lock. Steps with no visible call happen at any time.

use std::collections::BTreeSet;
use std::rc::Rc;

use anyhow::Result;
use rustc_hash::{FxHashMap, FxHashSet};

use super::automaton::{Automaton, Step};
use super::calls::Calls;
use super::entry::is_flow_handler;
use super::recording::Part;
use super::relevant::{Relevant, Whose};
use super::words::Words;
use crate::error::CannotTell;

/// Hypotheses that are kept at most.
const MOST: usize = 1 << 21;
/// Hypotheses of sets that are remembered, so that what was followed once need not be followed again.
const KEPT: usize = 1 << 17;
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
    /// Whose the run is that the context is in, where that is not known otherwise.
    run: Taken,
}

/// What a hypothesis takes a run for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Taken {
    /// Its lines say.
    #[default]
    Known,
    Ours,
    Others,
}

/// One way in which the recording can have come about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Hypothesis {
    state: u32,
    slots: [Slot; SLOTS],
}

impl Hypothesis {
    fn slot(&self, context: u32) -> Option<Slot> {
        self.slots.into_iter().find(|slot| slot.context == context)
    }

    fn taken(&self, context: u32) -> Taken {
        self.slot(context).map_or(Taken::Known, |slot| slot.run)
    }

    /// With this slot instead of the context's; one with no calls to come in no run is none. `None` where there is no room.
    fn with(mut self, state: u32, mut new: Slot) -> Option<Self> {
        new.begun |= new.calls.is_empty();
        self.state = state;
        let old = self.slots.iter().position(|slot| slot.context == new.context);
        let free = self.slots.iter().position(|slot| slot.context == 0);
        if !new.calls.is_empty() || new.run != Taken::Known {
            self.slots[old.or(free)?] = new;
        } else if let Some(old) = old {
            self.slots[old] = Slot::default();
        }
        self.slots.sort_unstable(); // so that equal hypotheses compare equal
        Some(self)
    }
}

type Set = FxHashSet<Hypothesis>;

/// Where a configuration and the recording part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Departure {
    /// The entry, as an index into [`Part::entries`].
    pub at: usize,
    /// What could have come.
    pub expected: BTreeSet<&'static str>,
}

/// What became of a configuration.
pub struct Followed {
    /// Where it departs, if it does.
    pub departs: Option<Departure>,
    /// After each entry that it follows: whether the allowed states are dead.
    pub dead: Vec<bool>,
}

struct Follower<'a> {
    automaton: &'a Automaton,
    words: &'a Words,
    part: &'a Part,
    /// The numbers of the names that are printed before their lock is taken.
    takes_lock: [bool; 256],
    room: bool,
}

fn takes_lock(name: &str) -> bool {
    is_flow_handler(name) || TAKES_LOCK.contains(&name)
}

fn fits(step: &Step, irq: Option<bool>) -> bool {
    irq.is_none_or(|irq| irq == step.irq)
}

/// What of a line decides which hypotheses follow from which.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    from: u32,
    context: u32,
    number: u8,
    irq: Option<bool>,
    whose: Whose,
    may_wait: bool,
    blind: bool,
}

/// Sets of hypotheses that were reached, and where each line led from them: a recording repeats itself.
#[derive(Default)]
struct Known {
    sets: Vec<Rc<Allowed>>,
    ids: FxHashMap<Vec<Hypothesis>, u32>,
    leads: FxHashMap<Key, u32>,
    kept: usize,
}

/// A set, and what is said of it.
struct Allowed {
    set: Set,
    states: BTreeSet<u32>,
    dead: bool,
}

impl Known {
    fn add(&mut self, automaton: &Automaton, set: Set) -> u32 {
        let mut sorted: Vec<Hypothesis> = set.iter().copied().collect();
        sorted.sort_unstable();
        if let Some(&id) = self.ids.get(&sorted) {
            return id;
        }
        if self.kept > KEPT {
            *self = Self::default();
        }
        self.kept += sorted.len() + 1;
        let states: BTreeSet<u32> = sorted.iter().map(|hypothesis| hypothesis.state).collect();
        let id = self.sets.len() as u32;
        self.ids.insert(sorted, id);
        self.sets.push(Rc::new(Allowed { set, dead: automaton.is_dead(&states), states }));
        id
    }
}

/// Follows a part with one configuration. `visit` sees the states that are allowed after each entry.
///
/// # Errors
/// [`CannotTell`] if there are more hypotheses than are kept.
pub fn follow(
    automaton: &Automaton,
    words: &Words,
    part: &Part,
    mut visit: impl FnMut(usize, &BTreeSet<u32>),
) -> Result<Followed> {
    let mut locks = [false; 256];
    words
        .all()
        .filter(|name| takes_lock(name))
        .filter_map(|name| words.number(name))
        .for_each(|n| locks[n as usize] = true);
    let mut follower = Follower { automaton, words, part, takes_lock: locks, room: true };
    let mut known = Known::default();
    let mut id = known.add(automaton, follower.close(Set::from_iter([Hypothesis::default()]), part.blind[0])?);
    let mut dead = Vec::new();
    for (at, entry) in part.entries.iter().enumerate() {
        let (may_wait, blind) = (follower.may_wait(at), part.blind[at + 1]);
        let Relevant { context, number, irq, whose, .. } = *entry;
        let key = Key { from: id, context, number, irq, whose, may_wait, blind };
        id = if let Some(&to) = known.leads.get(&key) {
            to
        } else {
            let now = Rc::clone(&known.sets[id as usize]);
            let next = follower.next(&now.set, entry, may_wait);
            if next.is_empty() {
                let expected = follower.expected(&now.set, entry);
                return Ok(Followed { departs: Some(Departure { at, expected }), dead });
            }
            let room = known.kept <= KEPT;
            let to = known.add(automaton, follower.close(next, blind)?);
            if room {
                known.kept += 1;
                known.leads.insert(key, to); // without room, `id` may have been forgotten
            }
            to
        };
        let allowed = &known.sets[id as usize];
        dead.push(allowed.dead);
        visit(at, &allowed.states);
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
    /// step of this line may take effect after it. Of a line that may be another interrupt's both are possible.
    fn may_wait(&self, at: usize) -> bool {
        let here = &self.part.entries[at];
        if !self.takes_lock[usize::from(here.number)] {
            return false;
        }
        let mut after = self.part.entries[at + 1..].iter();
        let next = after.find(|entry| entry.context != here.context || !self.takes_lock[usize::from(entry.number)]);
        next.is_some_and(|entry| entry.context != here.context || entry.is_open())
    }

    /// The hypotheses after one more entry.
    ///
    /// An entry that may be somebody else's is taken both ways, but for a context that is in the middle of a step: what it
    /// calls then is of that step. That keeps a task's calls together: they are all ours, or none is.
    fn next(&mut self, set: &Set, entry: &Relevant, may_wait: bool) -> Set {
        let name = self.words.name(entry.number);
        let foreign = self.words.is_chip(name) && !self.words.emits(self.automaton.configuration.chip.name, name);
        let mut next = if foreign { Set::default() } else { self.advance(set, entry, may_wait) };
        if !entry.is_open() {
            return next;
        }
        let together = matches!(entry.whose, Whose::OpenWithRun { .. });
        let run = if entry.whose == (Whose::OpenWithRun { last: false }) { Taken::Others } else { Taken::Known };
        for now in set {
            let slot =
                now.slot(entry.context).unwrap_or(Slot { context: entry.context, begun: true, ..Slot::default() });
            let free = slot.calls.is_empty() && (!together || slot.run != Taken::Ours);
            if free && together {
                self.put(&mut next, now.with(now.state, Slot { run, ..slot }));
            } else if free {
                next.insert(*now);
            }
        }
        next
    }

    /// The hypotheses that explain one more entry.
    fn advance(&mut self, set: &Set, entry: &Relevant, may_wait: bool) -> Set {
        let mut next = Set::default();
        let number = entry.number;
        let run = match entry.whose {
            Whose::Ours | Whose::Open => None,
            Whose::OpenWithRun { last: false } => Some(Taken::Ours),
            Whose::OpenWithRun { last: true } => Some(Taken::Known),
        };
        let theirs = |now: &&Hypothesis| run.is_none() || now.taken(entry.context) != Taken::Others;
        for &now in set.iter().filter(theirs) {
            let context = entry.context;
            let slot = now.slot(context).unwrap_or(Slot { context, begun: true, ..Slot::default() });
            let slot = Slot { run: run.unwrap_or(slot.run), ..slot };
            if !slot.begun {
                if slot.calls.head() == number {
                    let rest = Slot { calls: slot.calls.tail(), ..slot };
                    self.put(&mut next, now.with(now.state, rest));
                }
                continue;
            }
            let Some(calls) = slot.calls.push(number) else { continue };
            let mut waits = may_wait;
            for step in self.automaton.leaving(now.state).iter().filter(|step| fits(step, entry.irq)) {
                let Some(rest) = step.calls.after(calls) else { continue };
                if self.takes_lock[usize::from(rest.head())] {
                    waits = true;
                } else {
                    self.put(&mut next, now.with(step.to, Slot { begun: false, calls: rest, ..slot }));
                }
            }
            if waits {
                self.put(&mut next, now.with(now.state, Slot { calls, ..slot }));
            }
            if let (true, Some(lost)) = (slot.calls.is_empty(), now.slot(ANYBODY).filter(|s| s.calls.head() == number))
            {
                let found = now.with(now.state, Slot { context: ANYBODY, ..Slot::default() });
                let rest = Slot { begun: false, calls: lost.calls.tail(), ..slot };
                self.put(&mut next, found.and_then(|found| found.with(found.state, rest)));
            }
        }
        // Setting up comes after __free_irq has waited for every handler and vfio_virqfd_disable for its work (6.12):
        // whatever was in the middle of a step before is through.
        if self.words.only_sets_up(self.words.name(number)) {
            next.retain(|now| now.slot(ANYBODY).is_none());
        }
        next
    }

    /// Adds everything that can happen without a line: steps with no visible call, steps that began with a line and
    /// take effect now and, where lines were lost (`blind`), everything.
    fn close(&mut self, set: Set, blind: bool) -> Result<Set> {
        let mut todo: Vec<Hypothesis> = set.iter().copied().collect();
        let mut closed = set;
        let mut more = Set::default();
        while let Some(now) = todo.pop() {
            for step in self.automaton.leaving(now.state) {
                if step.calls.is_empty() {
                    more.insert(Hypothesis { state: step.to, ..now });
                }
                for slot in now.slots.into_iter().filter(|slot| slot.begun && !slot.calls.is_empty()) {
                    let rest = step.calls.after(slot.calls);
                    if let Some(calls) = rest.filter(|rest| !self.takes_lock[usize::from(rest.head())]) {
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
                    self.put(&mut more, now.with(now.state, Slot { calls, run: Taken::Known, ..slot }));
                }
            }
            todo.extend(more.drain().filter(|&new| closed.insert(new)));
            if closed.len() > MOST || !self.room {
                let chip = self.automaton.configuration.chip.name;
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
            self.put(more, now.with(to, Slot { context: ANYBODY, calls, ..Slot::default() }));
        }
    }

    /// The names that could have come in this context.
    fn expected(&self, set: &Set, entry: &Relevant) -> BTreeSet<&'static str> {
        let mut heads = BTreeSet::default();
        for now in set {
            match now.slot(entry.context) {
                Some(slot) if !slot.begun => {
                    heads.insert(slot.calls.head());
                }
                slot => {
                    let calls = slot.map_or(Calls::NONE, |slot| slot.calls);
                    let steps = self.automaton.leaving(now.state).iter().filter(|step| fits(step, entry.irq));
                    heads.extend(steps.filter_map(|step| step.calls.after(calls)).map(Calls::head));
                }
            }
        }
        heads.into_iter().filter(|&head| head != 0).map(|head| self.words.name(head)).collect()
    }
}
