//! The check that the halves meet in nothing but what they hold.

use rayon::prelude::*;

use super::side::Side;
use crate::class::Facts;
use crate::paired::{Paired, Refusal};
use crate::system::Label;

/// Calls of the system's step that the check of one side takes, and another one for each step of a half.
const CALLS: usize = 1 << 16;

/// Compares the step of the whole system with the step of a half: every step that a half can take, beside one other half
/// at least, and beside all others in a small system; the events that it cannot take as well, in every half of a small
/// system and in some of a large one. Returns for each client in which halves it is owed a service, which must not depend
/// on the other half either; nor must any other fact.
///
/// # Errors
/// The first event, or the client, for which it is not so.
pub(crate) fn check<T: Paired>(
    system: &T,
    events: &[T::Event],
    sides: &[Side<T::Half>; 2],
) -> Result<[Vec<bool>; 2], Refusal> {
    let part = |own: usize| {
        let check = Check::new(system, events, sides, own);
        let halves = (0..sides[own].halves.len()).into_par_iter();
        // All of them first, so that the refusal is the first one with any number of threads.
        let owed: Vec<Result<bool, Refusal>> = halves.map(|half| check.half(half)).collect();
        owed.into_iter().collect::<Result<Vec<bool>, Refusal>>()
    };
    let [first, second] = [part(0), part(1)];
    Ok([first?, second?])
}

/// The check of one side.
struct Check<'a, T: Paired> {
    system: &'a T,
    events: &'a [T::Event],
    sides: &'a [Side<T::Half>; 2],
    own: usize,
    /// The fact that the client of this side is owed a service.
    owes: Facts,
    /// The events of this side.
    labels: Vec<Label>,
    /// Beside how many others each half is put, and how far they are apart.
    others: usize,
    apart: usize,
    /// One of so many halves is tried with all events, the rest with those that it can take.
    every: usize,
}

impl<'a, T: Paired> Check<'a, T> {
    fn new(
        system: &'a T,
        events: &'a [T::Event],
        sides: &'a [Side<T::Half>; 2],
        own: usize,
    ) -> Self {
        let of_part =
            |&(_, &event): &(usize, &T::Event)| usize::from(system.class(event).client) == own;
        let labels: Vec<Label> = events
            .iter()
            .enumerate()
            .filter(of_part)
            .map(|(label, _)| label as Label)
            .collect();
        let (halves, all) = (sides[own].halves.len(), sides[1 - own].halves.len());
        let calls = (halves * labels.len()).max(1);
        let others = (CALLS / calls).clamp(1, all);
        Self {
            system,
            events,
            sides,
            own,
            owes: Facts::owes(own as u8),
            labels,
            others,
            apart: all / others,
            every: calls.div_ceil(CALLS),
        }
    }

    /// Whether the client of this side is owed a service in one of its halves, after the half has been checked.
    fn half(&self, half: usize) -> Result<bool, Refusal> {
        let alone = self.facts(half, 0);
        let owes = alone.has(self.owes);
        // Each half is put beside others than the one before.
        let first = half.wrapping_mul(0x9e37_79b1);
        for other in (0..self.others)
            .map(|n| first.wrapping_add(n * self.apart) % self.sides[1 - self.own].halves.len())
        {
            self.beside(half, other)?;
            let facts = self.facts(half, other);
            if facts.has(self.owes) != owes {
                return Err(Refusal::Owed(self.own as u8));
            }
            if !alone.and(self.facts(0, other)).has(facts) {
                return Err(Refusal::Facts);
            }
        }
        Ok(owes)
    }

    /// Compares every event of one half beside one other.
    fn beside(&self, half: usize, other: usize) -> Result<(), Refusal> {
        let (side, state) = (&self.sides[self.own], self.join(half, other));
        let held = self.sides[1 - self.own].held[other];
        let mut steps = side
            .leaving(half)
            .iter()
            .filter(|step| side.allows(step, held))
            .peekable();
        for &label in &self.labels {
            let step = steps.next_if(|step| step.label == label);
            if step.is_none() && half % self.every != 0 {
                continue;
            }
            let event = self.events[usize::from(label)];
            let expected = step.map(|step| self.join(step.to as usize, other));
            let whole = self.system.step(state, event);
            let alone = || self.system.step(self.join(half, 0), event);
            // Beside the other's initial state the step has the same cost, if it can happen there.
            let same = |(_, cost)| alone().is_none_or(|(_, alone)| cost == alone);
            if whole.map(|(state, _)| state) != expected || !whole.is_none_or(same) {
                return Err(Refusal::Meets(label));
            }
        }
        Ok(())
    }

    fn facts(&self, half: usize, other: usize) -> Facts {
        self.system.facts(self.join(half, other))
    }

    fn join(&self, half: usize, other: usize) -> T::State {
        let mut numbers = [other; 2];
        numbers[self.own] = half;
        self.system
            .join([0, 1].map(|half: usize| self.sides[half].halves[numbers[half]]))
    }
}
