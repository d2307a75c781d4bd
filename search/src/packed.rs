//! States as integers.

use std::fmt::Debug;

/// The bits of a state in words of 64, the lowest first; or a set of such bits.
pub type Words = [u64; 4];

/// A state, or a half of one, packed into an integer of at most 256 bits. Equal integers are equal states.
pub trait Packed: Copy + Debug + Eq + Ord + Send + Sync {
    /// A hash of which the upper bits are well spread.
    fn spread(self) -> u64;

    /// The integer in words.
    fn words(self) -> Words;

    /// The integer of these words. The reverse of [`Packed::words`].
    fn from_words(words: Words) -> Self;
}

/// 2^64 divided by the golden ratio, odd.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

impl Packed for u32 {
    fn spread(self) -> u64 {
        u64::from(self).spread()
    }

    fn words(self) -> Words {
        u64::from(self).words()
    }

    fn from_words(words: Words) -> Self {
        words[0] as Self
    }
}

impl Packed for u64 {
    fn spread(self) -> u64 {
        let mixed = (self ^ (self >> 32)).wrapping_mul(GOLDEN);
        (mixed ^ (mixed >> 29)).wrapping_mul(GOLDEN)
    }

    fn words(self) -> Words {
        [self, 0, 0, 0]
    }

    fn from_words(words: Words) -> Self {
        words[0]
    }
}

impl Packed for u128 {
    fn spread(self) -> u64 {
        (self as u64).spread().rotate_left(31) ^ ((self >> 64) as u64).spread()
    }

    fn words(self) -> Words {
        [self as u64, (self >> 64) as u64, 0, 0]
    }

    fn from_words(words: Words) -> Self {
        Self::from(words[0]) | Self::from(words[1]) << 64
    }
}

impl Packed for Words {
    fn spread(self) -> u64 {
        self.into_iter()
            .fold(0, |mixed, word| (mixed ^ word).spread())
    }

    fn words(self) -> Words {
        self
    }

    fn from_words(words: Words) -> Self {
        words
    }
}
