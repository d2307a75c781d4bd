//! An open-addressing index from states to their numbers: four bytes a slot, the states stay where they are.

/// A state that can be looked up.
pub trait Key: Copy + Eq + Send + Sync {
    /// Bits that are well spread in the upper half.
    fn spread(self) -> u64;
}

/// 2^64 divided by the golden ratio, odd.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

impl Key for u64 {
    fn spread(self) -> u64 {
        let mixed = (self ^ (self >> 32)).wrapping_mul(GOLDEN);
        (mixed ^ (mixed >> 29)).wrapping_mul(GOLDEN)
    }
}

impl Key for u128 {
    fn spread(self) -> u64 {
        (self as u64).spread().rotate_left(31) ^ ((self >> 64) as u64).spread()
    }
}

const EMPTY: u32 = u32::MAX;

/// The index. The caller keeps the keys in a vector and passes it to every call.
pub struct Index {
    slots: Vec<u32>,
    shift: u32,
}

impl Default for Index {
    fn default() -> Self {
        Self::with_bits(12)
    }
}

impl Index {
    fn with_bits(bits: u32) -> Self {
        Self { slots: vec![EMPTY; 1 << bits], shift: 64 - bits }
    }

    /// The number of `key`: its place in `keys`, where it is put if it is not there yet.
    pub fn intern<K: Key>(&mut self, keys: &mut Vec<K>, key: K) -> u32 {
        if keys.len() * 4 >= self.slots.len() * 3 {
            self.grow(keys);
        }
        let mask = self.slots.len() - 1;
        let mut slot = (key.spread() >> self.shift) as usize;
        loop {
            match self.slots[slot] {
                EMPTY => {
                    let number = u32::try_from(keys.len()).expect("more than 2^32 states");
                    self.slots[slot] = number;
                    keys.push(key);
                    return number;
                }
                number if keys[number as usize] == key => return number,
                _ => slot = (slot + 1) & mask,
            }
        }
    }

    /// The number of `key`, if it is there.
    #[must_use]
    pub fn find<K: Key>(&self, keys: &[K], key: K) -> Option<u32> {
        let mask = self.slots.len() - 1;
        let mut slot = (key.spread() >> self.shift) as usize;
        loop {
            match self.slots[slot] {
                EMPTY => return None,
                number if keys[number as usize] == key => return Some(number),
                _ => slot = (slot + 1) & mask,
            }
        }
    }

    /// Bytes of memory held.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.slots.capacity() * size_of::<u32>()
    }

    fn grow<K: Key>(&mut self, keys: &[K]) {
        *self = Self::with_bits(64 - self.shift + 1);
        let mask = self.slots.len() - 1;
        for (number, key) in keys.iter().enumerate() {
            let mut slot = (key.spread() >> self.shift) as usize;
            while self.slots[slot] != EMPTY {
                slot = (slot + 1) & mask;
            }
            self.slots[slot] = number as u32;
        }
    }
}
