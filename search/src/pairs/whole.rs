//! All laws and costs of a system in two halves, without its graph.
//!
//! A thing that one half holds only refuses steps of the other. So what a half does in any run of the system, it can do
//! as well while the other one stays in its initial state, where it holds nothing: leaving out the steps of the other half
//! leaves a run. Each half is therefore searched alone, beside that state, and:
//!
//! * A fact about a state is a fact about one of its halves, and a state of a half alone is a state of the system. So
//!   `imbalance`, `leak` and `unhandled` are broken where they are broken in a half alone, and first there: another half
//!   that has moved makes the path longer.
//! * A cycle of the system is a cycle of each half, beside the other's initial state as well. So the first cycle that a
//!   law asks for, fair or not, is one of a half alone, and there is none if no half alone has one. If the component of
//!   the first one is fair and nothing goes on by itself in the other's initial state, it is as fair beside that state,
//!   and so is the one that breaks the law first. If not, who gets their turn depends on both halves, and the graph has to
//!   tell.
//! * `unbounded` can also be broken by a cycle of one half while the other one is owed a service. Such a cycle is further
//!   away than the first one of its half, whatever that owes, by as much as it takes to owe the other half something. If a
//!   half alone does not break the law nearer than that, the graph has to tell. So it has where a neighbour is owed a
//!   service.
//! * A cycle costs and serves what its halves' cycles cost and serve together, so that its ratio lies between theirs; and
//!   a cycle of a half alone is a cycle of the system. So the least and the greatest ratio are those of a half alone.
//! * `stall` depends on both halves, as one may keep what the other waits for: [`Reach::stall`](super::Reach::stall).
//!
//! All of this rests on two premises: neither the cost of a step nor a fact about a half depends on the other half.
//! `agree.rs` checks both, of a large system by a sample, and refuses a system of which they are not so.

use super::{Pairs, Reach};
use crate::class::{Class, Facts};
use crate::cycle::Sought;
use crate::explore::Search;
use crate::graph::Graph;
use crate::judgement::{Counterexample, first_with};
use crate::laws::{Law, OF_CYCLES, UNBOUNDED, Verdict, Verdicts};
use crate::packed::Words;
use crate::paired::{Held, Paired};
use crate::ratio::Cycles;
use crate::system::{EventSet, Label, TransitionSystem};

/// All that is known of a system without its graph.
pub struct Whole {
    /// The number of states.
    pub states: u64,
    /// The number of transitions.
    pub transitions: u64,
    /// The verdicts, with the same paths as those of the graph.
    pub verdicts: Verdicts,
    /// Best and worst costs; `None` if no cycle serves anything.
    pub cycles: Option<Cycles>,
}

impl<T: Paired> Pairs<'_, T> {
    /// All laws and costs, on the threads of rayon's current pool; `None` if only the graph can tell.
    #[must_use]
    pub fn whole(&self) -> Option<Whole> {
        let free = |half: usize| self.sides[half].held[0] == Held::NOTHING;
        if !free(0) || !free(1) {
            return None;
        }
        let alone = [self.alone(0)?, self.alone(1)?];
        let neighbour = |graph| first_with(graph, Facts::OWES_NEIGHBOUR).is_some();
        if alone.iter().any(neighbour) {
            return None;
        }
        let mut of_cycles = Vec::new();
        for (law, sought) in OF_CYCLES {
            let first = first_cycle(&alone, sought)?;
            if law == Law::Unbounded && !is_nearest(&alone, first.as_ref()) {
                return None;
            }
            of_cycles.push((law, first));
        }
        let [first, second] = alone;
        let cycles = match (Cycles::new(&first), Cycles::new(&second)) {
            (None, None) => None,
            (Some(first), Some(second)) => Some(Cycles::of_both(first, second)),
            _ => return None, // one that serves nothing may still have a cycle that costs something
        };
        let reach = self.reach();
        let (states, transitions) = (reach.states(), reach.transitions());
        let stall = reach.stall_labels();
        let verdicts = [&first, &second].map(Verdicts::new);
        let verdict = |law| {
            let either = either(law, &verdicts);
            let cycle = of_cycles.iter().find(|(of, _)| *of == law);
            match (law, cycle) {
                (Law::Stall, _) => Verdict {
                    broken_by: stall.clone(),
                    ..either
                },
                (_, Some((_, Some(found)))) => Verdict {
                    broken_by: Some(found.labels.clone()),
                    cycle: found.cycle,
                    ..either
                },
                _ => either,
            }
        };
        Some(Whole {
            states,
            transitions,
            verdicts: Verdicts::from_each(verdict),
            cycles,
        })
    }

    /// The graph of one half beside the other's initial state.
    fn alone(&self, half: usize) -> Option<Graph> {
        let own = (0..)
            .zip(&self.classes)
            .filter(|(_, class)| usize::from(class.client) == half);
        let alone = Alone {
            system: self.system,
            labels: own.fold(EventSet::NONE, |set, (label, _)| set.with(label)),
        };
        Some(Search::new().graph(&alone).ok()?.graph)
    }
}

impl<T: Paired> Reach<'_, '_, T> {
    /// The number of transitions.
    #[must_use]
    pub fn transitions(&self) -> u64 {
        let turned = self.visited.turned();
        let count = |half: usize, set: &super::Bits| -> u64 {
            let filters = &self.pairs.filters[half];
            let steps = self.pairs.sides[half].steps.iter();
            steps
                .map(|step| set.count(step.from as usize, &filters[usize::from(step.set)]))
                .sum()
        };
        count(0, &self.visited) + count(1, &turned)
    }
}

/// The first cycle of all, of a half alone, if it breaks the law; `None` if only the graph can tell. Of cycles that are as
/// near, it is one of the first kind.
fn first_cycle(alone: &[Graph; 2], sought: &[Sought]) -> Option<Option<Counterexample>> {
    let found = alone.iter().flat_map(|graph| {
        let kinds = (0..).zip(sought);
        kinds.filter_map(|(kind, sought)| Some((kind, sought.first_fair_or_not(graph)?)))
    });
    let first = found.min_by_key(|(kind, (found, _))| {
        let (path, cycle) = found.labels.split_at(path_to(found));
        (path.len(), *kind, path.to_vec(), cycle[0])
    });
    let goes_on = |graph: &Graph| graph.leaving(0).any(|edge| graph.class(edge).is_system());
    match first {
        None => Some(None),
        Some((_, (found, fair))) => (fair && !alone.iter().any(goes_on)).then_some(Some(found)),
    }
}

/// How many steps there are before a cycle.
fn path_to(found: &Counterexample) -> usize {
    found.labels.len() - found.cycle
}

/// Whether this first cycle of a half alone that breaks `unbounded` is nearer than any cycle of a half can be that breaks
/// it because the other half is owed a service.
fn is_nearest(alone: &[Graph; 2], first: Option<&Counterexample>) -> bool {
    let with_the_other = (0..2).filter_map(|half: usize| {
        let (cycle, _) = UNBOUNDED.first_fair_or_not(&alone[half])?;
        let (other, owes) = (&alone[1 - half], Facts::owes(1 - half as u8));
        Some(path_to(&cycle) + other.path(first_with(other, owes)?).len())
    });
    with_the_other
        .min()
        .is_none_or(|nearest| first.is_some_and(|first| path_to(first) < nearest))
}

/// The verdict of a law that is broken, or tested, where a half alone breaks or tests it. The path is the shorter one, or
/// of the same length the first one.
fn either(law: Law, verdicts: &[Verdicts; 2]) -> Verdict {
    let both = || verdicts.iter().map(|verdicts| verdicts.of(law));
    let paths = both().filter_map(|verdict| verdict.broken_by.clone());
    Verdict {
        law,
        broken_by: paths.min_by(|a, b| (a.len(), a).cmp(&(b.len(), b))),
        cycle: 0,
        sometimes: both().any(|verdict| verdict.sometimes),
    }
}

/// A system without the events of one half.
struct Alone<'a, T> {
    system: &'a T,
    /// The events of the other one.
    labels: EventSet,
}

impl<T: Paired> TransitionSystem for Alone<'_, T> {
    type State = T::State;
    type Event = T::Event;
    type Cost = T::Cost;

    fn initial(&self) -> T::State {
        self.system.initial()
    }

    fn events(&self) -> Vec<T::Event> {
        self.system.events()
    }

    fn step(&self, state: T::State, event: T::Event) -> Option<(T::State, T::Cost)> {
        self.system.step(state, event)
    }

    fn class(&self, event: T::Event) -> Class {
        self.system.class(event)
    }

    fn facts(&self, state: T::State) -> Facts {
        self.system.facts(state)
    }

    fn enabled(&self, state: T::State) -> EventSet {
        self.system.enabled(state).and(self.labels)
    }

    fn varying(&self) -> Words {
        self.system.varying()
    }

    fn successors(
        &self,
        state: T::State,
        events: &[T::Event],
        mut visit: impl FnMut(Label, T::State, T::Cost),
    ) {
        self.system.successors(state, events, |label, to, cost| {
            if self.labels.has(label) {
                visit(label, to, cost);
            }
        });
    }
}
