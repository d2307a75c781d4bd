//! Potentials of the states of a strongly connected component, for many choices of weights at once.
//!
//! The potential of a state is at least the potential of any next state plus the weight of the transition. Potentials
//! are raised until that is so (Bellman and Ford), and each state remembers the transition by which it was raised last.
//! If these transitions close a cycle, its weight is positive. If there is a cycle of positive weight, they close one in
//! the end: a potential that no path without a cycle can give was given by a path with one.

use super::component::{Component, Service};

/// A number that potentials and weights are kept in.
pub(super) trait Number: Copy + Default + Ord + TryFrom<i128> {
    /// Weights are at most this.
    const MOST_WEIGHT: Self;
    /// A potential above this could become too large.
    const MOST: Self;

    fn plus(self, weight: Self) -> Self;
}

impl Number for i16 {
    const MOST_WEIGHT: Self = 1 << 10;
    const MOST: Self = Self::MAX - Self::MOST_WEIGHT;

    #[inline(always)]
    fn plus(self, weight: Self) -> Self {
        self.saturating_add(weight)
    }
}

/// Large enough for all: a weight has less than 2^65 and a path less than 2^32 transitions.
impl Number for i128 {
    const MOST_WEIGHT: Self = Self::MAX / 2;
    const MOST: Self = Self::MAX - Self::MOST_WEIGHT;

    fn plus(self, weight: Self) -> Self {
        self + weight
    }
}

/// The potentials, a lane for each choice of weights.
pub(super) struct Potentials<'a, N, const LANES: usize> {
    component: &'a Component,
    /// By kind.
    weights: Vec<[N; LANES]>,
    /// By place. A potential starts as 0 and grows.
    of: Vec<[N; LANES]>,
    /// By place, which of its transitions raised the potential last.
    by: Vec<[u8; LANES]>,
    /// The lanes that have new weights.
    new: [bool; LANES],
    /// The lanes with a potential that is too large.
    full: [bool; LANES],
}

impl<'a, N: Number, const LANES: usize> Potentials<'a, N, LANES> {
    /// All weights are 0.
    pub(super) fn new(component: &'a Component, kinds: usize) -> Self {
        let states = component.states();
        Self {
            component,
            weights: vec![[N::default(); LANES]; kinds],
            of: vec![[N::default(); LANES]; states],
            by: vec![[0; LANES]; states],
            new: [false; LANES],
            full: [false; LANES],
        }
    }

    /// Gives a lane other weights, by kind, or none if they are too large. Returns whether they are not.
    pub(super) fn weigh(&mut self, lane: usize, weights: impl Iterator<Item = i128>) -> bool {
        self.new[lane] = true;
        let mut fit = true;
        for (of_kind, weight) in self.weights.iter_mut().zip(weights) {
            let weight = N::try_from(weight).ok();
            fit &= weight.is_some_and(|weight| weight <= N::MOST_WEIGHT);
            of_kind[lane] = weight.unwrap_or_default();
        }
        if !fit {
            self.leave(lane);
        }
        fit
    }

    /// All weights of a lane are 0 from now on.
    pub(super) fn leave(&mut self, lane: usize) {
        self.new[lane] = true;
        self.weights
            .iter_mut()
            .for_each(|weights| weights[lane] = N::default());
    }

    /// Looks at each transition once and raises potentials: first by services, whose next states have the potentials of
    /// the call before, and then by all else. So a path that raises has one service more with each call, and the cycles
    /// that are found are short. Returns by lane the first place where a potential was raised.
    pub(super) fn raise(&mut self) -> [Option<usize>; LANES] {
        self.clear();
        let (component, mut raised) = (self.component, [None; LANES]);
        for services in component
            .services()
            .chunk_by(|one, next| one.from == next.from)
        {
            let place = services[0].from as usize;
            let others = component.leaving(place).count();
            let leaving = services
                .iter()
                .map(|&Service { to, kind, .. }| (to as usize, kind));
            self.raise_one(place, others as i16, leaving, &mut raised);
        }
        for place in 0..component.states() {
            self.raise_one(place, 0, component.leaving(place), &mut raised);
        }
        raised
    }

    /// Raises the potentials of one place by transitions, which are numbered from `first` on.
    #[inline(always)]
    fn raise_one(
        &mut self,
        place: usize,
        first: i16,
        leaving: impl Iterator<Item = (usize, u16)>,
        raised: &mut [Option<usize>; LANES],
    ) {
        let before = self.of[place];
        let (mut highest, mut by) = (before, [0i16; LANES]);
        for (number, (to, kind)) in (first..).zip(leaving) {
            let (next, weights) = (&self.of[to], &self.weights[usize::from(kind)]);
            for lane in 0..LANES {
                let potential = next[lane].plus(weights[lane]);
                let higher = -i16::from(potential > highest[lane]);
                highest[lane] = potential.max(highest[lane]);
                by[lane] = by[lane] & !higher | number & higher;
            }
        }
        if highest == before {
            return;
        }
        self.of[place] = highest;
        for lane in (0..LANES).filter(|&lane| highest[lane] > before[lane]) {
            self.by[place][lane] = by[lane] as u8;
            self.full[lane] |= highest[lane] > N::MOST;
            raised[lane] = raised[lane].or(Some(place));
        }
    }

    /// Takes the potentials of lanes that have new weights back to 0.
    fn clear(&mut self) {
        if self.new == [false; LANES] {
            return;
        }
        let new = self.new;
        for potentials in &mut self.of {
            for (potential, new) in potentials.iter_mut().zip(new) {
                *potential = if new { N::default() } else { *potential };
            }
        }
        for lane in 0..LANES {
            self.full[lane] &= !self.new[lane];
        }
        self.new = [false; LANES];
    }

    /// Whether a potential of a lane may be too low, for want of room.
    pub(super) fn is_full(&self, lane: usize) -> bool {
        self.full[lane]
    }

    /// The kinds on the cycle that the transitions by which states were raised lead to from a place, if they do (Brent).
    pub(super) fn cycle(&self, lane: usize, place: usize) -> Option<Vec<u16>> {
        let (mut at, mut mark, mut steps, mut most) = (place, place, 0, 1);
        loop {
            at = self.next(lane, at)?.0;
            if at == mark {
                break;
            }
            steps += 1;
            if steps == most {
                (mark, steps, most) = (at, 0, most * 2);
            }
        }
        let mut kinds = Vec::new();
        loop {
            let (to, kind) = self.next(lane, at)?;
            kinds.push(kind);
            at = to;
            if at == mark {
                return Some(kinds);
            }
        }
    }

    /// The transition by which a state was raised last, if it was raised.
    fn next(&self, lane: usize, place: usize) -> Option<(usize, u16)> {
        let raised = self.of[place][lane] > N::default();
        let by = usize::from(self.by[place][lane]);
        let component = self.component;
        let mut all = component.leaving(place).chain(component.serving(place));
        all.nth(by).filter(|_| raised)
    }
}
