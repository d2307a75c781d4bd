//! States as the numbers of their halves. There are far fewer halves than states, so that a pair of numbers takes a few
//! bytes (Holzmann, State compression in SPIN, 1997: collapse), and a step mostly changes one half and leaves the other.

use crate::key::{Pair, Widths};
use crate::packed::Words;
use crate::store::Store;

/// The halves of a system's states.
pub(crate) struct Halves {
    /// The second half begins at this bit.
    cut: u32,
    stores: [Store<u128>; 2],
}

/// Bits that numbers of halves have at least in a store of pairs.
const FEW: u32 = 8;

impl Halves {
    /// For states that differ in these bits, if in any: cut where the words for them are cut, or one word.
    pub(crate) fn new(varying: Words) -> Self {
        let words = varying.iter().rposition(|&word| word != 0);
        let bits = match words {
            Some(word) if word > 0 => word as u32 * 64 + 1,
            _ => 64 - varying[0].leading_zeros(),
        };
        Self {
            cut: (bits.next_power_of_two() / 2).max(1),
            stores: [Store::new(()), Store::new(())],
        }
    }

    /// The halves of a state.
    #[inline(always)]
    pub(crate) fn cut(&self, state: Words) -> [u128; 2] {
        let low = u128::from(state[0]) | u128::from(state[1]) << 64;
        let high = u128::from(state[2]) | u128::from(state[3]) << 64;
        // Two states that differ there only would be one.
        assert!(
            self.cut == 128 || high == 0,
            "a bit differs that was said not to"
        );
        match self.cut {
            128 => [low, high],
            64 => [state[0].into(), u128::from(state[1])],
            cut => [low & ((1 << cut) - 1), low >> cut],
        }
    }

    /// The state of these halves. The reverse of [`Halves::cut`].
    #[inline(always)]
    pub(crate) fn join(&self, [first, second]: [u128; 2]) -> Words {
        let (low, high) = match self.cut {
            128 => (first, second),
            cut => (first | second << cut, 0),
        };
        [
            low as u64,
            (low >> 64) as u64,
            high as u64,
            (high >> 64) as u64,
        ]
    }

    /// The number of a half, which may be a new one.
    pub(crate) fn number(&mut self, which: usize, half: u128) -> u32 {
        self.stores[which].number(half)
    }

    /// The halves of these numbers.
    #[inline(always)]
    pub(crate) fn get(&self, Pair([first, second]): Pair) -> [u128; 2] {
        let [firsts, seconds] = &self.stores;
        [firsts.get(first as usize), seconds.get(second as usize)]
    }

    /// Bits in which all numbers fit.
    pub(crate) fn widths(&self) -> Widths {
        let bits = |store: &Store<u128>| usize::BITS - store.len().leading_zeros();
        Widths([0, 1].map(|which| bits(&self.stores[which]).clamp(FEW, 32)))
    }

    /// The halves without the index: none is looked for any more.
    pub(crate) fn without_index(self) -> Self {
        let stores = self.stores.map(Store::without_index);
        Self { stores, ..self }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_state_is_cut_and_joined(state: Words, bits in 0..=256u32) {
            let low = |word: u32| match bits.saturating_sub(word * 64) {
                0 => 0,
                bits => u64::MAX >> (64 - bits.min(64)),
            };
            let varying = [0, 1, 2, 3].map(low);
            let halves = Halves::new(varying);
            let state = [0, 1, 2, 3].map(|word| state[word] & varying[word]);
            prop_assert_eq!(halves.join(halves.cut(state)), state);
        }
    }
}
