//! A cycle of positive weight, for one choice of weights.

use super::Arcs;
use crate::set::Set;

/// No transition.
const NONE: u32 = u32::MAX;

/// The transition by which the potential of a state was raised last.
#[derive(Clone, Copy)]
struct Raised {
    from: u32,
    at: u32,
}

impl Arcs<'_> {
    /// A cycle of positive weight among the first states, as the kinds of its transitions, if there is one; `weights` are
    /// by kind. Potentials are raised until no transition exceeds them (Bellman and Ford). Time: as often as a potential
    /// has to be raised, which is a few times a state unless the weights are made for it.
    pub(super) fn positive_cycle(&self, states: usize, weights: &[i64]) -> Option<Vec<usize>> {
        let mut potentials = vec![0i64; states];
        let mut raised = vec![
            Raised {
                from: NONE,
                at: NONE
            };
            states
        ];
        let mut active = Set::all(states);
        let (mut passes, mut check) = (0u32, 1);
        loop {
            let mut any = false;
            for from in 0..states as u32 {
                if !active.has(from) {
                    continue;
                }
                active.remove(from);
                for at in self.graph.range(from) {
                    let (kind, to) = (usize::from(self.graph.kinds[at]), self.graph.to[at]);
                    let potential = potentials[from as usize] + weights[kind];
                    if self.counts[kind]
                        && (to as usize) < states
                        && potential > potentials[to as usize]
                    {
                        potentials[to as usize] = potential;
                        raised[to as usize] = Raised {
                            from,
                            at: at as u32,
                        };
                        active.insert(to);
                        any = true;
                    }
                }
            }
            if !any {
                return None;
            }
            passes += 1;
            if passes == check {
                if let Some(cycle) = self.cycle_among(&raised) {
                    return Some(cycle);
                }
                check += check.min(CHECK);
            }
        }
    }

    /// A cycle in the pointers back. Any such cycle has positive weight.
    fn cycle_among(&self, raised: &[Raised]) -> Option<Vec<usize>> {
        let mut seen = vec![NONE; raised.len()];
        for start in 0..raised.len() as u32 {
            let mut at = start;
            while seen[at as usize] == NONE && raised[at as usize].from != NONE {
                seen[at as usize] = start;
                at = raised[at as usize].from;
            }
            if seen[at as usize] != start || raised[at as usize].from == NONE {
                continue;
            }
            let (mut cycle, mut state) = (Vec::new(), at);
            loop {
                let Raised { from, at: by } = raised[state as usize];
                cycle.push(usize::from(self.graph.kinds[by as usize]));
                state = from;
                if state == at {
                    return Some(cycle);
                }
            }
        }
        None
    }
}

/// Passes between two looks for a cycle, at most.
const CHECK: u32 = 16;
