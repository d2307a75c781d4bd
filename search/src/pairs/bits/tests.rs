//! The matrix of bits against what its words stand for.

use rayon::prelude::*;

use super::{Bits, Link, Links, columns};

const ROWS: usize = 150;
const COLUMNS: usize = 200;

fn pairs() -> impl Iterator<Item = (usize, usize)> {
    (0..ROWS).flat_map(|row| (0..COLUMNS).map(move |column| (row, column)))
}

/// Whether a pair is in the set of these tests.
fn is(row: usize, column: usize) -> bool {
    (row * 7 + column * column) % 13 == 0
}

fn set() -> Bits {
    let mut bits = Bits::new(ROWS, COLUMNS);
    pairs()
        .filter(|&(row, column)| is(row, column))
        .for_each(|(row, column)| bits.insert(row, column));
    bits
}

fn members(bits: &Bits) -> usize {
    bits.nonzero()
        .map(|(_, word, bits)| columns(word, bits).count())
        .sum()
}

/// Row 3 leads to row 140 for columns below 64, row 99 to row 140 for all.
fn pulled(bits: &Bits) -> Bits {
    let filters = [vec![u64::MAX, 0, 0, 0], vec![u64::MAX; 4]];
    let link = |to, from, filter| Link { to, from, filter };
    let links = Links::new(ROWS, vec![link(140, 3, 0), link(140, 99, 1)], &filters);
    let mut pulled = Bits::new(ROWS, COLUMNS);
    pulled
        .strips()
        .for_each(|mut strip| strip.pull(bits, &links));
    pulled
}

#[test]
fn a_turned_set_has_its_columns_as_rows() {
    let (bits, mut turned) = (set(), Bits::new(COLUMNS, ROWS));
    turned.strips().for_each(|mut strip| strip.turn(&bits));
    assert!(pairs().all(|(row, column)| turned.contains(column, row) == is(row, column)));
    assert_eq!(
        members(&turned),
        pairs().filter(|&(row, column)| is(row, column)).count()
    );
}

#[test]
fn rows_are_pulled_along_links_through_their_filters() {
    let pulled = pulled(&set());
    for (row, column) in pairs() {
        let leads = row == 140 && (is(99, column) || column < 64 && is(3, column));
        assert_eq!(pulled.contains(row, column), leads);
    }
}

#[test]
fn what_is_settled_was_not_visited_and_is_now() {
    let expected = (0..COLUMNS)
        .filter(|&column| is(99, column) || column < 64 && is(3, column))
        .count();
    let (mut pulled, mut visited) = (pulled(&set()), Bits::new(ROWS, COLUMNS));
    visited.insert(
        140,
        (0..COLUMNS)
            .find(|&column| is(99, column))
            .expect("a column"),
    );
    let strips = pulled.strips().zip(visited.strips());
    let new: u64 = strips
        .map(|(mut strip, mut visited)| strip.settle(&mut visited))
        .sum();
    assert_eq!(new as usize, expected - 1);
    assert_eq!(
        (members(&pulled), members(&visited)),
        (expected - 1, expected)
    );
}

#[test]
fn sets_are_added_and_inverted() {
    let (mut bits, other) = (set(), pulled(&set()));
    bits.add(&other);
    assert!(pairs().all(|(row, column)| bits.contains(row, column)
        == (is(row, column) || other.contains(row, column))));
    let before = members(&bits);
    bits.invert();
    assert!(pairs().all(|(row, column)| bits.contains(row, column)
        != (is(row, column) || other.contains(row, column))));
    assert_eq!(
        members(&bits),
        192 * 256 - before,
        "rows and columns are filled up to multiples of 64"
    );
}
