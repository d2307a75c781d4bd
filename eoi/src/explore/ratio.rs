//! What an interrupt costs at best and at worst: the cycle of least and of greatest cost per service.
//!
//! A cycle-ratio problem, solved exactly in integers: for a candidate ratio `p/q`, weigh every transition with
//! `q * cost - p * served`; a cycle of positive weight has a greater ratio, and its own ratio is the next candidate
//! (Dinkelbach). Positive cycles are found by relaxing in topological order of the graph without services, in which one
//! pass settles everything between two services. If a cycle without any service costs something, there is no greatest
//! ratio: the cost has no bound.

use eoi_model::cost::Metric;

use super::graph::{Edge, Graph};
use super::scc::{Components, components};

/// A ratio of two counts, in lowest terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ratio {
    /// The cost.
    pub cost: u64,
    /// The services that it was for.
    pub served: u64,
}

impl Ratio {
    /// `cost / served` in lowest terms; `served` must not be 0.
    #[must_use]
    pub fn new(cost: u64, served: u64) -> Self {
        let divisor = gcd(cost, served);
        Self { cost: cost / divisor, served: served / divisor }
    }
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// Best and worst of one metric. `worst` is `None` where there is no bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// The least cost per service.
    pub best: Ratio,
    /// The greatest cost per service.
    pub worst: Option<Ratio>,
}

struct Arc {
    from: u32,
    edge: Edge,
    served: bool,
}

/// The cyclic part of a graph, made ready for all metrics.
pub struct Cycles {
    /// Transitions on cycles, sources in topological order of the graph without services.
    arcs: Vec<Arc>,
    states: usize,
    /// Per metric: a cycle without service costs something.
    unbounded: [bool; Metric::ALL.len()],
}

impl Cycles {
    /// The cycles of the graph's costing transitions, or `None` if no cycle serves anything.
    #[must_use]
    pub fn new(graph: &Graph) -> Option<Self> {
        let costs = |_: u32, edge: &Edge| graph.class(edge).costs;
        let all = components(graph, |_| true, costs);
        let idle = components(
            graph,
            |_| true,
            |from, edge| costs(from, edge) && all.inside(from, edge.to) && !graph.class(edge).service,
        );
        let mut arcs: Vec<Arc> = graph
            .transitions()
            .filter(|(from, edge)| costs(*from, edge) && all.inside(*from, edge.to))
            .map(|(from, edge)| Arc { from, edge: *edge, served: graph.class(edge).service })
            .collect();
        arcs.iter().any(|arc| arc.served).then_some(())?;
        let unbounded = Metric::ALL.map(|metric| {
            arcs.iter().any(|arc| !arc.served && arc.edge.cost.get(metric) > 0 && idle.inside(arc.from, arc.edge.to))
        });
        sort_topologically(&mut arcs, &idle);
        Some(Self { arcs, states: graph.len(), unbounded })
    }

    /// Best and worst of one metric.
    #[must_use]
    pub fn bounds(&self, metric: Metric) -> Bounds {
        let worst = (!self.unbounded[metric as usize]).then(|| self.extreme(metric, 1));
        Bounds { best: self.extreme(metric, -1), worst }
    }

    /// The greatest (`sign` 1) or least (`sign` -1) ratio.
    fn extreme(&self, metric: Metric, sign: i64) -> Ratio {
        // Any bound from the other side starts the iteration; the first cycle found replaces it.
        let most = self.arcs.iter().map(|arc| u64::from(arc.edge.cost.get(metric))).sum::<u64>();
        let mut ratio: Option<Ratio> = None;
        loop {
            let (p, q) =
                ratio.map_or((if sign > 0 { -1 } else { most as i64 + 1 }, 1), |r| (r.cost as i64, r.served as i64));
            let weight = |arc: &Arc| sign * (q * i64::from(arc.edge.cost.get(metric)) - p * i64::from(arc.served));
            match self.positive_cycle(weight) {
                Some(cycle) => ratio = Some(self.ratio_of(&cycle, metric)),
                None => return ratio.unwrap_or(Ratio { cost: 0, served: 1 }),
            }
        }
    }

    fn ratio_of(&self, cycle: &[usize], metric: Metric) -> Ratio {
        let arcs = || cycle.iter().map(|&arc| &self.arcs[arc]);
        let cost = arcs().map(|arc| u64::from(arc.edge.cost.get(metric))).sum();
        Ratio::new(cost, arcs().filter(|arc| arc.served).count() as u64)
    }

    /// A cycle of positive weight, as arcs, if there is one.
    fn positive_cycle(&self, weight: impl Fn(&Arc) -> i64) -> Option<Vec<usize>> {
        let mut distance = vec![0i64; self.states];
        let mut came = vec![usize::MAX; self.states];
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
        let mut seen = vec![0u32; self.states];
        for start in 0..self.states {
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

/// Sources first: a component's number is larger than those of the components that it reaches.
fn sort_topologically(arcs: &mut [Arc], idle: &Components) {
    arcs.sort_by_key(|arc| (std::cmp::Reverse(idle.of[arc.from as usize]), arc.from));
}
