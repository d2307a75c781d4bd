//! The lab's cache: packages as they came, and the sets unpacked from them.
//!
//! ```text
//! apt/SUITE-ARCH/            apt's own state, one for each index
//! debs/                      packages, each checked against its hash; debs/partial what is still coming
//! replaced/KEY-HASH.json     what was taken in place of a set that the archive no longer has
//! unpacked/SET-HASH/         a set, unpacked; whole if every file is there that its list names
//! unpacked/SET-HASH.part/    one that is being unpacked, or was when we were killed
//! in-use                     locked together by everyone who uses the cache, and alone by whoever removes something
//! ```

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::PoisonError;

use anyhow::{Context, Result};

use self::cache::hash;
use super::lock::{Package, Replacement};
use super::sets::Set;
use crate::terminal::note;

mod cache;
mod fetch;
mod host;
mod unpack;
mod whole;
mod wrap;

pub use cache::{Cache, Options, Purpose, default_root};
pub use fetch::Renewed;

/// A set that is there, unpacked.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The directory that stands for `/` in the packages.
    pub prefix: PathBuf,
    /// Its packages.
    pub packages: Vec<Package>,
    /// The packages that stand in for wanted ones.
    pub replaced: Vec<Replacement>,
}

impl Opened {
    /// The directory of the set's kernel modules: `lib/modules/RELEASE`, or since 6.12 of Debian 13 the same in `usr`.
    ///
    /// # Errors
    /// If the set has none.
    pub fn modules(&self) -> Result<PathBuf> {
        let places = ["usr/lib/modules", "lib/modules"].map(|dir| self.prefix.join(dir));
        let releases = places
            .iter()
            .filter_map(|dir| fs::read_dir(dir).ok())
            .flatten()
            .flatten();
        let found = releases
            .map(|entry| entry.path())
            .find(|path| path.join("kernel").is_dir());
        found.with_context(|| format!("no kernel modules in {}", self.prefix.display()))
    }

    /// The set's kernel image: in `boot`, or since 7 beside the modules.
    ///
    /// # Errors
    /// If the set has none.
    pub fn image(&self) -> Result<PathBuf> {
        let places = [self.prefix.join("boot"), self.modules()?];
        let files = places
            .iter()
            .filter_map(|dir| fs::read_dir(dir).ok())
            .flatten()
            .flatten();
        let found = files.map(|entry| entry.path()).find(|path| {
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            name.starts_with("vmlinu")
        });
        found.with_context(|| format!("no kernel image in {}", self.prefix.display()))
    }
}

impl Cache {
    /// The set called `name`, fetched and unpacked unless it was before.
    ///
    /// # Errors
    /// If there is no such set, or it cannot be had or unpacked. Nothing half-done is left under the set's name.
    pub fn ensure(&self, name: &str) -> Result<Opened> {
        let set = Set::named(name)?;
        let (packages, replaced) = self.chosen(set)?;
        let opened = Opened {
            prefix: self.prefix(set, &packages),
            packages,
            replaced,
        };
        if self.lacks(&opened.prefix).is_none() {
            return Ok(opened);
        }
        let _only = self.alone(
            &format!("unpacked/{}.lock", set.name),
            &format!("unpacks the set {}", set.name),
        )?;
        let (packages, replaced) = self.bring(set)?;
        let opened = Opened {
            prefix: self.prefix(set, &packages),
            packages,
            replaced,
        };
        if let Some(why) = self.lacks(&opened.prefix) {
            if opened.prefix.exists() {
                note(format_args!(
                    "{} is not whole and is unpacked anew: {why}",
                    opened.prefix.display()
                ));
            }
            let debs: Vec<PathBuf> = opened
                .packages
                .iter()
                .map(|one| self.root().join("debs").join(one.file()))
                .collect();
            unpack::unpack(&debs, &opened.prefix, self.host)
                .with_context(|| format!("unpacking the set {}", set.name))?;
        }
        Ok(opened)
    }

    /// The reason why the set in this directory is not whole; `None` if it is. A set that was whole once is not counted again.
    fn lacks(&self, prefix: &Path) -> Option<String> {
        let mut whole = self.whole.lock().unwrap_or_else(PoisonError::into_inner);
        if whole.contains(prefix) {
            return None;
        }
        let why = whole::lacks(prefix);
        if why.is_none() {
            whole.insert(prefix.to_path_buf());
        }
        why
    }

    /// Where a set is unpacked, and its packages.
    pub(super) fn belongings(&self, set: &Set) -> Result<(PathBuf, Vec<PathBuf>)> {
        let (packages, _) = self.chosen(set)?;
        let debs = packages
            .iter()
            .map(|one| self.root().join("debs").join(one.file()))
            .collect();
        Ok((self.prefix(set, &packages), debs))
    }

    fn prefix(&self, set: &Set, packages: &[Package]) -> PathBuf {
        self.root()
            .join("unpacked")
            .join(format!("{}-{}", set.name, hash(packages)))
    }
}

/// The programs in an unpacked set.
#[derive(Clone, Debug)]
pub struct Tools {
    bin: PathBuf,
}

impl Tools {
    /// The programs in `opened`.
    #[must_use]
    pub fn new(opened: &Opened) -> Self {
        Self {
            bin: opened.prefix.join("usr/bin"),
        }
    }

    /// Whether `program` is one of them.
    #[must_use]
    pub fn has(&self, program: &str) -> bool {
        self.bin.join(program).is_file()
    }

    /// A command that runs `program` of the set, or the host's if the set has none of that name. It finds the set's
    /// programs before the host's.
    #[must_use]
    pub fn command(&self, program: &str) -> Command {
        let own = self.bin.join(program);
        let mut command = if own.is_file() {
            Command::new(own)
        } else {
            Command::new(program)
        };
        let host = env::var_os("PATH").unwrap_or_default();
        let paths = std::iter::once(self.bin.clone()).chain(env::split_paths(&host));
        if let Ok(path) = env::join_paths(paths) {
            command.env("PATH", path);
        }
        command
    }
}

#[cfg(test)]
mod tests;
