//! The lock: which packages exactly each set is made of, by version and hash.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::digest::digits;
use super::sets::COMPARED;
use crate::bounded;

/// One package of the archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its version, epoch and revision included.
    pub version: String,
    /// Its architecture, or `all`.
    pub arch: String,
    /// The file's path below the archive's base.
    pub path: String,
    /// The file's size in bytes.
    pub size: u64,
    /// The file's SHA-256 in lower-case hexadecimal.
    pub sha256: String,
}

impl Package {
    /// The name of the file, in the archive and in the cache.
    #[must_use]
    pub fn file(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }
}

/// A package that was taken because the archive no longer has the one that was wanted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Replacement {
    /// The package that was wanted: name and version.
    pub wanted: String,
    /// The package that came in its place: name and version.
    pub got: String,
}

/// The packages of every set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lock {
    /// `eoi.lock/1`.
    pub schema: String,
    /// The day when it was last renewed, as YYYY-MM-DD.
    pub date: String,
    /// By the set's key, see [`super::sets::Set::key`].
    pub sets: BTreeMap<String, Vec<Package>>,
}

const SCHEMA: &str = "eoi.lock/1";

impl Lock {
    /// The lock that this program was built with.
    ///
    /// # Errors
    /// If it is broken, which a test rules out.
    pub fn built_in() -> Result<Self> {
        Self::parse(include_str!("../../lab/lock.json"))
            .context("reading the lock that the program was built with")
    }

    /// The lock in `file`.
    ///
    /// # Errors
    /// If the file cannot be read or is no lock.
    pub fn read(file: &Path) -> Result<Self> {
        let text = bounded::text(file, bounded::TEXT).context("reading the lock")?;
        Self::parse(&text).with_context(|| format!("reading the lock {}", file.display()))
    }

    fn parse(text: &str) -> Result<Self> {
        let lock: Self = serde_json::from_str(text)?;
        anyhow::ensure!(
            lock.schema == SCHEMA,
            "its schema is '{}', not {SCHEMA}: use `eoi` of its age",
            lock.schema
        );
        Ok(lock)
    }

    /// A lock without sets.
    #[must_use]
    pub fn empty() -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            date: String::new(),
            sets: BTreeMap::new(),
        }
    }

    /// The lock as it stands in a file: one package a line, so that a renewal can be read as a difference.
    ///
    /// # Errors
    /// If a package cannot be written as JSON, which cannot happen.
    pub fn text(&self) -> Result<String> {
        let mut text = format!(
            "{{\"schema\": {:?}, \"date\": {:?}, \"sets\": {{",
            self.schema, self.date
        );
        for (at, (key, packages)) in self.sets.iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            write!(text, "{comma}\n{key:?}: [")?;
            for (at, package) in packages.iter().enumerate() {
                let comma = if at == 0 { "" } else { "," };
                write!(text, "{comma}\n {}", serde_json::to_string(package)?)?;
            }
            text.push(']');
        }
        text.push_str("\n}}\n");
        Ok(text)
    }

    /// Twelve hexadecimal digits that change with what a run of the lab can take.
    #[must_use]
    pub fn digest(&self) -> String {
        let mut runs = self.clone();
        runs.sets.retain(|set, _| !COMPARED.contains(&set.as_str()));
        let text = runs.text().unwrap_or_default();
        digits(Sha256::new_with_prefix(text))
    }

    /// Writes the lock to `file`, whole or not at all.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write(&self, file: &Path) -> Result<()> {
        let part = file.with_extension("part");
        let written = fs::write(&part, self.text()?).and_then(|()| fs::rename(&part, file));
        written.with_context(|| format!("writing the lock {}", file.display()))
    }
}

/// Each wanted package with the one that stands in for it: that of the same name, else, where as many came as were wanted, the
/// one in the same place.
pub fn pairs<'a>(
    wanted: &'a [Package],
    got: &'a [Package],
) -> impl Iterator<Item = (&'a Package, Option<&'a Package>)> {
    wanted.iter().enumerate().map(|(at, old)| {
        let same = got
            .iter()
            .find(|new| new.name == old.name && new.arch == old.arch);
        (
            old,
            same.or_else(|| got.get(at).filter(|_| wanted.len() == got.len())),
        )
    })
}

/// The packages that were taken in place of wanted ones.
#[must_use]
pub fn replacements(wanted: &[Package], got: &[Package]) -> Vec<Replacement> {
    let say = |package: &Package| format!("{} {}", package.name, package.version);
    let replaced = pairs(wanted, got).filter_map(|(old, new)| match new {
        Some(new) if new.sha256 == old.sha256 => None,
        Some(new) => Some(Replacement {
            wanted: say(old),
            got: say(new),
        }),
        None => Some(Replacement {
            wanted: say(old),
            got: "nothing: no longer needed".to_owned(),
        }),
    });
    replaced.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::sets;

    fn package(name: &str, version: &str) -> Package {
        let path = format!("pool/{name}_{version}_amd64.deb");
        let sha256 = format!("{name}{version}");
        Package {
            name: name.into(),
            version: version.into(),
            arch: "amd64".into(),
            path,
            size: 1,
            sha256,
        }
    }

    #[test]
    fn the_built_in_lock_has_every_set_pinned_by_hash() {
        let lock = Lock::built_in().unwrap();
        assert_eq!(
            lock.text().unwrap(),
            include_str!("../../lab/lock.json"),
            "run `eoi lab fetch --update`"
        );
        for set in sets::ALL {
            let packages = lock
                .sets
                .get(&set.key("amd64"))
                .unwrap_or_else(|| panic!("{} is not locked", set.name));
            assert!(
                packages.len() >= set.packages.len() + set.closure.len(),
                "{} is not whole",
                set.name
            );
        }
        let keys: Vec<_> = sets::ALL
            .iter()
            .flat_map(|set| [set.key("amd64"), set.key("arm64")])
            .collect();
        for (key, packages) in &lock.sets {
            assert!(keys.contains(key), "no set is called {key}");
            for package in packages {
                assert!(
                    package.path.starts_with("pool/") && package.path.ends_with(".deb"),
                    "{package:?}"
                );
                assert!(
                    package.size > 0 && package.sha256.len() == 64,
                    "{package:?}"
                );
            }
        }
    }

    #[test]
    fn a_lock_is_written_and_read_alike() {
        let mut lock = Lock::empty();
        lock.date = "2026-11-22".into();
        lock.sets.insert(
            "a".into(),
            vec![package(
                "linux-image-6.12.57+deb12-amd64",
                "6.12.57-1~bpo12+1",
            )],
        );
        lock.sets.insert(
            "b@amd64".into(),
            vec![package("x", "1:2"), package("y", "3")],
        );
        let text = lock.text().unwrap();
        assert_eq!(Lock::parse(&text).unwrap(), lock);
        assert_eq!(text.lines().count(), 7);
        assert!(
            Lock::parse(&text.replace("lock/1", "lock/9"))
                .unwrap_err()
                .to_string()
                .contains("eoi.lock/9")
        );
    }

    #[test]
    fn what_was_replaced_is_named() {
        let old = [package("linux-image-6.12.57+deb12-amd64", "6.12.57-1")];
        let new = [package("linux-image-6.12.90+deb12-amd64", "6.12.90-1")];
        let [one] = &replacements(&old, &new)[..] else {
            panic!("one package was replaced")
        };
        assert_eq!(one.wanted, "linux-image-6.12.57+deb12-amd64 6.12.57-1");
        assert_eq!(one.got, "linux-image-6.12.90+deb12-amd64 6.12.90-1");
        assert_eq!(replacements(&old, &old), []);
        let more = [package("a", "2"), package("c", "1")];
        let found = replacements(
            &[package("a", "1"), package("b", "1"), package("c", "1")],
            &more,
        );
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].got, "a 2");
    }
}
