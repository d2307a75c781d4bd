//! States as integers.

use std::fmt::Debug;

/// The bits of a state in words of 64, the lowest first; or a set of such bits.
pub type Words = [u64; 4];

/// A state, or a half of one, packed into an integer of at most 256 bits. Equal integers are equal states.
pub trait Packed: Copy + Debug + Eq + Ord + Send + Sync {
    /// The integer in words.
    fn words(self) -> Words;

    /// The integer of these words. The reverse of [`Packed::words`].
    fn from_words(words: Words) -> Self;
}

impl Packed for u32 {
    fn words(self) -> Words {
        u64::from(self).words()
    }

    fn from_words(words: Words) -> Self {
        words[0] as Self
    }
}

impl Packed for u64 {
    fn words(self) -> Words {
        [self, 0, 0, 0]
    }

    fn from_words(words: Words) -> Self {
        words[0]
    }
}

impl Packed for u128 {
    fn words(self) -> Words {
        [self as u64, (self >> 64) as u64, 0, 0]
    }

    fn from_words(words: Words) -> Self {
        Self::from(words[0]) | Self::from(words[1]) << 64
    }
}

impl Packed for Words {
    fn words(self) -> Words {
        self
    }

    fn from_words(words: Words) -> Self {
        words
    }
}
