//! Best and worst cost of a service: the cycle of least and of greatest cost per service.
//!
//! A cycle-ratio problem, solved exactly in integers: for a candidate ratio `p/q`, weigh every transition with
//! `q * cost - p * served`; a cycle of positive weight has a greater ratio, and its own ratio is the next candidate
//! (Dinkelbach). Positive cycles are found by relaxing in topological order of the graph without services, in which one
//! pass settles everything between two services. If a cycle without any service costs something, there is no greatest
//! ratio: the cost has no bound.

use crate::class::Role;
use crate::graph::{Edge, Graph};
use crate::scc::components;

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

/// A transition on a cycle.
struct Arc {
    from: u32,
    edge: Edge,
    served: bool,
}

/// The cyclic part of a graph, made ready for all metrics.
pub struct Cycles<'a> {
    graph: &'a Graph,
    /// Transitions on cycles, sources in topological order of the graph without services.
    arcs: Vec<Arc>,
    /// Per metric: a cycle without service costs something.
    unbounded: Vec<bool>,
}

impl<'a> Cycles<'a> {
    /// The cycles of the transitions whose events count, or `None` if no such cycle serves anything.
    #[must_use]
    pub fn new(graph: &'a Graph) -> Option<Self> {
        let counts = |_: u32, edge: Edge| graph.class(edge).counts;
        let serves = |edge: Edge| graph.class(edge).role == Role::Service;
        let all = components(graph, counts);
        let idle = components(graph, |from, edge| {
            counts(from, edge) && all.inside(from, edge.to) && !serves(edge)
        });
        let mut arcs: Vec<Arc> = graph
            .edges()
            .filter(|&(from, edge)| counts(from, edge) && all.inside(from, edge.to))
            .map(|(from, edge)| Arc {
                from,
                edge,
                served: serves(edge),
            })
            .collect();
        if !arcs.iter().any(|arc| arc.served) {
            return None;
        }
        let loops = |arc: &&Arc| !arc.served && idle.inside(arc.from, arc.edge.to);
        let costs = |metric| {
            arcs.iter()
                .filter(loops)
                .any(|arc| graph.cost(arc.edge, metric) > 0)
        };
        let unbounded = (0..graph.metrics()).map(costs).collect();
        // Sources first: a component's number is larger than those of the components that it reaches.
        arcs.sort_by_key(|arc| (std::cmp::Reverse(idle.of[arc.from as usize]), arc.from));
        Some(Self {
            graph,
            arcs,
            unbounded,
        })
    }

    /// Best and worst of one metric, which is below [`Graph::metrics`].
    #[must_use]
    pub fn bounds(&self, metric: usize) -> Bounds {
        let worst = (!self.unbounded[metric]).then(|| self.extreme(metric, 1));
        Bounds {
            best: self.extreme(metric, -1),
            worst,
        }
    }

    fn cost(&self, arc: &Arc, metric: usize) -> u64 {
        self.graph.cost(arc.edge, metric).into()
    }

    /// The greatest (`sign` 1) or least (`sign` -1) ratio.
    fn extreme(&self, metric: usize, sign: i64) -> Ratio {
        // Any bound from the other side starts the iteration; the first cycle found replaces it.
        let most: u64 = self.arcs.iter().map(|arc| self.cost(arc, metric)).sum();
        let mut ratio: Option<Ratio> = None;
        loop {
            let (p, q) = ratio.map_or((if sign > 0 { -1 } else { most as i64 + 1 }, 1), |r| {
                (r.cost as i64, r.served as i64)
            });
            let weight =
                |arc: &Arc| sign * (q * self.cost(arc, metric) as i64 - p * i64::from(arc.served));
            match self.positive_cycle(weight) {
                Some(cycle) => ratio = Some(self.ratio_of(&cycle, metric)),
                None => return ratio.unwrap_or(Ratio { cost: 0, served: 1 }),
            }
        }
    }

    fn ratio_of(&self, cycle: &[usize], metric: usize) -> Ratio {
        let arcs = || cycle.iter().map(|&arc| &self.arcs[arc]);
        let cost = arcs().map(|arc| self.cost(arc, metric)).sum();
        Ratio::new(cost, arcs().filter(|arc| arc.served).count() as u64)
    }

    /// A cycle of positive weight, as arcs, if there is one.
    fn positive_cycle(&self, weight: impl Fn(&Arc) -> i64) -> Option<Vec<usize>> {
        let mut distance = vec![0i64; self.graph.states()];
        let mut came = vec![usize::MAX; self.graph.states()];
        loop {
            let mut changed = false;
            for (index, arc) in self.arcs.iter().enumerate() {
                let candidate = distance[arc.from as usize] + weight(arc);
                if candidate > distance[arc.edge.to as usize] {
                    distance[arc.edge.to as usize] = candidate;
                    came[arc.edge.to as usize] = index;
                    changed = true;
                }
            }
            if !changed {
                return None;
            }
            if let Some(cycle) = self.cycle_among(&came) {
                return Some(cycle);
            }
        }
    }

    /// A cycle in the pointers back. Any such cycle has positive weight.
    fn cycle_among(&self, came: &[usize]) -> Option<Vec<usize>> {
        let mut seen = vec![0u32; came.len()];
        for start in 0..came.len() {
            let (mut at, mark) = (start, start as u32 + 1);
            while seen[at] == 0 && came[at] != usize::MAX {
                seen[at] = mark;
                at = self.arcs[came[at]].from as usize;
            }
            if seen[at] != mark || came[at] == usize::MAX {
                continue;
            }
            let (mut cycle, mut state) = (Vec::new(), at);
            loop {
                cycle.push(came[state]);
                state = self.arcs[came[state]].from as usize;
                if state == at {
                    return Some(cycle);
                }
            }
        }
        None
    }
}
