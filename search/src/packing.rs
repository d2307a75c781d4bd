//! States without the bits that never vary: packed to be kept and compared, unpacked to be stepped.

use crate::packed::Words;

/// An integer that a state packs into.
pub(crate) trait Key: Copy + Default + Eq + Send + Sync {
    /// The integer with these bits as well, the lowest of them at `at`.
    fn with(self, bits: u64, at: u32) -> Self;

    /// 64 bits, from `at` on.
    fn at(self, at: u32) -> u64;

    /// A hash of which all bits are well spread.
    fn spread(self) -> u64;

    /// Adds the bytes of the integer, the lowest first.
    fn write(self, to: &mut Vec<u8>);

    /// The lowest `bits` bits of the integer that [`Key::write`] wrote.
    fn read(bytes: &[u8], bits: u32) -> Self;
}

/// 2^64 divided by the golden ratio, odd.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// A hash of two words: both halves of their product, folded.
#[inline(always)]
fn mixed(low: u64, high: u64) -> u64 {
    let product = u128::from(low ^ GOLDEN) * u128::from(high ^ GOLDEN.rotate_left(32));
    let folded = product as u64 ^ (product >> 64) as u64;
    (folded ^ low.rotate_left(17) ^ high).wrapping_mul(GOLDEN)
}

impl Key for u128 {
    #[inline(always)]
    fn with(self, bits: u64, at: u32) -> Self {
        self | Self::from(bits) << at
    }

    #[inline(always)]
    fn at(self, at: u32) -> u64 {
        (self >> at) as u64
    }

    #[inline(always)]
    fn spread(self) -> u64 {
        mixed(self as u64, (self >> 64) as u64)
    }

    #[inline(always)]
    fn write(self, to: &mut Vec<u8>) {
        to.extend_from_slice(&self.to_le_bytes());
    }

    #[inline(always)]
    fn read(bytes: &[u8], bits: u32) -> Self {
        let all = bytes[..size_of::<Self>()]
            .try_into()
            .map_or(0, Self::from_le_bytes);
        if bits < Self::BITS {
            all & ((1 << bits) - 1)
        } else {
            all
        }
    }
}

/// For systems in which more than 128 bits vary.
impl Key for Words {
    fn with(mut self, bits: u64, at: u32) -> Self {
        let (word, shift) = ((at / 64) as usize, at % 64);
        self[word] |= bits << shift;
        if shift > 0 && word + 1 < self.len() {
            self[word + 1] |= bits >> (64 - shift);
        }
        self
    }

    fn at(self, at: u32) -> u64 {
        let (word, shift) = ((at / 64) as usize, at % 64);
        let low = self[word] >> shift;
        if shift > 0 && word + 1 < self.len() {
            low | self[word + 1] << (64 - shift)
        } else {
            low
        }
    }

    fn spread(self) -> u64 {
        mixed(mixed(self[0], self[1]), mixed(self[2], self[3]))
    }

    fn write(self, to: &mut Vec<u8>) {
        self.iter()
            .for_each(|word| to.extend_from_slice(&word.to_le_bytes()));
    }

    fn read(bytes: &[u8], bits: u32) -> Self {
        let [low, high] = [0, 16].map(|from| <u128 as Key>::read(&bytes[from..], 128));
        let high = if bits < 256 {
            high & ((1 << (bits - 128)) - 1)
        } else {
            high
        };
        [
            low as u64,
            (low >> 64) as u64,
            high as u64,
            (high >> 64) as u64,
        ]
    }
}

/// One word of a state: which of its bits are kept, and where.
#[derive(Clone, Copy)]
struct Part {
    /// The bits that are kept.
    kept: u64,
    /// The bits that move by 1, 2, 4, ... 32 places, each after the moves before (Warren, Hacker's Delight, 7-4).
    moves: [u64; 6],
    /// The place of the lowest kept bit in the key.
    at: u32,
}

impl Part {
    fn new(kept: u64, at: u32) -> Self {
        let (mut left, mut gaps, mut moves) = (kept, !kept << 1, [0; 6]);
        for (step, bits) in moves.iter_mut().enumerate() {
            // Each bit below which the number of gaps is odd.
            let odd = (0..6).fold(gaps, |sums, power| sums ^ sums << (1 << power));
            *bits = odd & left;
            left = left ^ *bits | *bits >> (1 << step);
            gaps &= !odd;
        }
        Self { kept, moves, at }
    }

    #[inline(always)]
    fn pack(&self, word: u64) -> u64 {
        let mut bits = word & self.kept;
        for (step, moves) in self.moves.iter().enumerate() {
            let moving = bits & moves;
            bits = bits ^ moving | moving >> (1 << step);
        }
        bits
    }

    #[inline(always)]
    fn unpack(&self, mut bits: u64) -> u64 {
        for (step, moves) in self.moves.iter().enumerate().rev() {
            bits = bits & !moves | (bits << (1 << step)) & moves;
        }
        bits & self.kept
    }
}

/// The bits that are kept of each state of a system, and those that all of its states have in common.
pub(crate) struct Packing {
    common: Words,
    parts: Vec<(usize, Part)>,
    bits: u32,
}

impl Packing {
    /// Keeps the bits of `varying`; the others are as in `state`.
    pub(crate) fn new(state: Words, varying: Words) -> Self {
        let (mut common, mut parts, mut bits) = (state, Vec::new(), 0);
        for (word, &kept) in varying.iter().enumerate().filter(|(_, kept)| **kept != 0) {
            common[word] &= !kept;
            parts.push((word, Part::new(kept, bits)));
            bits += kept.count_ones();
        }
        Self {
            common,
            parts,
            bits,
        }
    }

    /// How many bits are kept.
    pub(crate) const fn bits(&self) -> u32 {
        self.bits
    }

    /// The kept bits. [`Packing::bits`] are at most as many as the key has.
    #[inline(always)]
    pub(crate) fn pack<K: Key>(&self, state: Words) -> K {
        self.parts.iter().fold(K::default(), |key, (word, part)| {
            key.with(part.pack(state[*word]), part.at)
        })
    }

    /// The state. The reverse of [`Packing::pack`].
    #[inline(always)]
    pub(crate) fn unpack<K: Key>(&self, key: K) -> Words {
        let mut state = self.common;
        for (word, part) in &self.parts {
            let width = part.kept.count_ones();
            let bits = key.at(part.at) & (u64::MAX >> (64 - width));
            state[*word] |= part.unpack(bits);
        }
        state
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The kept bits one after the other, the slow way.
    fn slowly(state: Words, varying: Words) -> Vec<bool> {
        let bit = |words: Words, at: usize| words[at / 64] >> (at % 64) & 1 != 0;
        (0..256)
            .filter(|&at| bit(varying, at))
            .map(|at| bit(state, at))
            .collect()
    }

    fn round_trip<K: Key>(state: Words, varying: Words) {
        let packing = Packing::new(state, varying);
        let key: K = packing.pack(state);
        let bits = slowly(state, varying);
        assert_eq!(packing.bits() as usize, bits.len());
        for (at, &bit) in bits.iter().enumerate() {
            assert_eq!(key.at(at as u32) & 1 != 0, bit, "bit {at}");
        }
        assert_eq!(packing.unpack(key), state);
        let mut bytes = Vec::new();
        key.write(&mut bytes);
        bytes[(packing.bits() as usize).div_ceil(8)..].fill(0x5a);
        assert!(K::read(&bytes, packing.bits()) == key);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

        #[test]
        fn a_state_is_packed_bit_by_bit_and_comes_back(state: Words, some: Words, more: Words, words in 0..5usize) {
            let half = [0, 1, 2, 3].map(|word| if word < words { some[word] & more[word] } else { 0 });
            let varying = [0, 1, 2, 3].map(|word| if word < words { some[word] | more[word] } else { 0 });
            for varying in [half, varying] {
                if varying.iter().map(|word| word.count_ones()).sum::<u32>() <= 128 {
                    round_trip::<u128>(state, varying);
                } else {
                    round_trip::<Words>(state, varying);
                }
            }
        }
    }

    #[test]
    fn the_hash_of_states_that_differ_in_one_bit_differs_everywhere() {
        for bit in 0..128 {
            let apart = (1u128 << bit).spread() ^ 0u128.spread();
            assert!(
                (16..=48).contains(&apart.count_ones()),
                "bit {bit}: {apart:x}"
            );
        }
    }
}
