//! A strongly connected component of the transitions that count, with its states in an order that suits potentials.

use crate::graph::Graph;
use crate::part::Part;
use crate::scc::components;

/// A service: its transition leads from a place to another.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Service {
    pub(super) from: u32,
    pub(super) to: u32,
    pub(super) kind: u16,
}

/// The component. Its states have places. All but the services lead to a place before, unless they are on a cycle without
/// a service.
#[derive(Default)]
pub(super) struct Component {
    /// `to[offsets[p]..offsets[p + 1]]` are the places that the transitions from place `p` lead to, without services.
    offsets: Vec<u32>,
    to: Vec<u32>,
    /// The kinds of these transitions.
    kinds: Vec<u16>,
    /// In the order of the places that they leave.
    services: Vec<Service>,
}

/// The transitions that count, and those that serve.
pub(super) struct Counted<'a> {
    pub(super) graph: &'a Graph,
    /// By kind, whether it counts.
    pub(super) counts: Vec<bool>,
    /// By kind, whether it serves.
    pub(super) serves: Vec<bool>,
}

impl Counted<'_> {
    /// The component of these places of a part, which have ranks in a row. `None` for a state without a transition to
    /// itself.
    pub(super) fn component(
        &self,
        part: &Part,
        ranks: &[u32],
        places: &[u32],
    ) -> Option<Component> {
        let (mut found, first) = (Component::default(), ranks[places[0] as usize]);
        if let &[place] = places {
            let state = part.states[place as usize];
            let kept = |at: usize| self.counts[usize::from(self.graph.kinds[at])];
            let mut range = self.graph.range(state);
            range.find(|&at| self.graph.to[at] == state && kept(at))?;
        }
        for (from, &place) in (0..).zip(places) {
            found.offsets.push(found.to.len() as u32);
            for at in self.graph.range(part.states[place as usize]) {
                let kind = self.graph.kinds[at];
                let kept = self.counts[usize::from(kind)];
                let Some(to) = part.place(self.graph.to[at]).filter(|_| kept) else {
                    continue;
                };
                let to = ranks[to as usize].wrapping_sub(first);
                if to as usize >= places.len() {
                    continue;
                }
                if self.serves[usize::from(kind)] {
                    found.services.push(Service { from, to, kind });
                } else {
                    found.to.push(to);
                    found.kinds.push(kind);
                }
            }
        }
        found.offsets.push(found.to.len() as u32);
        Some(found.ordered())
    }
}

impl Component {
    /// The same with its places in order.
    fn ordered(self) -> Self {
        let order = components(&self.offsets, &self.to).order;
        let ranks = ranks(&order);
        let mut ordered = Self {
            offsets: Vec::with_capacity(self.offsets.len()),
            to: Vec::with_capacity(self.to.len()),
            kinds: Vec::with_capacity(self.kinds.len()),
            services: self.services,
        };
        for place in order {
            ordered.offsets.push(ordered.to.len() as u32);
            let range =
                self.offsets[place as usize] as usize..self.offsets[place as usize + 1] as usize;
            let to = self.to[range.clone()].iter().map(|&to| ranks[to as usize]);
            ordered.to.extend(to);
            ordered.kinds.extend_from_slice(&self.kinds[range]);
        }
        ordered.offsets.push(ordered.to.len() as u32);
        for service in &mut ordered.services {
            service.from = ranks[service.from as usize];
            service.to = ranks[service.to as usize];
        }
        ordered.services.sort_unstable();
        ordered
    }

    /// How many states it has.
    pub(super) fn states(&self) -> usize {
        self.offsets.len() - 1
    }

    /// The services, in the order of the places that they leave.
    pub(super) fn services(&self) -> &[Service] {
        &self.services
    }

    /// The places that the transitions from a place lead to, with their kinds; without services.
    #[inline(always)]
    pub(super) fn leaving(&self, place: usize) -> impl Iterator<Item = (usize, u16)> {
        let range = self.offsets[place] as usize..self.offsets[place + 1] as usize;
        let to = self.to[range.clone()].iter().map(|&to| to as usize);
        to.zip(self.kinds[range].iter().copied())
    }

    /// The same of the services.
    pub(super) fn serving(&self, place: usize) -> impl Iterator<Item = (usize, u16)> {
        let first = self
            .services
            .partition_point(|service| (service.from as usize) < place);
        let leaving = self.services[first..].iter();
        let own = leaving.take_while(move |service| service.from as usize == place);
        own.map(|service| (service.to as usize, service.kind))
    }
}

/// The place of each number in an order of all.
pub(super) fn ranks(order: &[u32]) -> Vec<u32> {
    let mut ranks = vec![0; order.len()];
    (0..)
        .zip(order)
        .for_each(|(rank, &number)| ranks[number as usize] = rank);
    ranks
}
