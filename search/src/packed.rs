//! States as integers.

use std::fmt::Debug;

/// A state, or a half of one, packed into an integer. Equal integers are equal states.
///
/// The order of the integers decides between states where a search has to choose one of many.
pub trait Packed: Copy + Debug + Eq + Ord + Send + Sync {
    /// A hash of which the upper bits are well spread.
    fn spread(self) -> u64;
}

/// 2^64 divided by the golden ratio, odd.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

impl Packed for u32 {
    fn spread(self) -> u64 {
        u64::from(self).spread()
    }
}

impl Packed for u64 {
    fn spread(self) -> u64 {
        let mixed = (self ^ (self >> 32)).wrapping_mul(GOLDEN);
        (mixed ^ (mixed >> 29)).wrapping_mul(GOLDEN)
    }
}

impl Packed for u128 {
    fn spread(self) -> u64 {
        (self as u64).spread().rotate_left(31) ^ ((self >> 64) as u64).spread()
    }
}
