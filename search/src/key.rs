//! Keys of a store: halves of states, and pairs of the numbers of two halves.

/// An integer that a store keeps.
pub(crate) trait Key: Copy + Eq + Send + Sync {
    /// How the keys of a store are written.
    type Form: Copy + PartialEq + Send + Sync;

    /// Bytes from one key to the next.
    fn stride(form: Self::Form) -> usize;

    /// A hash of which all bits are well spread.
    fn spread(self) -> u64;

    /// Adds the bytes of the key, of which those beyond its stride mean nothing.
    fn write(self, form: Self::Form, to: &mut Vec<u8>);

    /// The key that [`Key::write`] wrote. The bytes beyond its stride may have changed.
    fn read(bytes: &[u8], form: Self::Form) -> Self;
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

/// A half of a state.
impl Key for u128 {
    type Form = ();

    #[inline(always)]
    fn stride((): ()) -> usize {
        size_of::<Self>()
    }

    #[inline(always)]
    fn spread(self) -> u64 {
        mixed(self as u64, (self >> 64) as u64)
    }

    #[inline(always)]
    fn write(self, (): (), to: &mut Vec<u8>) {
        to.extend_from_slice(&self.to_le_bytes());
    }

    #[inline(always)]
    fn read(bytes: &[u8], (): ()) -> Self {
        let bytes = bytes[..size_of::<Self>()].try_into();
        bytes.map_or(0, Self::from_le_bytes)
    }
}

/// The numbers of a state's two halves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pair(pub(crate) [u32; 2]);

/// Bits of the first and of the second number of each pair, 32 at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Widths(pub(crate) [u32; 2]);

impl Key for Pair {
    type Form = Widths;

    #[inline(always)]
    fn stride(Widths([first, second]): Widths) -> usize {
        (first + second).div_ceil(8).max(1) as usize
    }

    #[inline(always)]
    fn spread(self) -> u64 {
        let [first, second] = self.0.map(u64::from);
        mixed(first | second << 32, 0)
    }

    #[inline(always)]
    fn write(self, Widths([width, _]): Widths, to: &mut Vec<u8>) {
        let [first, second] = self.0.map(u64::from);
        to.extend_from_slice(&(first | second << width).to_le_bytes());
    }

    #[inline(always)]
    fn read(bytes: &[u8], Widths(widths): Widths) -> Self {
        let bytes = bytes[..size_of::<u64>()].try_into();
        let bits = bytes.map_or(0, u64::from_le_bytes);
        let [first, second] = widths.map(|width| ((1u64 << width) - 1) as u32);
        Self([bits as u32 & first, (bits >> widths[0]) as u32 & second])
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_pair_is_written_in_its_bits_and_comes_back(numbers: [u32; 2], widths in [0..=32u32, 0..=32u32]) {
            let of = |at: usize| (u64::from(numbers[at]) & ((1 << widths[at]) - 1)) as u32;
            let (pair, mut bytes) = (Pair([of(0), of(1)]), Vec::new());
            pair.write(Widths(widths), &mut bytes);
            let stride = Pair::stride(Widths(widths));
            prop_assert!(stride * 8 < (widths[0] + widths[1]) as usize + 8 || stride == 1);
            bytes[stride..].fill(0x5a);
            prop_assert_eq!(Pair::read(&bytes, Widths(widths)), pair);
        }
    }

    #[test]
    fn the_hash_of_keys_that_differ_in_one_bit_differs_everywhere() {
        let apart = |one: u64, other: u64, bit: u32| {
            let bits = (one ^ other).count_ones();
            assert!((16..=48).contains(&bits), "bit {bit}: {bits}");
        };
        for bit in 0..128 {
            apart((1u128 << bit).spread(), 0u128.spread(), bit);
        }
        for bit in 0..32 {
            apart(Pair([1 << bit, 0]).spread(), Pair([0, 0]).spread(), bit);
            apart(Pair([0, 1 << bit]).spread(), Pair([0, 0]).spread(), bit);
        }
    }
}
