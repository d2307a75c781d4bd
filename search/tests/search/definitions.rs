//! The laws as their definitions have them: by trying all paths and all cycles of a small system.

use std::collections::BTreeSet;

use eoi_search::{Actor, Class, Facts, Role, TransitionSystem};

use crate::toy::Toy;

/// A transition of the reachable part.
#[derive(Clone, Copy, Debug)]
pub struct Arc {
    pub from: u32,
    pub to: u32,
    pub cost: [u8; 2],
    pub class: Class,
}

/// The shortest distance of each reachable state, by as many rounds as there are states.
pub fn distances(toy: &Toy) -> Vec<Option<usize>> {
    let mut distances = vec![None; 5];
    distances[0] = Some(0);
    for _ in 0..5 {
        for (&(from, _), &(to, _)) in &toy.steps {
            let through = distances[from as usize].map(|distance: usize| distance + 1);
            let known = distances[to as usize];
            distances[to as usize] = if known.is_none() {
                through
            } else {
                known.min(through.or(known))
            };
        }
    }
    distances
}

pub fn arcs(toy: &Toy) -> Vec<Arc> {
    let distances = distances(toy);
    let all = toy.steps.iter().map(|(&(from, label), &(to, cost))| {
        let class = toy.class(label);
        Arc {
            from,
            to,
            cost,
            class,
        }
    });
    all.filter(|arc| distances[arc.from as usize].is_some())
        .collect()
}

/// The states that can be reached from one by these transitions, itself included.
pub fn closure(arcs: &[Arc], from: u32) -> BTreeSet<u32> {
    let mut reached = BTreeSet::from([from]);
    loop {
        let more: BTreeSet<u32> = arcs
            .iter()
            .filter(|arc| reached.contains(&arc.from))
            .map(|arc| arc.to)
            .collect();
        if more.is_subset(&reached) {
            return reached;
        }
        reached.extend(more);
    }
}

/// Every set of these transitions that a closed walk can take, and no other one: each leads on to each.
pub fn tours(arcs: &[Arc]) -> impl Iterator<Item = Vec<Arc>> {
    let sets = (1..1u32 << arcs.len()).map(|set| {
        let chosen = arcs
            .iter()
            .enumerate()
            .filter(move |(place, _)| set >> place & 1 != 0);
        chosen.map(|(_, &arc)| arc).collect::<Vec<Arc>>()
    });
    sets.filter(|tour| {
        tour.iter().all(|arc| {
            tour.iter()
                .all(|other| closure(tour, arc.to).contains(&other.from))
        })
    })
}

/// The length of the shortest path to a state of which `so` holds.
pub fn nearest(toy: &Toy, so: impl Fn(u32) -> bool) -> Option<usize> {
    let distances = distances(toy);
    (0..5)
        .filter(|&state| so(state))
        .filter_map(|state| distances[state as usize])
        .min()
}

/// The nearest state that owes somebody something, and from which no path of events that go on by themselves leads to an
/// event that gives it.
pub fn stalled(toy: &Toy, owes: Facts, serves: impl Fn(Class) -> bool) -> Option<usize> {
    let arcs = arcs(toy);
    let system: Vec<Arc> = arcs
        .iter()
        .copied()
        .filter(|arc| arc.class.actor != Actor::Environment)
        .collect();
    nearest(toy, |state| {
        let on = closure(&system, state);
        toy.facts(state).has(owes)
            && !arcs
                .iter()
                .any(|arc| serves(arc.class) && on.contains(&arc.from))
    })
}

pub fn stall(toy: &Toy) -> Option<usize> {
    let of = |client| {
        stalled(toy, Facts::owes(client), move |class| {
            class.role == Role::Service && class.client == client
        })
    };
    (0..2).filter_map(of).min()
}

pub fn neighbour(toy: &Toy) -> Option<usize> {
    stalled(toy, Facts::OWES_NEIGHBOUR, |class| {
        class.role == Role::NeighbourService
    })
}

/// The distance of the nearest wanted transition on a fair tour of kept ones through states that have the facts. `waits`
/// says who waits for an event.
pub fn fair_tour(
    toy: &Toy,
    within: impl Fn(Facts) -> bool,
    keep: impl Fn(Class) -> bool,
    wanted: impl Fn(Class) -> bool,
    waits: impl Fn(Class) -> Option<u8>,
) -> Option<usize> {
    let (arcs, distances) = (arcs(toy), distances(toy));
    let inside = |state| within(toy.facts(state));
    let kept = |arc: &&Arc| keep(arc.class) && inside(arc.from) && inside(arc.to);
    let kept: Vec<Arc> = arcs.iter().filter(kept).copied().collect();
    let fair = |tour: &Vec<Arc>| {
        (0..3).all(|participant| {
            let acts = tour.iter().any(|arc| waits(arc.class) == Some(participant));
            let able = |state: u32| {
                let mut leaving = arcs.iter().filter(|arc| arc.from == state);
                leaving.any(|arc| {
                    arc.class.actor != Actor::Environment && waits(arc.class) == Some(participant)
                })
            };
            acts || tour.iter().any(|arc| !able(arc.from))
        })
    };
    let found = tours(&kept).filter(fair).flat_map(|tour| {
        let near = tour
            .into_iter()
            .filter(|arc| wanted(arc.class))
            .map(|arc| distances[arc.from as usize]);
        near.collect::<Vec<Option<usize>>>()
    });
    found.flatten().min()
}

pub fn storm(toy: &Toy) -> Option<usize> {
    let handler = |class: Class| class.actor == Actor::Host && class.role != Role::HostIrq;
    let wanted = |class: Class| class.role == Role::HostIrq;
    fair_tour(
        toy,
        |_| true,
        |class| class.actor == Actor::Host,
        wanted,
        |class| handler(class).then_some(0),
    )
}

pub fn livelock(toy: &Toy) -> Option<usize> {
    let keep = |class: Class| class.actor != Actor::Environment && class.role != Role::Service;
    fair_tour(
        toy,
        |_| true,
        keep,
        |class| class.role == Role::GuestIrq,
        |class| Some(class.participant),
    )
}

pub fn unbounded(toy: &Toy) -> Option<usize> {
    let goes_on = |class: Class| class.actor != Actor::Environment && !class.paced;
    let of = |client| {
        fair_tour(
            toy,
            |facts| facts.has(Facts::owes(client)),
            |class| goes_on(class) && class.role != Role::Service,
            |class| class.role == Role::HostIrq,
            |class| (!class.paced).then_some(class.participant),
        )
    };
    (0..2).filter_map(of).min()
}

pub fn spurious(toy: &Toy) -> Option<usize> {
    let keep = |class: Class| class.actor != Actor::Environment && class.role != Role::Service;
    let of = |client| {
        fair_tour(
            toy,
            |facts| !facts.has(Facts::owes(client)),
            keep,
            |class| class.role == Role::GuestIrq && class.client == client,
            |class| Some(class.participant),
        )
    };
    (0..2).filter_map(of).min()
}

/// Whether some transition has the role, and its state owes its client a service, or nothing.
pub fn happens(toy: &Toy, role: Role, owed: bool) -> bool {
    let owes = |arc: &Arc| toy.facts(arc.from).has(Facts::owes(arc.class.client));
    arcs(toy)
        .iter()
        .any(|arc| arc.class.role == role && owes(arc) == owed)
}
