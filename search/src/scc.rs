//! Strongly connected components of a part of the graph (Pearce's form of Tarjan's algorithm, without recursion).

use crate::part::Part;

/// The component of each place. A component's number is smaller than those of the components that it reaches.
pub(crate) fn components(part: &Part) -> Vec<u32> {
    let states = part.states.len();
    let mut search = Search {
        part,
        of: vec![0; states],
        rest: Vec::new(),
        calls: Vec::new(),
        index: 1,
        component: states as u32,
    };
    for root in 0..states as u32 {
        if search.of[root as usize] == 0 {
            search.visit(root);
        }
    }
    search.of
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
    part: &'a Part,
    /// 0 for a place that was not visited; else the least index that it is known to reach, and once its component is
    /// known, the component's number. Indices of places without a component are smaller than all numbers of components.
    of: Vec<u32>,
    /// Places that are left and have no component yet.
    rest: Vec<u32>,
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
            at: self.part.offsets[place as usize],
            root: true,
        });
    }

    fn visit(&mut self, root: u32) {
        self.enter(root);
        while let Some(call) = self.calls.last_mut() {
            let place = call.place;
            if call.at == self.part.offsets[place as usize + 1] {
                let root = call.root;
                self.calls.pop();
                self.leave(place, root);
                continue;
            }
            let to = self.part.to[call.at as usize];
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
        self.index -= 1;
        while let Some(&member) = self.rest.last() {
            if self.of[member as usize] < self.of[place as usize] {
                break;
            }
            self.rest.pop();
            self.of[member as usize] = self.component;
            self.index -= 1;
        }
        self.of[place as usize] = self.component;
        self.component -= 1;
    }
}

#[cfg(test)]
mod tests;
