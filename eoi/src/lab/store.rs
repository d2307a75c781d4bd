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
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, OnceLock, PoisonError};

use anyhow::{Context, Result, anyhow};
use sha2::{Digest, Sha256};

use super::archive::Archive;
use super::digest::digits;
use super::hold;
use super::lock::{Lock, Package, Replacement};
use super::sets::Set;
use crate::error::CannotTell;
use crate::terminal::note;

mod fetch;
mod unpack;
mod whole;
mod wrap;

pub use fetch::Renewed;

/// Raised when what is unpacked, or how, changes: what was unpacked before is then unpacked anew.
const RECIPE: u32 = 1;

/// Where things come from and go to.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The cache; without one `$XDG_CACHE_HOME/eoi` or `~/.cache/eoi`.
    pub root: Option<PathBuf>,
    /// The archive's base URI; without one that of the host's apt.
    pub mirror: Option<String>,
    /// The archive's keyring; without one Debian's.
    pub keyring: Option<PathBuf>,
    /// The lock; without one that which the program was built with.
    pub lock: Option<PathBuf>,
    /// For what it is opened.
    pub purpose: Purpose,
}

/// For what a cache is opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Purpose {
    /// To use what is in it, and to add to it; together with others.
    #[default]
    Use,
    /// To remove from it, while nobody uses it.
    Clean,
}

/// The cache. Any number of programs may use it at the same time.
#[derive(Debug)]
pub struct Cache {
    /// Locked for as long as we live.
    _in_use: File,
    /// Sets that were found whole.
    whole: Mutex<BTreeSet<PathBuf>>,
    root: PathBuf,
    options: Options,
    lock: Lock,
    host: &'static Host,
    archive: OnceLock<Archive>,
}

/// A set that is there, unpacked.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The directory that stands for `/` in the packages.
    pub prefix: PathBuf,
    /// What is in it.
    pub packages: Vec<Package>,
    /// What is in it in place of what was wanted.
    pub replaced: Vec<Replacement>,
}

impl Opened {
    /// The directory of the set's kernel modules: `lib/modules/RELEASE`, or since 6.12 of Debian 13 the same in `usr`.
    ///
    /// # Errors
    /// If the set has none.
    pub fn modules(&self) -> Result<PathBuf> {
        let places = ["usr/lib/modules", "lib/modules"].map(|dir| self.prefix.join(dir));
        let releases = places.iter().filter_map(|dir| fs::read_dir(dir).ok()).flatten().flatten();
        let found = releases.map(|entry| entry.path()).find(|path| path.join("kernel").is_dir());
        found.with_context(|| format!("no kernel modules in {}", self.prefix.display()))
    }

    /// The set's kernel image: in `boot`, or since 7 beside the modules.
    ///
    /// # Errors
    /// If the set has none.
    pub fn image(&self) -> Result<PathBuf> {
        let places = [self.prefix.join("boot"), self.modules()?];
        let files = places.iter().filter_map(|dir| fs::read_dir(dir).ok()).flatten().flatten();
        let found = files.map(|entry| entry.path()).find(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            name.starts_with("vmlinu")
        });
        found.with_context(|| format!("no kernel image in {}", self.prefix.display()))
    }
}

/// An architecture that the lab's programs run on.
#[derive(Debug)]
struct Host {
    /// As Debian calls it.
    arch: &'static str,
    /// As Rust calls it.
    rust: &'static str,
    /// Debian's directory for its libraries, and the prefix of its own compiler.
    triplet: &'static str,
    /// What its programs name as their interpreter (the ABI's supplement for the architecture).
    loader: &'static str,
}

static HOSTS: &[Host] = &[
    Host { arch: "amd64", rust: "x86_64", triplet: "x86_64-linux-gnu", loader: "/lib64/ld-linux-x86-64.so.2" },
    Host { arch: "arm64", rust: "aarch64", triplet: "aarch64-linux-gnu", loader: "/lib/ld-linux-aarch64.so.1" },
];

impl Cache {
    /// The cache that `options` names. Nothing is fetched yet, and no archive is looked for.
    ///
    /// # Errors
    /// If the lock cannot be read, the directory cannot be made, or the lab has no programs for this machine. If it is to be
    /// cleaned and somebody uses it.
    pub fn new(options: Options) -> Result<Self> {
        let host = HOSTS.iter().find(|host| host.rust == env::consts::ARCH);
        let host = host.with_context(|| {
            let known: Vec<_> = HOSTS.iter().map(|host| host.rust).collect();
            format!("the lab runs on {}, this machine is {}", known.join(" and "), env::consts::ARCH)
        })?;
        let lock = options.lock.as_deref().map_or_else(Lock::built_in, Lock::read)?;
        let root = options.root.clone().map_or_else(default_root, Ok)?;
        for below in ["apt", "debs/partial", "replaced", "unpacked"] {
            let below = root.join(below);
            fs::create_dir_all(&below).with_context(|| format!("making the cache {}", below.display()))?;
        }
        let root = root.canonicalize().with_context(|| format!("finding the cache {}", root.display()))?;
        let in_use = in_use(&root.join("in-use"), options.purpose)?;
        Ok(Self { _in_use: in_use, whole: Mutex::default(), root, options, lock, host, archive: OnceLock::new() })
    }

    /// The cache's directory.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The lock that pins what [`Cache::ensure`] takes.
    #[must_use]
    pub fn lock(&self) -> &Lock {
        &self.lock
    }

    /// The set called `name`, fetched and unpacked unless it was before.
    ///
    /// # Errors
    /// If there is no such set, or it cannot be had or unpacked. Nothing half-done is left under the set's name.
    pub fn ensure(&self, name: &str) -> Result<Opened> {
        let set = Set::named(name)?;
        let (packages, replaced) = self.chosen(set)?;
        let opened = Opened { prefix: self.prefix(set, &packages), packages, replaced };
        if self.lacks(&opened.prefix).is_none() {
            return Ok(opened);
        }
        let _only = self.alone(&format!("unpacked/{}.lock", set.name), &format!("unpacks the set {}", set.name))?;
        let (packages, replaced) = self.bring(set)?;
        let opened = Opened { prefix: self.prefix(set, &packages), packages, replaced };
        if let Some(why) = self.lacks(&opened.prefix) {
            if opened.prefix.exists() {
                note(format_args!("{} is not whole and is unpacked anew: {why}", opened.prefix.display()));
            }
            let debs: Vec<PathBuf> =
                opened.packages.iter().map(|one| self.root.join("debs").join(one.file())).collect();
            unpack::unpack(&debs, &opened.prefix, self.host)
                .with_context(|| format!("unpacking the set {}", set.name))?;
        }
        Ok(opened)
    }

    /// Why the set in this directory is not whole; `None` if it is. What was whole once is not counted again.
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
        let debs = packages.iter().map(|one| self.root.join("debs").join(one.file())).collect();
        Ok((self.prefix(set, &packages), debs))
    }

    fn prefix(&self, set: &Set, packages: &[Package]) -> PathBuf {
        self.root.join("unpacked").join(format!("{}-{}", set.name, hash(packages)))
    }

    fn archive(&self) -> Result<&Archive> {
        if let Some(archive) = self.archive.get() {
            return Ok(archive);
        }
        let Options { mirror, keyring, .. } = &self.options;
        let archive = Archive::find(mirror.as_deref(), keyring.as_deref(), self.root.join("apt"))?;
        Ok(self.archive.get_or_init(|| archive))
    }

    /// Waits until nobody else does what `others` says, and keeps them from it until the file that is returned is closed.
    fn alone(&self, file: &str, others: &str) -> Result<File> {
        hold::alone(&self.root.join(file), others)
    }
}

/// The lock of a cache's user.
fn in_use(path: &Path, purpose: Purpose) -> Result<File> {
    match purpose {
        Purpose::Use => hold::together(path, "removes what is not needed any more"),
        Purpose::Clean => hold::alone_at_once(path)?.ok_or_else(|| {
            let cache = path.parent().unwrap_or(path).display();
            CannotTell(format!("another eoi uses {cache}: nothing was removed; try again when it is done")).into()
        }),
    }
}

/// Where the cache is if nobody says.
///
/// # Errors
/// The environment does not say.
pub fn default_root() -> Result<PathBuf> {
    // Relative paths in these variables are to be ignored (XDG Base Directory Specification 0.8).
    let absolute = |name| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    absolute("XDG_CACHE_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".cache")))
        .map(|cache| cache.join("eoi"))
        .ok_or_else(|| anyhow!("neither XDG_CACHE_HOME nor HOME says where the cache is to be: set one of them"))
}

/// 12 hexadecimal digits that change with what is unpacked.
fn hash(packages: &[Package]) -> String {
    let mut hash = Sha256::new();
    hash.update(RECIPE.to_le_bytes());
    for package in packages {
        hash.update(&package.sha256);
    }
    digits(hash)
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
        Self { bin: opened.prefix.join("usr/bin") }
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
        let mut command = if own.is_file() { Command::new(own) } else { Command::new(program) };
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
