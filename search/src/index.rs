//! An open-addressing index from states to their numbers: four bytes a slot, the states stay where they are.

use crate::packed::Packed;

const EMPTY: u32 = u32::MAX;

/// The index. The caller keeps the keys in a vector and passes it to every call.
pub(crate) struct Index {
    slots: Vec<u32>,
    shift: u32,
}

impl Default for Index {
    fn default() -> Self {
        Self::with_bits(12)
    }
}

impl Index {
    /// Keys that can be numbered.
    pub(crate) const MOST: usize = EMPTY as usize;

    fn with_bits(bits: u32) -> Self {
        Self {
            slots: vec![EMPTY; 1 << bits],
            shift: 64 - bits,
        }
    }

    /// The number of `key`: its place in `keys`, where it is put if it is not there yet.
    ///
    /// # Panics
    /// If there are more than [`Index::MOST`] keys.
    pub(crate) fn intern<K: Packed>(&mut self, keys: &mut Vec<K>, key: K) -> u32 {
        if keys.len() * 4 >= self.slots.len() * 3 {
            self.grow(keys);
        }
        let mask = self.slots.len() - 1;
        let mut slot = (key.spread() >> self.shift) as usize;
        loop {
            match self.slots[slot] {
                EMPTY => {
                    assert!(keys.len() < Self::MOST, "more than {} states", Self::MOST);
                    let number = keys.len() as u32;
                    self.slots[slot] = number;
                    keys.push(key);
                    return number;
                }
                number if keys[number as usize] == key => return number,
                _ => slot = (slot + 1) & mask,
            }
        }
    }

    fn grow<K: Packed>(&mut self, keys: &[K]) {
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
