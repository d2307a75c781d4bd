//! A share of a long job: every N-th piece, and the shares joined again.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use anyhow::{Result, bail};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::terminal::shown;

/// `K/N`: of N shares the K-th.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Part {
    /// K: which share this is, from 1.
    #[schemars(range(min = 1))]
    pub k: usize,
    /// N: how many shares there are.
    #[schemars(range(min = 1))]
    pub n: usize,
}

impl FromStr for Part {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parsed = text.split_once('/').and_then(|(k, n)| {
            Some(Self {
                k: k.parse().ok()?,
                n: n.parse().ok()?,
            })
        });
        parsed
            .filter(|part| (1..=part.n).contains(&part.k))
            .ok_or_else(|| format!("'{text}' is not K/N with 1 <= K <= N, as 2/4"))
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.k, self.n)
    }
}

impl Part {
    /// Every N-th of these, from the K-th.
    #[must_use]
    pub fn of<T>(self, all: Vec<T>) -> Vec<T> {
        all.into_iter()
            .enumerate()
            .filter(|(index, _)| index % self.n == self.k - 1)
            .map(|(_, item)| item)
            .collect()
    }
}

/// Says which share is missing or there twice, where all are of one division; of several divisions only the pieces tell.
///
/// # Errors
/// One is missing or there twice.
pub fn all_there(shares: &[Part]) -> Result<()> {
    let Some(n) = shares
        .first()
        .map(|part| part.n)
        .filter(|n| shares.iter().all(|part| part.n == *n))
    else {
        return Ok(());
    };
    for k in 1..=n {
        match shares.iter().filter(|part| part.k == k).count() {
            0 => bail!("part {k}/{n} is missing"),
            1 => {}
            _ => bail!("part {k}/{n} is there twice"),
        }
    }
    Ok(())
}

/// Whether shares make up a whole: each names the whole's pieces and has some of them.
///
/// # Errors
/// They belong to different wholes, a piece is there twice or is none of the whole's, or one is missing; the pieces are named.
pub fn complete(shares: &[(&[String], Vec<String>)]) -> Result<()> {
    let Some((whole, _)) = shares.first() else {
        bail!("there is nothing to merge")
    };
    if shares.iter().any(|(other, _)| other != whole) {
        bail!("these results belong to different runs: they do not agree on what there is to run");
    }
    let mut seen = BTreeSet::new();
    let pieces = shares.iter().flat_map(|(_, pieces)| pieces);
    let doubles: Vec<&str> = pieces
        .filter(|&piece| !seen.insert(piece))
        .map(String::as_str)
        .collect();
    if !doubles.is_empty() {
        bail!("these are there more than once: {}", few(&doubles));
    }
    let strangers: Vec<&str> = seen
        .iter()
        .filter(|piece| !whole.contains(piece))
        .map(|piece| piece.as_str())
        .collect();
    if !strangers.is_empty() {
        bail!(
            "these are no part of the whole: {}",
            shown(&strangers.join(", "))
        );
    }
    let missing: Vec<&str> = whole
        .iter()
        .filter(|piece| !seen.contains(piece))
        .map(String::as_str)
        .collect();
    if !missing.is_empty() {
        bail!("these are missing: {}", few(&missing));
    }
    Ok(())
}

/// One by itself; of more, a line each for the first five.
fn few(pieces: &[&str]) -> String {
    const FEW: usize = 5;
    if let [one] = pieces {
        return shown(one).to_string();
    }
    let lines: String = pieces
        .iter()
        .take(FEW)
        .map(|piece| format!("\n  {}", shown(piece)))
        .collect();
    let more = pieces.len().saturating_sub(FEW);
    if more > 0 {
        format!("{lines}\n  and {more} more")
    } else {
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_disjoint_and_together_everything() {
        let all: Vec<usize> = (0..10).collect();
        let mut joined: Vec<usize> = (1..=3)
            .flat_map(|k| Part { k, n: 3 }.of(all.clone()))
            .collect();
        joined.sort_unstable();
        assert_eq!(joined, all);
        for bad in ["0/3", "4/3", "1", "a/b", "1/0", "/"] {
            assert!(bad.parse::<Part>().is_err(), "{bad}");
        }
    }

    #[test]
    fn doubles_gaps_and_strangers_are_refused() {
        let whole: Vec<String> = ["a", "b"].map(str::to_string).to_vec();
        let other = vec!["a".to_string()];
        let piece = |name: &str| vec![name.to_string()];
        assert!(complete(&[(&whole, piece("a")), (&whole, piece("b"))]).is_ok());
        assert!(
            complete(&[(&whole, piece("a"))])
                .unwrap_err()
                .to_string()
                .contains("missing: b")
        );
        assert!(
            complete(&[(&whole, whole.clone()), (&whole, piece("b"))])
                .unwrap_err()
                .to_string()
                .contains("b")
        );
        assert!(complete(&[(&whole, piece("b")), (&other, piece("a"))]).is_err());
        let strange = complete(&[(&whole, whole.clone()), (&whole, piece("c"))]);
        assert!(
            strange
                .unwrap_err()
                .to_string()
                .contains("no part of the whole: c")
        );
        assert!(complete(&[]).is_err());
        let many: Vec<String> = (0..8)
            .map(|piece| format!("{piece}, with a comma"))
            .collect();
        let error = complete(&[(&many, piece(&many[0]))])
            .unwrap_err()
            .to_string();
        assert_eq!(
            (error.lines().count(), error.lines().last()),
            (7, Some("  and 2 more")),
            "{error}"
        );
    }
}
