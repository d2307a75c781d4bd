//! Systems of one outcome, folded: all that are the product of some names of each kind stand in one row.

use std::collections::{BTreeSet, HashMap};

/// The kinds of names that a system has.
pub const KINDS: usize = 7;

/// Each system that has one of these names of every kind: all of them have this outcome.
pub struct Fold<'a> {
    /// The names, by kind.
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

/// Folds systems into fewer rows: rows that differ in the names of one kind only become one, kind by kind, until no two are
/// left that do.
#[must_use]
pub fn fold(mut rows: Vec<Fold<'_>>) -> Vec<Fold<'_>> {
    loop {
        let before = rows.len();
        for kind in 0..KINDS {
            rows = along(rows, kind);
        }
        if rows.len() == before {
            return rows;
        }
    }
}

/// Joins the rows that differ in the names of this kind only, in the order of their first.
fn along(rows: Vec<Fold<'_>>, kind: usize) -> Vec<Fold<'_>> {
    let mut joined: Vec<Fold<'_>> = Vec::new();
    let mut known: HashMap<([BTreeSet<&str>; KINDS], String), usize> = HashMap::new();
    for mut row in rows {
        let names = std::mem::take(&mut row.values[kind]);
        let others = (row.values.clone(), row.outcome.clone());
        let at = *known.entry(others).or_insert(joined.len());
        match joined.get_mut(at) {
            Some(other) => {
                other.values[kind].extend(names);
                other.count += row.count;
            }
            None => {
                row.values[kind] = names;
                joined.push(row);
            }
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A system by its first two names.
    fn one(a: &'static str, b: &'static str, outcome: &str) -> Fold<'static> {
        let mut values = [""; KINDS];
        [values[0], values[1]] = [a, b];
        Fold::new(values, outcome.to_string())
    }

    #[test]
    fn a_row_is_a_product_and_every_system_stands_in_one() {
        let systems = [
            ("a", "x", "stall"),
            ("a", "y", "stall"),
            ("b", "x", "stall"),
            ("b", "y", "stall"),
            ("c", "x", "stall"),
            ("c", "y", "leak"),
        ];
        let rows = fold(systems.map(|(a, b, outcome)| one(a, b, outcome)).into());
        let has = |row: &Fold<'_>, a: &str, b: &str| {
            row.values[0].contains(a) && row.values[1].contains(b)
        };
        for (a, b, outcome) in systems {
            let in_rows: Vec<_> = rows.iter().filter(|row| has(row, a, b)).collect();
            assert_eq!(in_rows.len(), 1, "{a} {b}");
            assert_eq!(in_rows[0].outcome, outcome, "{a} {b}");
        }
        assert_eq!(rows.iter().map(|row| row.count).sum::<usize>(), 6);
        assert!(!rows.iter().any(|row| has(row, "a", "z")));
        assert_eq!(rows.len(), 3, "x of all three, y of a and b, y of c");
    }
}
