//! Potentials for many choices of weights at once.

use super::{Arcs, LANES};
use crate::set::Set;

/// A potential or a weight of each choice.
type Lanes = [i16; LANES];

/// Weights above this are not looked at here.
const MOST_WEIGHT: i64 = 1 << 10;
/// How often a state is looked at on average, at most.
const LOOKS: usize = 24;

impl Arcs<'_> {
    /// For each choice of weights, by kind, whether the first states have potentials that no transition exceeds. `false`
    /// says nothing: that could take long, or the numbers are too large.
    pub(super) fn settle(&self, states: usize, choices: &[Vec<i64>]) -> Vec<bool> {
        let fits = |weights: &Vec<i64>| weights.iter().all(|weight| weight.abs() <= MOST_WEIGHT);
        let weights: Vec<Lanes> = (0..self.counts.len())
            .map(|kind| {
                let mut lanes = [0; LANES];
                for (lane, choice) in lanes
                    .iter_mut()
                    .zip(choices)
                    .filter(|(_, choice)| fits(choice))
                {
                    *lane = choice[kind] as i16;
                }
                lanes
            })
            .collect();
        let mut potentials = vec![[0i16; LANES]; states];
        let mut active = Set::all(states);
        let mut looks = 0;
        let changed = loop {
            let (mut changed, mut any) = ([0i16; LANES], false);
            for from in 0..states as u32 {
                if !active.has(from) {
                    continue;
                }
                active.remove(from);
                looks += 1;
                let base = potentials[from as usize];
                for at in self.graph.range(from) {
                    let (kind, to) = (usize::from(self.graph.kinds[at]), self.graph.to[at]);
                    if !self.counts[kind] || to as usize >= states {
                        continue;
                    }
                    let above = raise(&mut potentials[to as usize], &base, &weights[kind]);
                    if above != [0; LANES] {
                        changed
                            .iter_mut()
                            .zip(above)
                            .for_each(|(all, one)| *all |= one);
                        active.insert(to);
                        any = true;
                    }
                }
            }
            if !any || looks > LOOKS * states.max(1 << 12) {
                break changed;
            }
        };
        let highest = potentials.iter().fold([0i16; LANES], |mut highest, lanes| {
            highest
                .iter_mut()
                .zip(lanes)
                .for_each(|(highest, &lane)| *highest = lane.max(*highest));
            highest
        });
        let settled = |(lane, choice): (usize, &Vec<i64>)| {
            fits(choice) && changed[lane] == 0 && highest[lane] < i16::MAX
        };
        choices.iter().enumerate().map(settled).collect()
    }
}

/// Raises potentials to those of the state before and the weights, and returns by lane 0 where they were as high.
#[inline(always)]
fn raise(to: &mut Lanes, from: &Lanes, weights: &Lanes) -> Lanes {
    let mut above = [0; LANES];
    for lane in 0..LANES {
        let potential = from[lane].saturating_add(weights[lane]);
        let higher = potential.max(to[lane]);
        above[lane] = higher ^ to[lane];
        to[lane] = higher;
    }
    above
}
