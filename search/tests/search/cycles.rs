//! Costs of larger random systems: that no cycle is more extreme, and that one is as extreme, by Bellman and Ford alone.

use eoi_search::{Bounds, Class, Cycles, Facts, Ratio, Role, TransitionSystem, explore};
use proptest::collection::vec;
use proptest::prelude::*;

const METRICS: usize = 3;

/// A transition: from, to, cost, and whether it serves.
#[derive(Clone, Copy, Debug)]
struct Arc {
    from: u32,
    to: u32,
    cost: [u8; METRICS],
    serves: bool,
}

/// States in a row, each reached from the one before by a step that does not count, and transitions that do.
#[derive(Clone, Debug)]
struct Net {
    states: u32,
    arcs: Vec<Arc>,
    /// By state, the transitions that leave it.
    leaving: Vec<Vec<usize>>,
}

/// An event: the next state, or a transition by its place among those of a state.
#[derive(Clone, Copy)]
enum Event {
    Next,
    Serves(usize),
    Costs(usize),
}

/// Transitions of a state that have an event.
const MOST: usize = 30;

impl TransitionSystem for Net {
    type State = u32;
    type Event = Event;
    type Cost = [u8; METRICS];

    fn initial(&self) -> u32 {
        0
    }

    fn events(&self) -> Vec<Event> {
        let each = (0..MOST).flat_map(|place| [Event::Serves(place), Event::Costs(place)]);
        std::iter::once(Event::Next).chain(each).collect()
    }

    fn step(&self, state: u32, event: Event) -> Option<(u32, [u8; METRICS])> {
        let (place, serves) = match event {
            Event::Next => return (state + 1 < self.states).then_some((state + 1, [0; METRICS])),
            Event::Serves(place) => (place, true),
            Event::Costs(place) => (place, false),
        };
        let arc = self.arcs[*self.leaving[state as usize].get(place)?];
        (arc.serves == serves).then_some((arc.to, arc.cost))
    }

    fn class(&self, event: Event) -> Class {
        let (counts, role) = match event {
            Event::Next => (false, Role::None),
            Event::Serves(_) => (true, Role::Service),
            Event::Costs(_) => (true, Role::None),
        };
        Class {
            counts,
            role,
            ..Class::default()
        }
    }

    fn facts(&self, _: u32) -> Facts {
        Facts::NONE
    }
}

impl Net {
    /// Whether some transitions close a cycle whose weights have a positive sum.
    fn has_positive_cycle(&self, weight: impl Fn(&Arc) -> Option<i128>) -> bool {
        let weighed: Vec<(usize, usize, i128)> = self
            .arcs
            .iter()
            .filter_map(|arc| Some((arc.from as usize, arc.to as usize, weight(arc)?)))
            .collect();
        let mut potentials = vec![0i128; self.states as usize];
        for _ in 0..=self.states {
            let mut raised = false;
            for &(from, to, weight) in &weighed {
                if potentials[from] + weight > potentials[to] {
                    potentials[to] = potentials[from] + weight;
                    raised = true;
                }
            }
            if !raised {
                return false;
            }
        }
        true
    }

    /// Whether this is the ratio of a cycle, and none has a greater one (`sign` 1) or a smaller one (-1).
    fn is_extreme(&self, metric: usize, sign: i128, Ratio { cost, served }: Ratio) -> bool {
        let weight = |arc: &Arc| {
            let counted = i128::from(served) * i128::from(arc.cost[metric]);
            sign * (counted - i128::from(cost) * i128::from(arc.serves))
        };
        // A service weighs more than nothing and less than any difference that a cycle can make.
        let many = i128::from(self.states) + 1;
        let tilted = |arc: &Arc| many * weight(arc) + i128::from(arc.serves);
        !self.has_positive_cycle(|arc| Some(weight(arc)))
            && self.has_positive_cycle(|arc| Some(tilted(arc)))
    }

    fn has_no_bound(&self, metric: usize) -> bool {
        self.has_positive_cycle(|arc| (!arc.serves).then_some(arc.cost[metric].into()))
    }

    fn serves(&self) -> bool {
        self.has_positive_cycle(|arc| Some(arc.serves.into()))
    }
}

/// Nets of some blocks that no cycle leaves. A transition that costs something and does not serve leads forward, except
/// for a stray one here and there.
fn net() -> impl Strategy<Value = Net> {
    let large = prop_oneof![4 => 0..4u8, 1 => 0..=u8::MAX];
    let cost = (large, 0..3u8, 0..2u8).prop_map(|(large, small, flag)| [large, small, flag]);
    let arc = (0..u32::MAX, 0..u32::MAX, cost, 0..20u8);
    let size = (1..5u32, 2..100u32);
    size.prop_flat_map(move |(blocks, size)| {
        let arcs = vec(arc.clone(), 1..3 * (blocks * size) as usize);
        (arcs, 0..3usize).prop_map(move |(arcs, strays)| joined(blocks, size, &arcs, strays))
    })
}

/// The net of such arcs.
fn joined(
    blocks: u32,
    size: u32,
    arcs: &[(u32, u32, [u8; METRICS], u8)],
    mut strays: usize,
) -> Net {
    let states = blocks * size;
    let mut net = Net {
        states,
        arcs: Vec::new(),
        leaving: vec![Vec::new(); states as usize],
    };
    for &(from, to, cost, sort) in arcs {
        let from = from % states;
        let first = from / size * size;
        let anywhere = first + to % size;
        let later = |end: u32| from + to % (end - from);
        let next = |end: u32| from + to % (end - from).min(5);
        let (to, cost, serves) = match sort {
            0..2 => (anywhere, cost, true),
            2..4 => (later(first + size), cost, true),
            4 => (anywhere, [0; METRICS], false),
            5 => (later(states), [0; METRICS], false),
            6 if strays > 0 => {
                strays -= 1;
                (anywhere, cost, false)
            }
            _ => (next(first + size), cost, false),
        };
        let leaving = &mut net.leaving[from as usize];
        if leaving.len() < MOST && (to != from || serves) {
            leaving.push(net.arcs.len());
            net.arcs.push(Arc {
                from,
                to,
                cost,
                serves,
            });
        }
    }
    net
}

fn cycles(net: &Net) -> Option<Cycles> {
    Cycles::new(&explore(net, usize::MAX, &|_| {}).expect("no limit").graph)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn no_cycle_is_more_extreme_and_one_is_as_extreme(net in net()) {
        let cycles = cycles(&net);
        prop_assert_eq!(cycles.is_some(), net.serves());
        let Some(cycles) = cycles else { return Ok(()) };
        for metric in 0..METRICS {
            let Bounds { best, worst } = cycles.bounds(metric);
            prop_assert!(net.is_extreme(metric, -1, best), "best of {}: {:?}", metric, best);
            prop_assert_eq!(worst.is_none(), net.has_no_bound(metric), "metric {}", metric);
            if let Some(worst) = worst {
                prop_assert!(net.is_extreme(metric, 1, worst), "worst of {}: {:?}", metric, worst);
            }
        }
    }
}

#[test]
fn the_random_nets_have_long_cycles_and_costs_with_and_without_bound() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut bounded, mut unbounded, mut long, mut none) = (0, 0, 0, 0);
    for _ in 0..200 {
        let net = net().new_tree(&mut runner).expect("a net").current();
        match cycles(&net).map(|cycles| cycles.bounds(0)) {
            None => none += 1,
            Some(Bounds { worst: None, .. }) => unbounded += 1,
            Some(Bounds {
                best,
                worst: Some(worst),
            }) => {
                bounded += 1;
                long += usize::from(best.served > 2 || worst.served > 2);
            }
        }
    }
    let counts = [bounded, unbounded, none];
    assert!(counts.iter().all(|&count| count > 30), "{counts:?}");
    assert!(
        long > 0,
        "a cycle of more than two services is most extreme"
    );
}

#[test]
fn a_ratio_that_is_not_extreme_is_found_out() {
    let arc = |from, to, cost, serves| (from, to, [cost, 0, 0], if serves { 0 } else { 7 });
    let net = joined(
        1,
        3,
        &[arc(0, 0, 2, true), arc(1, 1, 5, true), arc(2, 2, 9, true)],
        0,
    );
    for (sign, right, wrong) in [(-1, 2, [1, 5]), (1, 9, [5, 10])] {
        assert!(net.is_extreme(0, sign, Ratio::new(right, 1)));
        assert!(
            !wrong
                .iter()
                .any(|&cost| net.is_extreme(0, sign, Ratio::new(cost, 1)))
        );
    }
}
