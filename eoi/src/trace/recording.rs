//! What may matter of a recording, and one interrupt's part of it.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use super::relevant::Seen;
use super::runs::{Function, Owners, Runs};
use super::words::Words;

/// One interrupt's part of a recording.
#[derive(Default)]
pub struct Relevant {
    /// Its lines.
    pub seen: Vec<Seen>,
    /// For each, and before the first: whether something may have happened after it that was lost.
    pub blind: Vec<bool>,
    /// Lines that belong to other interrupts.
    pub aside: usize,
    /// The runs that are flow handlers'.
    pub flows: BTreeSet<u32>,
}

impl Relevant {
    /// Whether its first line is the first of setting up: `irq_startup` comes before the driver's, if it is recorded.
    fn begins_with_set_up(&self) -> bool {
        let is_startup = |seen: &Seen| seen.name() == "irq_startup";
        let first = self.seen.first().filter(|seen| seen.sets_up && !seen.maybe);
        first.is_some_and(|first| is_startup(first) || !self.seen.iter().any(is_startup))
    }
}

/// What of KVM's events a recording shows. They name a pin of the guest, and so no INTx function.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kvm {
    /// `kvm_ack_irq`: the guest's EOI reached KVM.
    pub acks: usize,
    /// `kvm_set_irq` with source 1: the resampler took the guest's pin down.
    pub resamples: usize,
    /// Any other `kvm_set_irq`, level 1.
    pub injections: usize,
    /// The line of the last `kvm_ack_irq`.
    pub last_ack: Option<usize>,
    /// The line of the last `kvm_set_irq` with source 1.
    pub last_resample: Option<usize>,
}

/// What may matter of a whole recording.
#[derive(Default)]
pub struct Recording {
    /// The lines.
    pub(super) seen: Vec<Seen>,
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
    /// Lines that the model does not know.
    pub unknown: usize,
    /// Lines of others who call the same functions.
    pub aside: usize,
    /// Places where entries were lost.
    pub lost: usize,
    /// KVM's events.
    pub kvm: Kvm,
}

/// Whose a line is, for one function.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whose {
    Ours,
    Maybe,
    Others,
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
        for seen in &self.seen {
            let shown = &mut numbers[usize::from(seen.number)];
            *shown = *shown || all.iter().any(|&index| self.whose(seen, index) != Whose::Others);
        }
        (1..=u8::MAX).filter(|&n| numbers[usize::from(n)]).map(|n| Words::learnt().name(n)).collect()
    }

    /// What [`Recording::of`] takes: every function or, if none has a number, the only one.
    pub fn parts(&self) -> impl Iterator<Item = Option<usize>> + use<> {
        let functions = self.functions.len();
        (0..functions.max(1)).map(move |index| (functions > 0).then_some(index))
    }

    fn whose(&self, seen: &Seen, index: Option<usize>) -> Whose {
        let run = self.runs.get(seen.run);
        let irq = run.and_then(|run| run.irq);
        let Some(index) = index else {
            return if run.is_some_and(|run| run.flow && irq.is_some()) { Whose::Others } else { Whose::Ours };
        };
        let ours = &self.functions[index];
        let alone = self.functions.len() == 1;
        let shared = self.functions.iter().filter(|function| function.irq == ours.irq).count() > 1;
        match (irq, run) {
            _ if seen.after && !alone => Whose::Maybe,
            (Some(irq), _) if irq != ours.irq => Whose::Others,
            (Some(_), Some(run)) if !run.flow && shared => Whose::Maybe,
            (Some(_), Some(run)) => {
                let action = usize::from(seen.action);
                let entered = run.actions & (1 << index) != 0;
                match action.checked_sub(1) {
                    Some(other) if other != index && self.exits => Whose::Others,
                    Some(other) if other != index => Whose::Maybe,
                    // genirq calls every action: ours was not there, or its entry was lost.
                    _ if run.entered && !entered => Whose::Maybe,
                    _ => Whose::Ours,
                }
            }
            (None, _) if !alone => Whose::Maybe,
            _ => Whose::Ours,
        }
    }

    /// The part of one INTx function.
    #[must_use]
    pub fn of(&self, index: Option<usize>) -> Relevant {
        let mut relevant = Relevant::default();
        let mut last = FxHashMap::default(); // of each run, its last line that may be somebody else's
        let mut before = Vec::with_capacity(self.seen.len() + 1);
        for seen in &self.seen {
            before.push(relevant.seen.len() as u32);
            let whose = self.whose(seen, index);
            if whose == Whose::Others {
                relevant.aside += 1;
                continue;
            }
            let flow = self.runs.get(seen.run).is_some_and(|run| run.flow);
            let together = flow && whose == Whose::Maybe && !seen.after;
            if together && let Some(before) = last.insert(seen.run, relevant.seen.len()) {
                relevant.seen[before].last = false;
            }
            let maybe = seen.maybe || whose == Whose::Maybe;
            relevant.seen.push(Seen { maybe, together, last: together, ..*seen });
            if flow {
                relevant.flows.insert(seen.run);
            }
        }
        before.push(relevant.seen.len() as u32);
        let dropped = index.and_then(|index| self.functions[index].from).map(|from| (0, from));
        let mut begins = vec![0_i32; relevant.seen.len() + 2]; // how many more stretches there are than before
        for (from, to) in self.blind.iter().copied().chain(dropped) {
            begins[before[from] as usize] += 1;
            begins[before[to] as usize + 1] -= 1;
        }
        let mut open = 0;
        let is_blind = |more: &i32| {
            open += more;
            open > 0
        };
        relevant.blind = begins[..=relevant.seen.len()].iter().map(is_blind).collect();
        relevant.blind[0] |= !relevant.begins_with_set_up();
        relevant
    }
}
