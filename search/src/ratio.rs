//! Best and worst cost of a service: the cycle of least and of greatest cost per service.
//!
//! A cycle-ratio problem, solved exactly in integers: for a candidate ratio `p/q`, weigh every transition with
//! `q * cost - p * served`; a cycle of positive weight has a greater ratio, and its own ratio is the next candidate
//! (Dinkelbach). There is none when every state has a potential that no transition exceeds (`potentials`). A cycle of
//! positive weight without any service says that there is no greatest ratio: the cost has no bound.
//!
//! A cycle lies in a strongly connected component, so that each of them is looked at by itself, with the candidates of
//! those before. A cycle that is found for one metric is a candidate for all. Time: the transitions inside components,
//! times the services of the longest path that has a better ratio than a candidate, of which there are few a metric.

mod component;
mod potentials;

use std::cmp::Ordering;

use crate::class::Role;
use crate::graph::Graph;
use crate::part::Part;
use crate::scc::{Components, components};
use crate::set::Set;
use component::{Component, Counted, ranks};
use potentials::{Number, Potentials};

/// A ratio of two counts, in lowest terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ratio {
    /// The cost.
    pub cost: u64,
    /// The services that it was for.
    pub served: u64,
}

impl Ratio {
    /// `cost / served` in lowest terms.
    ///
    /// # Panics
    /// If `served` is 0.
    #[must_use]
    pub const fn new(cost: u64, served: u64) -> Self {
        assert!(served != 0, "a cost is for a service");
        let divisor = gcd(cost, served);
        Self {
            cost: cost / divisor,
            served: served / divisor,
        }
    }
}

impl Ord for Ratio {
    fn cmp(&self, other: &Self) -> Ordering {
        let product = |cost: u64, served: u64| u128::from(cost) * u128::from(served);
        product(self.cost, other.served).cmp(&product(other.cost, self.served))
    }
}

impl PartialOrd for Ratio {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

const fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// Best and worst of one metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// The least cost per service.
    pub best: Ratio,
    /// The greatest cost per service; `None` where there is no bound.
    pub worst: Option<Ratio>,
}

/// Best and worst costs of a service, for all metrics.
pub struct Cycles {
    bounds: Vec<Bounds>,
}

impl Cycles {
    /// The cycles of the transitions whose events count, or `None` if no such cycle serves anything.
    #[must_use]
    pub fn new(graph: &Graph) -> Option<Self> {
        let counted = Counted {
            graph,
            counts: graph.kinds_where(|class| class.counts),
            serves: graph.kinds_where(|class| class.role == Role::Service),
        };
        let mut part = Part::with_cycles(graph, Set::all(graph.states()), &counted.counts);
        let Components { of, order } = components(&part.offsets, &part.to);
        (part.offsets, part.to) = (Vec::new(), Vec::new()); // which would take much memory meanwhile
        let ranks = ranks(&order);
        let (mut search, mut any_serves) = (Search::new(&counted), false);
        for places in order.chunk_by(|&one, &next| of[one as usize] == of[next as usize]) {
            if let Some(component) = counted.component(&part, &ranks, places) {
                any_serves |= !component.services().is_empty();
                search.improve(&component);
            }
        }
        any_serves.then(|| Self {
            bounds: search.bounds(),
        })
    }

    /// Of the cycles of two graphs that have the same metrics.
    pub(crate) fn of_both(one: Self, other: Self) -> Self {
        let pairs = one.bounds.into_iter().zip(other.bounds);
        let bounds = pairs.map(|(one, other)| Bounds {
            best: one.best.min(other.best),
            worst: one
                .worst
                .zip(other.worst)
                .map(|(one, other)| one.max(other)),
        });
        Self {
            bounds: bounds.collect(),
        }
    }

    /// Best and worst of one metric, which is below [`Graph::metrics`].
    #[must_use]
    pub fn bounds(&self, metric: usize) -> Bounds {
        self.bounds[metric]
    }
}

/// The most extreme ratio so far.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Found {
    /// No cycle that serves anything.
    Nothing,
    /// That of a cycle.
    Ratio(Ratio),
    /// There is a cycle that costs something and serves nothing, and the greatest is looked for.
    Unbounded,
}

/// A least or greatest ratio that is looked for.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Extreme {
    metric: usize,
    /// 1 for the greatest, -1 for the least.
    sign: i128,
    found: Found,
}

impl Extreme {
    /// The weight of a transition. A cycle of positive weight is more extreme than what was found.
    fn weight(&self, cost: u64, served: u64) -> i128 {
        let (cost, served) = (i128::from(cost), i128::from(served));
        match self.found {
            Found::Nothing if self.sign > 0 => cost + served,
            Found::Nothing => served,
            Found::Ratio(found) => {
                self.sign * (i128::from(found.served) * cost - i128::from(found.cost) * served)
            }
            Found::Unbounded => 0,
        }
    }

    /// Takes a cycle if it is more extreme.
    fn offer(&mut self, cost: u64, served: u64) {
        if self.weight(cost, served) > 0 {
            self.found = if served > 0 {
                Found::Ratio(Ratio::new(cost, served))
            } else {
                Found::Unbounded
            };
        }
    }
}

/// Choices of weights that are looked at together: their potentials fill half a line of the cache.
const NARROW: usize = 16;

/// The search for extreme ratios.
struct Search<'a> {
    counted: &'a Counted<'a>,
    /// Least and greatest of each metric.
    extremes: Vec<Extreme>,
}

impl<'a> Search<'a> {
    fn new(counted: &'a Counted<'a>) -> Self {
        let graph = counted.graph;
        let extreme = |number: usize| {
            let metric = number / 2;
            let free = graph
                .costs
                .iter()
                .skip(metric)
                .step_by(graph.metrics)
                .all(|&cost| cost == 0);
            Extreme {
                metric,
                sign: if number % 2 == 0 { -1 } else { 1 },
                found: if free {
                    Found::Ratio(Ratio::new(0, 1))
                } else {
                    Found::Nothing
                },
            }
        };
        Self {
            counted,
            extremes: (0..2 * graph.metrics).map(extreme).collect(),
        }
    }

    /// Best and worst of each metric, if any cycle serves anything.
    fn bounds(&self) -> Vec<Bounds> {
        let ratio = |extreme: &Extreme| match extreme.found {
            Found::Ratio(ratio) => Some(ratio),
            Found::Nothing | Found::Unbounded => None,
        };
        let bounds = |pair: &[Extreme]| Bounds {
            best: ratio(&pair[0]).unwrap_or(Ratio::new(0, 1)),
            worst: ratio(&pair[1]),
        };
        self.extremes.chunks(2).map(bounds).collect()
    }

    /// By kind, the weights for an extreme.
    fn weights(&self, extreme: Extreme) -> impl Iterator<Item = i128> {
        (0..self.counted.serves.len()).map(move |kind| {
            let serves = self.counted.serves[kind];
            extreme.weight(self.cost(kind, extreme.metric), serves.into())
        })
    }

    fn cost(&self, kind: usize, metric: usize) -> u64 {
        let Graph { metrics, costs, .. } = self.counted.graph;
        costs[kind * metrics + metric].into()
    }

    /// Makes each ratio the most extreme one of this component as well.
    fn improve(&mut self, component: &Component) {
        let open = |&number: &usize| self.weights(self.extremes[number]).any(|weight| weight > 0);
        let open: Vec<usize> = (0..self.extremes.len()).filter(open).collect();
        for some in open.chunks(NARROW) {
            for number in self.settle::<i16, NARROW>(component, some) {
                self.settle::<i128, 1>(component, &[number]);
            }
        }
    }

    /// Improves some extremes until potentials show that no cycle of the component is more extreme. Returns those for
    /// which the numbers are too small.
    fn settle<N: Number, const LANES: usize>(
        &mut self,
        component: &Component,
        some: &[usize],
    ) -> Vec<usize> {
        let mut potentials = Potentials::<N, LANES>::new(component, self.counted.serves.len());
        let (mut weighed, mut too_large) = (vec![None; some.len()], Vec::new());
        loop {
            for (lane, &number) in some.iter().enumerate() {
                let extreme = self.extremes[number];
                if weighed[lane] != Some(extreme) && !too_large.contains(&number) {
                    weighed[lane] = Some(extreme);
                    if !potentials.weigh(lane, self.weights(extreme)) {
                        too_large.push(number);
                    }
                }
            }
            let raised = potentials.raise();
            if raised.iter().all(Option::is_none) {
                return too_large;
            }
            for ((lane, &number), place) in some.iter().enumerate().zip(raised) {
                let Some(place) = place else { continue };
                if potentials.is_full(lane) {
                    potentials.leave(lane);
                    too_large.push(number);
                } else if let Some(cycle) = potentials.cycle(lane, place) {
                    self.offer(&cycle);
                }
            }
        }
    }

    /// Every extreme may take a cycle of these kinds.
    fn offer(&mut self, cycle: &[u16]) {
        let kinds = || cycle.iter().map(|&kind| usize::from(kind));
        let served = kinds().filter(|&kind| self.counted.serves[kind]).count() as u64;
        for number in 0..self.extremes.len() {
            let metric = self.extremes[number].metric;
            let cost = kinds().map(|kind| self.cost(kind, metric)).sum();
            self.extremes[number].offer(cost, served);
        }
    }
}
