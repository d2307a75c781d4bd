//! The way to the states that a search looks for.
//!
//! Of all shortest paths to any of them it is the first in the order of labels. A graph numbers the states of a level by
//! the least labels that lead to them, so that this is the path to the first such state of the graph.

use rayon::prelude::*;

use super::bits::{Bits, columns};
use super::trail::Level;
use super::{Pair, Pairs};
use crate::paired::Paired;
use crate::system::Label;

impl<T: Paired> Pairs<'_, T> {
    /// The pairs of a set that are looked for, if there are any.
    pub(super) fn chosen(
        &self,
        set: &Bits,
        sought: &(dyn Fn(Pair) -> bool + Sync),
    ) -> Option<Bits> {
        let pairs = set.nonzero_by_strip().flat_map_iter(|words| {
            words.flat_map(|(row, word, bits)| {
                columns(word, bits).map(move |column| (row as u32, column as u32))
            })
        });
        let chosen: Vec<Pair> = pairs.filter(|&pair| sought(pair)).collect();
        let mut bits = (!chosen.is_empty()).then(|| self.bits())?;
        for (row, column) in chosen {
            bits.insert(row as usize, column as usize);
        }
        Some(bits)
    }

    /// The labels of the path to some pair of `there`, which is a part of the level after those of `trail`. Backwards
    /// through the levels, to know from where it goes on in each, and forwards by the least label.
    pub(super) fn way(&self, mut trail: Vec<Level>, there: Bits) -> Vec<Label> {
        let back = self.links(|_, step| Some((step.from, step.to)));
        let mut front = self.front();
        front.frontier = there;
        let mut onwards = vec![Level::of(&front.frontier)];
        while let Some(level) = trail.pop() {
            let mut elsewhere = self.bits();
            level.put(&mut elsewhere);
            elsewhere.invert();
            front.advance(&back, &mut elsewhere, u64::MAX);
            onwards.push(Level::of(&front.frontier));
        }
        onwards.pop();
        let (mut pair, mut labels) = ((0, 0), Vec::new());
        while let Some(level) = onwards.pop() {
            let next = self
                .steps(pair)
                .filter(|(_, next)| level.contains(next.0, next.1));
            let (label, next) = next
                .min()
                .expect("a step to a state from which the way goes on");
            labels.push(label);
            pair = next;
        }
        labels
    }

    /// The steps out of a state: the label, and the state that it leads to.
    fn steps(&self, pair: Pair) -> impl Iterator<Item = (Label, Pair)> {
        let numbers = [pair.0, pair.1];
        (0..2).flat_map(move |half: usize| {
            let (side, other) = (&self.sides[half], numbers[1 - half]);
            let held = self.sides[1 - half].held[other as usize];
            let leaving = side.leaving(numbers[half] as usize).iter();
            leaving
                .filter(move |step| side.allows(step, held))
                .map(move |step| {
                    let next = if half == 0 {
                        (step.to, other)
                    } else {
                        (other, step.to)
                    };
                    (step.label, next)
                })
        })
    }
}
