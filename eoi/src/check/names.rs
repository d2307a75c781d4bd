//! Names in tables: found, or refused with the one that was meant.

use anyhow::{Result, bail};

/// Names that are listed in an error; `eoi check --list` and `eoi lab list` have them all.
const FEW: usize = 8;

/// Names that are proposed at most.
const SOME: usize = 4;

/// Letters by which a beginning may be further away than the nearest name.
const NEARLY: usize = 2;

/// Letters of a part of a name that tells something.
const SHORT: usize = 3;

/// Finds names in a table; `all` is the whole table, nothing is `default`.
pub(crate) fn pick<T: Copy>(
    what: &str,
    wanted: &[String],
    all: &[T],
    name: impl Fn(&T) -> &'static str,
    default: &[T],
) -> Result<Vec<T>> {
    if wanted.is_empty() {
        return Ok(default.to_vec());
    }
    let mut picked = Vec::new();
    for wanted in wanted {
        if wanted == "all" {
            picked.extend(all);
        } else {
            picked.push(find(what, wanted, all, &name)?);
        }
    }
    Ok(picked)
}

/// Finds one name in a table.
pub(crate) fn find<T: Copy>(
    what: &str,
    wanted: &str,
    all: &[T],
    name: impl Fn(&T) -> &'static str,
) -> Result<T> {
    if let Some(&found) = all.iter().find(|&item| name(item) == wanted) {
        return Ok(found);
    }
    let names: Vec<&'static str> = all.iter().map(name).collect();
    bail!(
        "there is no {what} called '{wanted}'{}",
        meant(wanted, &names)
    )
}

/// The names that may have been meant: the one that is nearly spelt so, and those that it begins with; or those that it is a
/// part of; or the names that there are.
pub(crate) fn meant(wanted: &str, names: &[&str]) -> String {
    let small = wanted.to_lowercase();
    let distance = |name: &&str| strsim::damerau_levenshtein(&small, name);
    let names: Vec<&str> = names
        .iter()
        .copied()
        .filter(|name| !name.is_empty())
        .collect();
    let near = names.iter().copied().min_by_key(distance);
    let near = near.filter(|name| distance(name) <= small.len() / 3);
    let most = near.map_or(usize::MAX, |name| distance(&name) + NEARLY);
    let begins =
        |name: &&str| Some(*name) != near && small.starts_with(name) && distance(name) <= most;
    let exact = near.is_some_and(|name| distance(&name) == 0);
    let begins = names.iter().copied().filter(|name| !exact && begins(name));
    let mut like: Vec<&str> = near.into_iter().chain(begins).collect();
    if like.is_empty() && small.len() >= SHORT {
        like = names
            .iter()
            .copied()
            .filter(|name| name.contains(&small))
            .collect();
    }
    like.truncate(SOME);
    match like.split_last() {
        Some((only, [])) => format!("; did you mean {only}?"),
        Some((last, others)) => {
            format!("; did you mean {} or {last}?", others.join(", "))
        }
        None if names.len() <= FEW => format!("; there are {}", names.join(", ")),
        None => format!(
            "; there are {} and {} more",
            names[..FEW].join(", "),
            names.len() - FEW
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_nearly_one_is_answered_with_that_one() {
        let names = ["ioapic", "xics", "xive", "xive-q", "gicv2"];
        for (wrong, right) in [
            ("XIVE", "xive"),
            ("xvie", "xive"),
            ("ioapci", "ioapic"),
            ("xiev-q", "xive-q"),
            ("gic", "gicv2"),
            ("IO-APIC", "ioapic"),
            ("XIVE-IRQ", "xive-q or xive"),
        ] {
            assert_eq!(meant(wrong, &names), format!("; did you mean {right}?"));
        }
        assert_eq!(
            meant("mpic", &names),
            "; there are ioapic, xics, xive, xive-q, gicv2"
        );
        let many = ["a"; FEW + 3];
        assert!(
            meant("gic", &many).ends_with(" a and 3 more"),
            "not all of a long table in one line"
        );
    }
}
