//! One level of a search over pairs, and the way to the next.

use rayon::prelude::*;

use super::bits::{Bits, Links};

/// States in a level below which several threads would wait for each other more than work.
const FEW: u64 = 1024;
/// Strips that a thread takes at a time. The frontier is in few of them, so that halves would be unequal work.
const SHARE: usize = 4;

/// The frontier, and the room to make the next one in.
pub(crate) struct Front {
    /// The pairs of this level, a row for each half 0.
    pub(crate) frontier: Bits,
    next: Bits,
    /// The frontier with a row for each half 1.
    turned: Bits,
    sideways: Bits,
}

impl Front {
    /// The empty level of this many halves on each side.
    pub(crate) fn new(rows: usize, columns: usize) -> Self {
        let (upright, turned) = (Bits::new(rows, columns), Bits::new(columns, rows));
        Self {
            frontier: upright.clone(),
            next: upright,
            turned: turned.clone(),
            sideways: turned,
        }
    }

    /// One level on: the successors of the frontier that are not in `visited` become the frontier. `before` pairs are
    /// in the frontier, or more. Returns the number of new ones.
    pub(crate) fn advance(
        &mut self,
        links: &[Links<'_>; 2],
        visited: &mut Bits,
        before: u64,
    ) -> u64 {
        let least = if before < FEW { usize::MAX } else { 1 };
        let Self {
            frontier,
            next,
            turned,
            sideways,
        } = self;
        turned
            .strips()
            .with_min_len(least)
            .with_max_len(SHARE)
            .for_each(|mut strip| {
                strip.clear();
                strip.turn(frontier);
            });
        sideways
            .strips()
            .with_min_len(least)
            .with_max_len(SHARE)
            .for_each(|mut strip| {
                strip.clear();
                strip.pull(turned, &links[1]);
            });
        let moved = next
            .strips()
            .zip(visited.strips())
            .with_min_len(least)
            .with_max_len(SHARE)
            .map(|(mut strip, mut visited)| {
                strip.clear();
                strip.pull(frontier, &links[0]);
                strip.turn(sideways);
                strip.settle(&mut visited)
            });
        let count = moved.sum();
        std::mem::swap(&mut self.frontier, &mut self.next);
        count
    }
}
