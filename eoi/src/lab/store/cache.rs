//! The cache: its directory, its lock, and who may use it meanwhile.

use std::collections::BTreeSet;
use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};

use anyhow::{Context, Result, anyhow};
use sha2::{Digest, Sha256};

use super::host::{self, Host};
use crate::error::CannotTell;
use crate::lab::archive::Archive;
use crate::lab::digest::digits;
use crate::lab::hold;
use crate::lab::lock::{Lock, Package};

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
    pub(super) whole: Mutex<BTreeSet<PathBuf>>,
    root: PathBuf,
    pub(super) options: Options,
    lock: Lock,
    pub(super) host: &'static Host,
    archive: OnceLock<Archive>,
}

impl Cache {
    /// The cache that `options` names. Nothing is fetched yet, and no archive is looked for.
    ///
    /// # Errors
    /// If the lock cannot be read, the directory cannot be made, or the lab has no programs for this machine. If it is to be
    /// cleaned and somebody uses it.
    pub fn new(options: Options) -> Result<Self> {
        let host = host::this()?;
        let lock = options
            .lock
            .as_deref()
            .map_or_else(Lock::built_in, Lock::read)?;
        let root = options.root.clone().map_or_else(default_root, Ok)?;
        for below in ["apt", "debs/partial", "replaced", "unpacked"] {
            let below = root.join(below);
            fs::create_dir_all(&below)
                .with_context(|| format!("making the cache {}", below.display()))?;
        }
        let root = root
            .canonicalize()
            .with_context(|| format!("finding the cache {}", root.display()))?;
        let in_use = in_use(&root.join("in-use"), options.purpose)?;
        Ok(Self {
            _in_use: in_use,
            whole: Mutex::default(),
            root,
            options,
            lock,
            host,
            archive: OnceLock::new(),
        })
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

    /// The archive, looked for when it is first needed.
    pub(super) fn archive(&self) -> Result<&Archive> {
        if let Some(archive) = self.archive.get() {
            return Ok(archive);
        }
        let Options {
            mirror, keyring, ..
        } = &self.options;
        let archive = Archive::find(mirror.as_deref(), keyring.as_deref(), self.root.join("apt"))?;
        Ok(self.archive.get_or_init(|| archive))
    }

    /// Waits until nobody else does what `others` says, and keeps them from it until the file that is returned is closed.
    pub(super) fn alone(&self, file: &str, others: &str) -> Result<File> {
        hold::alone(&self.root.join(file), others)
    }
}

/// The lock of a cache's user.
fn in_use(path: &Path, purpose: Purpose) -> Result<File> {
    match purpose {
        Purpose::Use => hold::together(path, "removes what is not needed any more"),
        Purpose::Clean => hold::alone_at_once(path)?.ok_or_else(|| {
            let cache = path.parent().unwrap_or(path).display();
            CannotTell(format!(
                "another eoi uses {cache}: nothing was removed; try again when it is done"
            ))
            .into()
        }),
    }
}

/// Where the cache is if nobody says.
///
/// # Errors
/// The environment does not say.
pub fn default_root() -> Result<PathBuf> {
    // Relative paths in these variables are to be ignored (XDG Base Directory Specification 0.8).
    let absolute = |name| {
        env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    absolute("XDG_CACHE_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".cache")))
        .map(|cache| cache.join("eoi"))
        .ok_or_else(|| {
            anyhow!(
                "neither XDG_CACHE_HOME nor HOME says where the cache is to be: set one of them"
            )
        })
}

/// 12 hexadecimal digits that change with what is unpacked.
pub(super) fn hash(packages: &[Package]) -> String {
    let mut hash = Sha256::new();
    hash.update(RECIPE.to_le_bytes());
    for package in packages {
        hash.update(&package.sha256);
    }
    digits(hash)
}
