//! One way in which a recording can have come about.

use rustc_hash::FxHashSet;

use crate::trace::calls::Calls;

/// Contexts that are in the middle of a step at most.
pub(super) const SLOTS: usize = 4;
/// The context of a step whose beginning was lost.
pub(in crate::trace) const ANYBODY: u32 = u32::MAX;

/// One context in the middle of a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Slot {
    /// The context's number; 0 for none.
    pub context: u32,
    /// The step has not taken effect, and `calls` are those seen; else it has, and `calls` are those to come.
    pub begun: bool,
    pub calls: Calls,
    /// Whether the run that the context is in is ours, where that is not known otherwise.
    pub run: Taken,
}

/// Whether a hypothesis takes a run for ours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Taken {
    /// Its entries say.
    #[default]
    Known,
    Ours,
    Others,
}

/// A state of the configuration and, for each context that is in the middle of a step, what the step still has to call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Hypothesis {
    pub(super) state: u32,
    pub(super) slots: [Slot; SLOTS],
}

/// Hypotheses, each once.
pub(super) type Set = FxHashSet<Hypothesis>;

impl Hypothesis {
    pub(super) fn slot(&self, context: u32) -> Option<Slot> {
        self.slots.into_iter().find(|slot| slot.context == context)
    }

    pub(super) fn taken(&self, context: u32) -> Taken {
        self.slot(context).map_or(Taken::Known, |slot| slot.run)
    }

    /// With this slot instead of the context's; one with no calls to come in no run is none. `None` where there is no room.
    pub(super) fn with(mut self, state: u32, mut new: Slot) -> Option<Self> {
        new.begun |= new.calls.is_empty();
        self.state = state;
        let old = self
            .slots
            .iter()
            .position(|slot| slot.context == new.context);
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
