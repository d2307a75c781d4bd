//! Things with several names each, folded: all that is alike in the product of some names stands in one row.

use std::collections::{BTreeSet, HashMap};

/// The kinds of names that a system has.
pub const KINDS: usize = 7;

/// Each system with one of the values of each kind: they have one outcome.
pub struct Fold<'a> {
    /// The values, by kind.
    pub values: [BTreeSet<&'a str>; KINDS],
    /// The outcome.
    pub outcome: String,
    /// How many systems these are.
    pub count: usize,
}

impl<'a> Fold<'a> {
    /// A single system.
    #[must_use]
    pub fn new(values: [&'a str; KINDS], outcome: String) -> Self {
        Self {
            values: values.map(|value| BTreeSet::from([value])),
            outcome,
            count: 1,
        }
    }
}

/// Folds systems into fewer rows, kind by kind: rows that differ in one kind only are one.
#[must_use]
pub fn fold(mut folds: Vec<Fold<'_>>) -> Vec<Fold<'_>> {
    loop {
        let before = folds.len();
        for kind in 0..KINDS {
            folds = along(folds, kind);
        }
        if folds.len() == before {
            return folds;
        }
    }
}

fn along(folds: Vec<Fold<'_>>, kind: usize) -> Vec<Fold<'_>> {
    let mut joined: Vec<Fold<'_>> = Vec::new();
    let mut known: HashMap<_, usize> = HashMap::new();
    for mut fold in folds {
        let values = std::mem::take(&mut fold.values[kind]);
        let key = (fold.values.clone(), fold.outcome.clone());
        match known.get(&key) {
            Some(&at) => {
                let other: &mut Fold<'_> = &mut joined[at];
                other.values[kind].extend(values);
                other.count += fold.count;
            }
            None => {
                known.insert(key, joined.len());
                fold.values[kind] = values;
                joined.push(fold);
            }
        }
    }
    joined
}
