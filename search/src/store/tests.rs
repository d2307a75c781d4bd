//! The store beside a map, with hashes that tell little or nothing.

use std::collections::HashMap;

use proptest::collection::vec;
use proptest::prelude::*;

use super::{NOT_FOUND, Store};
use crate::key::{Key, Pair, Widths};

/// A key with a hash of its own: `SORT` says which.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Odd<const SORT: u8>(u128);

impl<const SORT: u8> Key for Odd<SORT> {
    type Form = ();

    fn stride((): ()) -> usize {
        u128::stride(())
    }

    fn spread(self) -> u64 {
        let low = self.0 as u64;
        match SORT {
            0 => 0,                        // one slot and one mark for all
            1 => u64::MAX, // the last slot, from which the search goes on with the first
            2 => low & 3,  // one slot, few marks
            3 => low << 61, // few slots, one mark
            4 => low % 7 * (u64::MAX / 7), // few of both
            _ => self.0.spread(),
        }
    }

    fn write(self, (): (), to: &mut Vec<u8>) {
        self.0.write((), to);
    }

    fn read(bytes: &[u8], (): ()) -> Self {
        Self(u128::read(bytes, ()))
    }
}

/// Puts blocks of keys in as the search does, and compares every answer with that of a map.
fn beside_a_map<const SORT: u8>(blocks: &[Vec<u16>]) -> Result<(), TestCaseError> {
    let (mut store, mut map) = (Store::<Odd<SORT>>::new(()), HashMap::new());
    let (mut hashes, mut found) = (Vec::new(), Vec::new());
    for block in blocks {
        // Keys that differ in low bits and in high ones.
        let key = |&bits: &u16| u128::from(bits & 0xff) | u128::from(bits >> 8) << 120;
        let keys: Vec<Odd<SORT>> = block.iter().map(|bits| Odd(key(bits))).collect();
        store.find(&keys, &mut hashes, &mut found);
        for (key, &number) in keys.iter().zip(&found) {
            let known = map.get(&key.0).copied();
            prop_assert!(number == NOT_FOUND || known == Some(number), "{:?}", key);
        }
        store.reserve(keys.len());
        for (&key, &hash) in keys.iter().zip(&hashes) {
            let next = map.len() as u32;
            let number = *map.entry(key.0).or_insert(next);
            prop_assert_eq!(store.intern(key, hash), number, "{:?}", key);
        }
        prop_assert_eq!(store.len(), map.len());
    }
    let store = store.without_index();
    for (&key, &number) in &map {
        prop_assert_eq!(store.get(number as usize).0, key);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(24) })]

    #[test]
    fn every_key_has_one_number_whatever_its_hash(blocks in vec(vec(any::<u16>(), 0..300), 1..12)) {
        beside_a_map::<0>(&blocks)?;
        beside_a_map::<1>(&blocks)?;
        beside_a_map::<2>(&blocks)?;
        beside_a_map::<3>(&blocks)?;
        beside_a_map::<4>(&blocks)?;
        beside_a_map::<5>(&blocks)?;
    }
}

#[test]
fn pairs_keep_their_numbers_while_they_are_written_in_more_and_more_bits() {
    let mut store = Store::new(Widths([1, 1]));
    store.rewrite(Widths([2, 1]));
    let mut pairs = Vec::new();
    for bits in 2..32 {
        store.rewrite(Widths([bits, bits / 2]));
        let pair = Pair([(1 << bits) - 1, (1 << (bits / 2)) - 1]);
        pairs.extend([pair, Pair([pair.0[0] - 1, 0])]);
        for (number, &pair) in (0..).zip(&pairs) {
            assert_eq!(store.number(pair), number, "{pair:?} of {bits} bits");
            assert_eq!(store.get(number as usize), pair);
        }
    }
}

#[test]
fn a_key_is_found_where_its_hash_tells_it_apart() {
    let mut store = Store::<u128>::new(());
    store.reserve(5000);
    let keys: Vec<u128> = (0..5000).collect();
    keys.iter().for_each(|&key| {
        store.intern(key, key.spread());
    });
    let (mut hashes, mut found) = (Vec::new(), Vec::new());
    store.find(&keys, &mut hashes, &mut found);
    let right = (0..5000u32)
        .zip(&found)
        .filter(|&(number, &found)| number == found)
        .count();
    assert!(right > 4900, "{right} of 5000 are found at the first look");
}
