//! The moves from one hypothesis to the next: those that explain an entry, and those that happen between two entries.

use super::hypothesis::{ANYBODY, Hypothesis, Slot, Taken};
use crate::trace::automaton::{Automaton, Step};
use crate::trace::calls::Calls;
use crate::trace::entry::is_flow_handler;
use crate::trace::recording::Part;
use crate::trace::relevant::{Relevant, Whose};
use crate::trace::words::Words;

/// Functions that are entered, and printed, before the lock is taken under which the step takes effect. Flow handlers are
/// such functions, too.
const TAKES_LOCK: &[&str] = &[
    "irq_handler_entry",
    "vfio_intx_handler",
    "vfio_pci_intx_mask",
    "vfio_pci_intx_unmask_handler",
    "disable_irq_nosync",
    "enable_irq",
    "eventfd_signal_mask",
];

/// How one hypothesis follows from another. A step is an index into the automaton's steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// The entry is a call of a step that takes effect later.
    Begins,
    /// The entry is a call of this step, which takes effect with it.
    TakesEffect(u32),
    /// The entry is a call of a step of its context that took effect before.
    Continues,
    /// The entry is a call of a step whose beginning was lost.
    Found,
    /// The entry is somebody else's.
    Others,
    /// A step that calls nothing that the recording shows.
    Silent(u32),
    /// A step that began with an entry of this context takes effect.
    Late(u32, u32),
    /// A step of which the first entries, or all, were lost.
    Lost(u32),
    /// The rest of what this context was in the middle of was lost.
    Forgets(u32),
}

/// An entry as far as it decides which hypotheses follow from which.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Arrival {
    context: u32,
    number: u8,
    irq: Option<bool>,
    whose: Whose,
    /// Its step may take effect after an entry of somebody else.
    may_wait: bool,
    /// After it, entries may have been lost.
    pub blind: bool,
}

/// The meaning of a name for the configuration.
#[derive(Clone, Copy, Default)]
struct Name {
    /// It is printed before its lock is taken.
    takes_lock: bool,
    /// It is a function of another controller's driver.
    foreign: bool,
    /// Only setting up calls it. By then `__free_irq` has waited for every handler, and `vfio_virqfd_disable` for its work
    /// (6.12): no context is in the middle of a step from before.
    settles: bool,
}

/// The moves of a configuration through a part.
pub(super) struct Moves<'a> {
    pub automaton: &'a Automaton,
    pub words: &'a Words,
    pub part: &'a Part,
    /// By the name's number; 0 is no name.
    names: [Name; 256],
}

fn takes_lock(name: &str) -> bool {
    is_flow_handler(name) || TAKES_LOCK.contains(&name)
}

/// Whether a step can happen in the context of an entry.
pub(super) fn fits(step: &Step, irq: Option<bool>) -> bool {
    irq.is_none_or(|irq| irq == step.irq)
}

impl<'a> Moves<'a> {
    pub fn new(automaton: &'a Automaton, words: &'a Words, part: &'a Part) -> Self {
        let chip = automaton.configuration.chip.name;
        let mut names = [Name::default(); 256];
        for (name, number) in words
            .all()
            .filter_map(|name| Some((name, words.number(name)?)))
        {
            names[usize::from(number)] = Name {
                takes_lock: takes_lock(name),
                foreign: words.is_chip(name) && !words.emits(chip, name),
                settles: words.only_sets_up(name),
            };
        }
        Self {
            automaton,
            words,
            part,
            names,
        }
    }

    /// The entry with this index.
    pub fn arrival(&self, at: usize) -> Arrival {
        let Relevant {
            context,
            number,
            irq,
            whose,
            ..
        } = self.part.entries[at];
        Arrival {
            context,
            number,
            irq,
            whose,
            may_wait: self.may_wait(at),
            blind: self.part.blind[at + 1],
        }
    }

    fn takes_lock(&self, number: u8) -> bool {
        self.names[usize::from(number)].takes_lock
    }

    /// Whether somebody else's entry comes before the next one that is printed under this context's lock, so that the
    /// step of this entry may take effect after it. Of an entry that may be another interrupt's both are possible.
    fn may_wait(&self, at: usize) -> bool {
        let here = &self.part.entries[at];
        if !self.takes_lock(here.number) {
            return false;
        }
        let mut after = self.part.entries[at + 1..].iter();
        let next =
            after.find(|entry| entry.context != here.context || !self.takes_lock(entry.number));
        next.is_some_and(|entry| entry.context != here.context || entry.is_open())
    }

    /// The hypotheses that follow with one more entry; `None` is one that there is no room for.
    ///
    /// An entry that may be somebody else's is taken both ways. Only a context in the middle of a step has no choice: its calls
    /// are of that step. So a task's calls stay together: all of them are ours, or none is.
    pub fn with_entry(
        &self,
        now: Hypothesis,
        arrival: &Arrival,
        mut to: impl FnMut(Move, Option<Hypothesis>),
    ) {
        let Name {
            foreign, settles, ..
        } = self.names[usize::from(arrival.number)];
        if !foreign {
            self.ours(now, arrival, |how, next| {
                if !settles || next.is_none_or(|next| next.slot(ANYBODY).is_none()) {
                    to(how, next);
                }
            });
        }
        if arrival.whose == Whose::Ours {
            return;
        }
        let slot = now.slot(arrival.context).unwrap_or(idle(arrival.context));
        let together = matches!(arrival.whose, Whose::OpenWithRun { .. });
        let run = if arrival.whose == (Whose::OpenWithRun { last: false }) {
            Taken::Others
        } else {
            Taken::Known
        };
        if slot.calls.is_empty() && !together {
            to(Move::Others, Some(now));
        } else if slot.calls.is_empty() && slot.run != Taken::Ours {
            to(Move::Others, now.with(now.state, Slot { run, ..slot }));
        }
    }

    /// The hypotheses that follow if the entry is the function's.
    fn ours(
        &self,
        now: Hypothesis,
        arrival: &Arrival,
        mut to: impl FnMut(Move, Option<Hypothesis>),
    ) {
        let &Arrival {
            context,
            number,
            whose,
            ..
        } = arrival;
        let run = match whose {
            Whose::Ours | Whose::Open => None,
            Whose::OpenWithRun { last: false } => Some(Taken::Ours),
            Whose::OpenWithRun { last: true } => Some(Taken::Known),
        };
        if run.is_some() && now.taken(context) == Taken::Others {
            return;
        }
        let slot = now.slot(context).unwrap_or(idle(context));
        let slot = Slot {
            run: run.unwrap_or(slot.run),
            ..slot
        };
        if !slot.begun {
            if slot.calls.head() == number {
                to(
                    Move::Continues,
                    now.with(
                        now.state,
                        Slot {
                            calls: slot.calls.tail(),
                            ..slot
                        },
                    ),
                );
            }
            return;
        }
        self.begun(now, slot, arrival, &mut to);
        let lost = now.slot(ANYBODY).filter(|lost| lost.calls.head() == number);
        if let (true, Some(lost)) = (slot.calls.is_empty(), lost) {
            to(Move::Found, found(now, slot, lost));
        }
    }

    /// The hypotheses that follow if the entry is a call of a step that has not taken effect before it.
    fn begun(
        &self,
        now: Hypothesis,
        slot: Slot,
        arrival: &Arrival,
        to: &mut impl FnMut(Move, Option<Hypothesis>),
    ) {
        let Some(calls) = slot.calls.push(arrival.number) else {
            return;
        };
        let mut waits = arrival.may_wait;
        for (index, step) in self
            .automaton
            .leaving(now.state)
            .filter(|(_, step)| fits(step, arrival.irq))
        {
            let Some(rest) = step.calls.after(calls) else {
                continue;
            };
            if self.takes_lock(rest.head()) {
                waits = true;
            } else {
                to(
                    Move::TakesEffect(index),
                    now.with(
                        step.to,
                        Slot {
                            begun: false,
                            calls: rest,
                            ..slot
                        },
                    ),
                );
            }
        }
        if waits {
            to(Move::Begins, now.with(now.state, Slot { calls, ..slot }));
        }
    }

    /// The hypotheses that follow without an entry: steps with no visible call, steps that began with an entry and take
    /// effect now and, where entries were lost (`blind`), everything.
    pub fn between(
        &self,
        now: Hypothesis,
        blind: bool,
        mut to: impl FnMut(Move, Option<Hypothesis>),
    ) {
        for (index, step) in self.automaton.leaving(now.state) {
            if step.calls.is_empty() {
                to(
                    Move::Silent(index),
                    Some(Hypothesis {
                        state: step.to,
                        ..now
                    }),
                );
            }
            for slot in now
                .slots
                .into_iter()
                .filter(|slot| slot.begun && !slot.calls.is_empty())
            {
                let rest = step.calls.after(slot.calls);
                if let Some(calls) = rest.filter(|rest| !self.takes_lock(rest.head())) {
                    to(
                        Move::Late(index, slot.context),
                        now.with(
                            step.to,
                            Slot {
                                begun: false,
                                calls,
                                ..slot
                            },
                        ),
                    );
                }
            }
            let mut calls = if blind { step.calls } else { Calls::NONE };
            while !calls.is_empty() {
                calls = calls.tail();
                to(
                    Move::Lost(index),
                    now.with(
                        step.to,
                        Slot {
                            context: ANYBODY,
                            calls,
                            ..Slot::default()
                        },
                    ),
                );
            }
        }
        for slot in now
            .slots
            .into_iter()
            .filter(|slot| blind && slot.context != 0)
        {
            to(Move::Forgets(slot.context), forgets(now, slot));
        }
    }
}

/// The context of `slot` is in the step whose beginning was lost, and one of whose calls the entry is.
fn found(now: Hypothesis, slot: Slot, lost: Slot) -> Option<Hypothesis> {
    let nobody = Slot {
        context: ANYBODY,
        ..Slot::default()
    };
    let rest = Slot {
        begun: false,
        calls: lost.calls.tail(),
        ..slot
    };
    now.with(now.state, nobody)?.with(now.state, rest)
}

/// The next call of this context was lost, or all of them.
fn forgets(now: Hypothesis, slot: Slot) -> Option<Hypothesis> {
    let calls = if slot.begun {
        Calls::NONE
    } else {
        slot.calls.tail()
    };
    let run = Taken::Known;
    now.with(now.state, Slot { calls, run, ..slot })
}

/// A context that is in no step.
fn idle(context: u32) -> Slot {
    Slot {
        context,
        begun: true,
        ..Slot::default()
    }
}
