//! Strongly connected components of a graph (Pearce's form of Tarjan's algorithm, without recursion).

/// The components of a graph.
pub(crate) struct Components {
    /// The component of each place. A component's number is smaller than those of the components that it reaches.
    pub(crate) of: Vec<u32>,
    /// All places, those of a component in a row. A transition leads to a place before, unless it is on a cycle.
    pub(crate) order: Vec<u32>,
}

/// The components of a graph of places: `to[offsets[p]..offsets[p + 1]]` are those that the transitions of place `p` lead
/// to.
pub(crate) fn components(offsets: &[u32], to: &[u32]) -> Components {
    let states = offsets.len() - 1;
    let mut search = Search {
        offsets,
        to,
        of: vec![0; states],
        rest: Vec::new(),
        order: Vec::with_capacity(states),
        calls: Vec::new(),
        index: 1,
        component: states as u32,
    };
    for root in 0..states as u32 {
        if search.of[root as usize] == 0 {
            search.visit(root);
        }
    }
    Components {
        of: search.of,
        order: search.order,
    }
}

/// A place whose transitions are being looked at.
struct Call {
    place: u32,
    /// The next transition.
    at: u32,
    /// No place before it has been reached from it so far.
    root: bool,
}

struct Search<'a> {
    offsets: &'a [u32],
    to: &'a [u32],
    /// 0 for a place that was not visited; else the least index that it is known to reach, and once its component is
    /// known, the component's number. Indices of places without a component are smaller than all numbers of components.
    of: Vec<u32>,
    /// Places that are left and have no component yet, in the order in which they were left.
    rest: Vec<u32>,
    /// Places that have a component.
    order: Vec<u32>,
    calls: Vec<Call>,
    index: u32,
    component: u32,
}

impl Search<'_> {
    fn enter(&mut self, place: u32) {
        self.of[place as usize] = self.index;
        self.index += 1;
        self.calls.push(Call {
            place,
            at: self.offsets[place as usize],
            root: true,
        });
    }

    fn visit(&mut self, root: u32) {
        self.enter(root);
        while let Some(call) = self.calls.last_mut() {
            let place = call.place;
            if call.at == self.offsets[place as usize + 1] {
                let root = call.root;
                self.calls.pop();
                self.leave(place, root);
                continue;
            }
            let to = self.to[call.at as usize];
            if self.of[to as usize] == 0 {
                self.enter(to); // and look at this transition again
                continue;
            }
            call.at += 1;
            if self.of[to as usize] < self.of[place as usize] {
                self.of[place as usize] = self.of[to as usize];
                call.root = false;
            }
        }
    }

    fn leave(&mut self, place: u32, root: bool) {
        if !root {
            self.rest.push(place);
            return;
        }
        let least = self.of[place as usize];
        let others = self.rest.iter().rev();
        let members = others.take_while(|&&member| self.of[member as usize] >= least);
        let first = self.rest.len() - members.count();
        self.rest.push(place);
        for member in self.rest.drain(first..) {
            self.of[member as usize] = self.component;
            self.order.push(member);
            self.index -= 1;
        }
        self.component -= 1;
    }
}

#[cfg(test)]
mod tests;
