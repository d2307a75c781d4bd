//! Sets of pairs, kept small: the words of each that are not 0.

use super::bits::{Bits, STRIP};

/// One set, such as a level that a search has been through. About a byte a pair.
pub(crate) struct Level {
    /// Strip and word of each block that is not 0, in order, with its rows that are not 0 and where its words begin.
    blocks: Vec<(u32, u32, u64, u32)>,
    words: Vec<u64>,
}

impl Level {
    pub(crate) fn of(level: &Bits) -> Self {
        let (mut blocks, mut words) = (Vec::<(u32, u32, u64, u32)>::new(), Vec::new());
        for (row, word, bits) in level.nonzero() {
            let (strip, word) = ((row / STRIP) as u32, word as u32);
            match blocks.last_mut() {
                Some(last) if (last.0, last.1) == (strip, word) => last.2 |= 1 << (row % STRIP),
                _ => blocks.push((strip, word, 1 << (row % STRIP), words.len() as u32)),
            }
            words.push(bits);
        }
        Self { blocks, words }
    }

    /// Puts all of it into an empty set.
    pub(crate) fn put(&self, set: &mut Bits) {
        for &(strip, word, rows, start) in &self.blocks {
            let lanes = (0..STRIP).filter(|lane| rows >> lane & 1 != 0);
            for (lane, &bits) in lanes.zip(&self.words[start as usize..]) {
                set.put(strip as usize * STRIP + lane, word as usize, bits);
            }
        }
    }

    /// Whether a pair is in it.
    pub(crate) fn contains(&self, row: u32, column: u32) -> bool {
        let (block, lane) = (
            (row / STRIP as u32, column / STRIP as u32),
            row % STRIP as u32,
        );
        let Ok(at) = self
            .blocks
            .binary_search_by_key(&block, |&(strip, word, ..)| (strip, word))
        else {
            return false;
        };
        let (.., rows, start) = self.blocks[at];
        let before = rows & ((1 << lane) - 1);
        let word = || self.words[start as usize + before.count_ones() as usize];
        rows >> lane & 1 != 0 && word() >> (column % STRIP as u32) & 1 != 0
    }
}
