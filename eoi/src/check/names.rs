//! Names in tables: found, or refused with the one that was meant.

use anyhow::{Result, bail};

/// Names that are listed in an error; `eoi check --list` and `eoi lab list` have them all.
const FEW: usize = 8;

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

/// The name that was meant, by the spelling; or the names that there are.
pub(crate) fn meant(wanted: &str, names: &[&str]) -> String {
    let small = wanted.to_lowercase();
    let distance = |name: &&&str| strsim::damerau_levenshtein(&small, name);
    match names
        .iter()
        .min_by_key(distance)
        .filter(|name| distance(name) <= small.len() / 3)
    {
        Some(name) => format!("; did you mean {name}?"),
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
        let names = ["ioapic", "xics", "xive", "xive-q"];
        for (wrong, right) in [
            ("XIVE", "xive"),
            ("xvie", "xive"),
            ("ioapci", "ioapic"),
            ("xiev-q", "xive-q"),
        ] {
            assert_eq!(meant(wrong, &names), format!("; did you mean {right}?"));
        }
        assert_eq!(
            meant("gic", &names),
            "; there are ioapic, xics, xive, xive-q"
        );
        let many = ["a"; FEW + 3];
        assert!(
            meant("gic", &many).ends_with(" a and 3 more"),
            "not all of a long table in one line"
        );
    }
}
