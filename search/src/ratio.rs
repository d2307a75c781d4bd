//! Best and worst cost of a service: the cycle of least and of greatest cost per service.
//!
//! A cycle-ratio problem, solved exactly in integers: for a candidate ratio `p/q`, weigh every transition with
//! `q * cost - p * served`; a cycle of positive weight has a greater ratio, and its own ratio is the next candidate
//! (Dinkelbach). There is none when every state can be given a potential that no transition exceeds. A cycle of positive
//! weight without any service says that there is no greatest ratio: the cost has no bound.
//!
//! Cycles are short. So candidates are looked for among the first states only (`one`), where that takes no time, and then
//! proven among eight times as many, and so on to all: there, potentials are made for many metrics at once (`many`). A
//! candidate that does not stand is improved where it failed.

mod many;
mod one;

use std::cmp::Ordering;

use crate::class::Role;
use crate::graph::Graph;

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

/// States among which candidates are looked for first.
const FIRST: usize = 512;
/// How many times as many states are looked at next.
const TIMES: usize = 8;

impl Cycles {
    /// The cycles of the transitions whose events count, or `None` if no such cycle serves anything.
    #[must_use]
    pub fn new(graph: &Graph) -> Option<Self> {
        let arcs = Arcs::new(graph);
        let (mut extremes, mut states) = (None, FIRST.min(graph.states()));
        loop {
            extremes = extremes.or_else(|| arcs.candidates(states));
            if let Some(extremes) = &mut extremes {
                arcs.improve(states, extremes);
            }
            if states == graph.states() {
                break;
            }
            states = (states * TIMES).min(graph.states());
        }
        let extremes = extremes?;
        let bounds = extremes.chunks(2).map(|pair| Bounds {
            best: pair[0].ratio,
            worst: (!pair[1].unbounded).then_some(pair[1].ratio),
        });
        Some(Self {
            bounds: bounds.collect(),
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

/// A least or greatest ratio that is looked for.
struct Extreme {
    metric: usize,
    /// 1 for the greatest, -1 for the least.
    sign: i64,
    /// The ratio of the most extreme cycle so far.
    ratio: Ratio,
    /// There is a cycle that costs something and serves nothing, and the greatest is looked for.
    unbounded: bool,
}

/// The transitions that count.
struct Arcs<'a> {
    graph: &'a Graph,
    /// By kind, whether it counts.
    counts: Vec<bool>,
    /// By kind, whether it serves.
    serves: Vec<bool>,
}

impl<'a> Arcs<'a> {
    fn new(graph: &'a Graph) -> Self {
        Self {
            graph,
            counts: graph.kinds_where(|class| class.counts),
            serves: graph.kinds_where(|class| class.role == Role::Service),
        }
    }

    fn cost(&self, kind: usize, metric: usize) -> u64 {
        self.graph.costs[kind * self.graph.metrics + metric].into()
    }

    /// Least and greatest of each metric, as any cycle among the first states has them that serves something.
    fn candidates(&self, states: usize) -> Option<Vec<Extreme>> {
        let served: Vec<i64> = self.serves.iter().map(|&serves| serves.into()).collect();
        let cycle = self.positive_cycle(states, &served)?;
        let extreme = |metric, sign| Extreme {
            metric,
            sign,
            ratio: self
                .ratio(&cycle, metric)
                .unwrap_or(Ratio { cost: 0, served: 1 }),
            unbounded: false,
        };
        let metrics = 0..self.graph.metrics();
        Some(
            metrics
                .flat_map(|metric| [extreme(metric, -1), extreme(metric, 1)])
                .collect(),
        )
    }

    /// Makes each ratio the most extreme one among the first states.
    fn improve(&self, states: usize, extremes: &mut [Extreme]) {
        let mut open: Vec<&mut Extreme> = extremes
            .iter_mut()
            .filter(|extreme| self.is_open(extreme))
            .collect();
        for some in open.chunks_mut(many::LANES) {
            let weights: Vec<Vec<i64>> = some.iter().map(|extreme| self.weights(extreme)).collect();
            let proven = self.settle(states, &weights);
            for (extreme, _) in some.iter_mut().zip(proven).filter(|(_, proven)| !proven) {
                while let Some(cycle) = self.positive_cycle(states, &self.weights(extreme)) {
                    match self.ratio(&cycle, extreme.metric) {
                        Some(ratio) => extreme.ratio = ratio,
                        None => {
                            extreme.unbounded = true;
                            break;
                        }
                    }
                }
            }
        }
    }

    /// Whether a cycle could be more extreme: no cost is less than none.
    fn is_open(&self, extreme: &Extreme) -> bool {
        let costs = (0..self.counts.len())
            .any(|kind| self.counts[kind] && self.cost(kind, extreme.metric) > 0);
        !extreme.unbounded && costs && (extreme.sign > 0 || extreme.ratio.cost > 0)
    }

    /// By kind, the weights for which a positive cycle is more extreme than the ratio.
    fn weights(&self, extreme: &Extreme) -> Vec<i64> {
        let Ratio { cost, served } = extreme.ratio;
        let weight = |(kind, &serves): (usize, &bool)| {
            let counted = served as i64 * self.cost(kind, extreme.metric) as i64;
            extreme.sign * (counted - cost as i64 * i64::from(serves))
        };
        self.serves.iter().enumerate().map(weight).collect()
    }

    /// The ratio of a cycle of kinds, if it serves anything.
    fn ratio(&self, cycle: &[usize], metric: usize) -> Option<Ratio> {
        let cost = cycle.iter().map(|&kind| self.cost(kind, metric)).sum();
        let served = cycle.iter().filter(|&&kind| self.serves[kind]).count() as u64;
        (served > 0).then(|| Ratio::new(cost, served))
    }
}
