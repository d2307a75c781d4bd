//! The entries of a recording that may matter, and one INTx function's part of them.
//!
//! An entry that nothing attributes to a function is *possibly* this function's. If there is only one function, it is its.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::relevant::{Phase, Relevant, Whose};
use super::runs::{Function, Owners, Runs};
use super::words::Words;

/// One INTx function's part of a recording.
#[derive(Default)]
pub struct Part {
    /// Its entries.
    pub entries: Vec<Relevant>,
    /// For each, and before the first: whether something may have happened after it that was lost.
    pub blind: Vec<bool>,
    /// Entries that belong to other interrupts.
    pub aside: usize,
    /// The runs that are flow handlers'.
    pub flows: BTreeSet<u32>,
}

impl Part {
    /// Whether its first entry is the first of setting up: `irq_startup` comes before the driver's, if it is recorded.
    fn begins_with_set_up(&self) -> bool {
        let is_startup = |entry: &Relevant| entry.name() == "irq_startup";
        let first = self
            .entries
            .first()
            .filter(|entry| entry.phase == Phase::SetUp && !entry.is_open());
        first.is_some_and(|first| is_startup(first) || !self.entries.iter().any(is_startup))
    }
}

/// The events of KVM, counted. They name a pin of the guest, and so no INTx function.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Kvm {
    /// `kvm_ack_irq`: the guest ended an interrupt, and KVM knows of it.
    pub acks: usize,
    /// `kvm_set_irq` with source 1: the irqfd's resampler lowered the guest's pin.
    pub resamples: usize,
    /// Other `kvm_set_irq` with level 1: somebody raised a pin of the guest.
    pub injections: usize,
    /// The line of the last `kvm_ack_irq`. `null` if there is none.
    pub last_ack: Option<usize>,
    /// The line of the last `kvm_set_irq` with source 1. `null` if there is none.
    pub last_resample: Option<usize>,
}

/// Everything of a recording that may matter.
#[derive(Default)]
pub struct Recording {
    /// The entries.
    pub(super) entries: Vec<Relevant>,
    /// After which of them something was lost, as first and last.
    pub(super) blind: Vec<(usize, usize)>,
    pub(super) runs: Runs,
    /// The INTx functions, by the order of their first handler's entry.
    pub functions: Vec<Function>,
    /// Everybody whose handler an interrupt called.
    pub owners: Owners,
    /// Whether ends of handlers were recorded.
    pub(super) exits: bool,
    /// CPUs.
    pub cpus: usize,
    /// Entries that the model does not know.
    pub unknown: usize,
    /// Entries of others who call the same functions.
    pub aside: usize,
    /// Places where entries were lost.
    pub lost: usize,
    /// KVM's events.
    pub kvm: Kvm,
    /// perf printed it, which does not show where entries were lost.
    pub perf: bool,
    /// The changes of other programs that were undone in its text, in a sentence.
    pub undone: Option<String>,
}

impl Recording {
    /// Whether it shows whose handlers were entered.
    #[must_use]
    pub fn has_entries(&self) -> bool {
        !self.owners.is_empty()
    }

    /// Every name that may belong to an interrupt of vfio-pci.
    #[must_use]
    pub fn shown(&self) -> BTreeSet<&'static str> {
        let all: Vec<Option<usize>> = self.parts().collect();
        let mut numbers = [false; 256];
        for entry in &self.entries {
            let shown = &mut numbers[usize::from(entry.number)];
            *shown = *shown || all.iter().any(|&index| self.whose(entry, index).is_some());
        }
        (1..=u8::MAX)
            .filter(|&n| numbers[usize::from(n)])
            .map(|n| Words::learnt().name(n))
            .collect()
    }

    /// The arguments for [`Recording::of`]: every function or, if none has a number, `None` for the only one.
    pub fn parts(&self) -> impl Iterator<Item = Option<usize>> + use<> {
        let functions = self.functions.len();
        (0..functions.max(1)).map(move |index| (functions > 0).then_some(index))
    }

    /// Whether an entry is this function's; `None` if it is somebody else's.
    fn whose(&self, entry: &Relevant, index: Option<usize>) -> Option<Whose> {
        let run = self.runs.get(entry.run);
        let irq = run.and_then(|run| run.irq);
        let Some(index) = index else {
            let others = run.is_some_and(|run| run.flow && irq.is_some());
            return (!others).then_some(Whose::Ours);
        };
        let ours = &self.functions[index];
        let alone = self.functions.len() == 1;
        let shared = self
            .functions
            .iter()
            .filter(|function| function.irq == ours.irq)
            .count()
            > 1;
        match (irq, run) {
            _ if entry.phase == Phase::AfterEnd && !alone => Some(Whose::Open),
            (Some(irq), _) if irq != ours.irq => None,
            (Some(_), Some(run)) if !run.flow && shared => Some(Whose::Open),
            (Some(_), Some(run)) => {
                let action = usize::from(entry.action);
                let entered = run.actions & (1 << index) != 0;
                match action.checked_sub(1) {
                    Some(other) if other != index && self.exits => None,
                    Some(other) if other != index => Some(Whose::Open),
                    // genirq calls every action: ours was not there, or its entry was lost.
                    _ if run.entered && !entered => Some(Whose::Open),
                    _ => Some(Whose::Ours),
                }
            }
            (None, _) if !alone => Some(Whose::Open),
            _ => Some(Whose::Ours),
        }
    }

    /// The part of one INTx function.
    #[must_use]
    pub fn of(&self, index: Option<usize>) -> Part {
        let mut part = Part::default();
        let mut last = FxHashMap::default(); // of each run, its last entry that may be somebody else's
        let mut before = Vec::with_capacity(self.entries.len() + 1);
        for entry in &self.entries {
            before.push(part.entries.len() as u32);
            let Some(whose) = self.whose(entry, index) else {
                part.aside += 1;
                continue;
            };
            let flow = self.runs.get(entry.run).is_some_and(|run| run.flow);
            let whose = if flow && whose == Whose::Open && entry.phase != Phase::AfterEnd {
                if let Some(before) = last.insert(entry.run, part.entries.len()) {
                    part.entries[before].whose = Whose::OpenWithRun { last: false };
                }
                Whose::OpenWithRun { last: true }
            } else if entry.is_open() {
                entry.whose
            } else {
                whose
            };
            part.entries.push(Relevant { whose, ..*entry });
            if flow {
                part.flows.insert(entry.run);
            }
        }
        before.push(part.entries.len() as u32);
        part.blind = self.blind(&before, part.entries.len(), index);
        part.blind[0] |= !part.begins_with_set_up();
        part
    }

    /// For each of a part's `kept` entries, and before the first: whether something was lost there. `before` has, for each
    /// entry of the recording, how many of the part come before it.
    fn blind(&self, before: &[u32], kept: usize, index: Option<usize>) -> Vec<bool> {
        let dropped = index
            .and_then(|index| self.functions[index].from)
            .map(|from| (0, from));
        let mut begins = vec![0_i32; kept + 2]; // how many more stretches there are than before
        for (from, to) in self.blind.iter().copied().chain(dropped) {
            begins[before[from] as usize] += 1;
            begins[before[to] as usize + 1] -= 1;
        }
        let mut open = 0;
        let is_blind = |more: &i32| {
            open += more;
            open > 0
        };
        begins[..=kept].iter().map(is_blind).collect()
    }
}
