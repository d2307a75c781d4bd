//! The check that the halves meet in nothing but what they hold.

use rayon::prelude::*;

use super::side::Side;
use crate::class::Facts;
use crate::paired::{Paired, Refusal};
use crate::system::Label;

/// Compares the step of the whole system with the step of a half, for every half and event beside one other half. The
/// halves in which each client is owed a service, which must not depend on the other half either.
///
/// # Errors
/// The first event, or the client, for which it is not so.
pub(crate) fn check<T: Paired>(
    system: &T,
    events: &[T::Event],
    sides: &[Side<T::Half>; 2],
) -> Result<[Vec<bool>; 2], Refusal> {
    let part = |own: usize| {
        let of_part = |&(_, &event): &(usize, &T::Event)| usize::from(system.class(event).client) == own;
        let labels: Vec<Label> = events.iter().enumerate().filter(of_part).map(|(label, _)| label as Label).collect();
        let halves = (0..sides[own].halves.len()).into_par_iter();
        let beside = halves.map(|half| Beside::new(system, sides, own, half).check(system, events, &labels));
        // All first, so that the refusal is the first one with any number of threads.
        beside.collect::<Vec<Result<bool, Refusal>>>().into_iter().collect::<Result<Vec<bool>, Refusal>>()
    };
    let [first, second] = [part(0), part(1)];
    Ok([first?, second?])
}

/// A half beside another.
struct Beside<'a, T: Paired> {
    sides: &'a [Side<T::Half>; 2],
    own: usize,
    half: usize,
    other: usize,
    state: T::State,
}

impl<'a, T: Paired> Beside<'a, T> {
    /// Another for each half: the steps are coprime to most lengths, so that all others have their turn.
    fn new(system: &T, sides: &'a [Side<T::Half>; 2], own: usize, half: usize) -> Self {
        let other = half.wrapping_mul(0x9e37_79b1) % sides[1 - own].halves.len();
        let mut numbers = [half, other];
        if own == 1 {
            numbers.reverse();
        }
        let state = join(system, sides, numbers);
        Self { sides, own, half, other, state }
    }

    /// Whether the client is owed a service here, after every event has been compared.
    fn check(&self, system: &T, events: &[T::Event], labels: &[Label]) -> Result<bool, Refusal> {
        let side = &self.sides[self.own];
        let held = self.sides[1 - self.own].held[self.other];
        let mut steps = side.leaving(self.half).iter().filter(|step| side.allows(step, held)).peekable();
        for &label in labels {
            let expected =
                steps.next_if(|step| step.label == label).map(|step| self.state_with(system, step.to as usize));
            let whole = system.step(self.state, events[usize::from(label)]).map(|(state, _)| state);
            if whole != expected {
                return Err(Refusal::Meets(label));
            }
        }
        let client = self.own as u8;
        let owed = |state| system.facts(state).has(Facts::owes(client));
        let owes = owed(self.state);
        let mut initial = [0; 2];
        initial[self.own] = self.half;
        if owes == owed(join(system, self.sides, initial)) { Ok(owes) } else { Err(Refusal::Owed(client)) }
    }

    /// The state in which this half is another one.
    fn state_with(&self, system: &T, half: usize) -> T::State {
        let mut numbers = [self.other; 2];
        numbers[self.own] = half;
        join(system, self.sides, numbers)
    }
}

fn join<T: Paired>(system: &T, sides: &[Side<T::Half>; 2], numbers: [usize; 2]) -> T::State {
    system.join([0, 1].map(|half: usize| sides[half].halves[numbers[half]]))
}
