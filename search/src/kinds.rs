//! The kinds of steps: a label with a cost. There are few of them, so that a transition keeps a number.

use rustc_hash::FxHashMap;

use crate::system::{Cost, Label};

/// The kinds that steps have had so far, in the order in which they were met.
pub(crate) struct Kinds<C> {
    numbers: FxHashMap<(Label, C), u16>,
    order: Vec<(Label, C)>,
}

impl<C> Default for Kinds<C> {
    fn default() -> Self {
        Self {
            numbers: FxHashMap::default(),
            order: Vec::new(),
        }
    }
}

impl<C: Cost> Kinds<C> {
    /// The number of a kind, if it has been met.
    #[inline(always)]
    pub(crate) fn find(&self, label: Label, cost: C) -> Option<u16> {
        self.numbers.get(&(label, cost)).copied()
    }

    /// The number of a kind.
    ///
    /// # Panics
    /// If there are more than 65,536.
    pub(crate) fn number(&mut self, label: Label, cost: C) -> u16 {
        *self.numbers.entry((label, cost)).or_insert_with(|| {
            let number = u16::try_from(self.order.len()).expect("at most 65,536 kinds of steps");
            self.order.push((label, cost));
            number
        })
    }

    /// The label of each kind.
    pub(crate) fn labels(&self) -> Vec<Label> {
        self.order.iter().map(|&(label, _)| label).collect()
    }

    /// The counts of each kind, a row of all metrics each.
    pub(crate) fn costs(&self) -> Vec<u32> {
        let row = |&(_, cost): &(Label, C)| (0..C::METRICS).map(move |metric| cost.count(metric));
        self.order.iter().flat_map(row).collect()
    }
}
