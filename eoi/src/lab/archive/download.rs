//! Bringing files of the archive here, by path and hash.
//!
//! A file lies in `partial` until it is whole and its hash is right, then it is renamed into place. A file that was cut
//! off stays, and apt resumes it the next time.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use super::{Archive, HELPER, nowhere};
use crate::lab::lock::Package;
use crate::lab::process::{Guard, LOOK, bounded, dies_with_us, output};

/// Downloads at once: the archive's mirrors like few, and one alone does not fill the line.
const AT_ONCE: usize = 3;

/// Bytes that the signed list of a suite may have: apt's own `Acquire::MaxReleaseFileSize`.
const MOST_OF_A_LIST: u64 = 10_000_000;

/// Why a file is not here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing {
    /// The archive does not have it any more.
    Gone,
    /// The file that came is not the one that the lock pins; it was removed.
    Altered,
    /// More came than the lock says that the file has; it was removed.
    TooLong,
    /// Anything else, in apt's words.
    Failed(String),
}

impl Missing {
    /// Whether an archive that is not there would look so. One that cannot be written is not the archive's fault.
    #[must_use]
    pub fn may_be_the_archive(&self) -> bool {
        match self {
            Self::Gone => true,
            Self::Altered | Self::TooLong => false,
            Self::Failed(words) => !["No space left", "Permission denied", "Read-only"]
                .iter()
                .any(|own| words.contains(own)),
        }
    }
}

impl Archive {
    /// Brings `packages` into `debs`. `progress` is told the bytes that are here, again and again. The files that are
    /// not here afterwards are returned with the reason.
    ///
    /// # Errors
    /// If apt's helper cannot be run or the directory cannot be written.
    pub fn download<'a>(
        &self,
        packages: &[&'a Package],
        debs: &Path,
        progress: &dyn Fn(u64),
    ) -> Result<Vec<(&'a Package, Missing)>> {
        let partial = debs.join("partial");
        fs::create_dir_all(&partial)
            .with_context(|| format!("making the directory {}", partial.display()))?;
        let mut missing = Vec::new();
        let mut wanted = Vec::new();
        for package in packages {
            // Whole already if we were killed between its last byte and its move into place; or what came is too long.
            let whole = fs::metadata(partial.join(package.file()))
                .is_ok_and(|meta| meta.len() >= package.size);
            if !whole || self.settle(package, &partial, debs, "")?.is_some() {
                wanted.push(*package);
            }
        }
        let mut helpers = Vec::new();
        for (at, share) in shares(&wanted).iter().enumerate() {
            let log = partial.join(format!("apt-helper.{at}.log"));
            helpers.push((self.helper(share, &partial, &log)?, log));
        }
        let here = |dir: &Path, package: &Package| {
            fs::metadata(dir.join(package.file())).map_or(0, |meta| meta.len())
        };
        let mut words = String::new();
        for (mut helper, log) in helpers {
            while helper
                .wait(LOOK, "fetching packages; what came is kept")?
                .is_none()
            {
                progress(
                    packages
                        .iter()
                        .map(|package| here(&partial, package).max(here(debs, package)))
                        .sum(),
                );
                if packages
                    .iter()
                    .any(|package| here(&partial, package) > package.size)
                {
                    break; // the helper is killed as it goes out of scope
                }
            }
            words +=
                &fs::read_to_string(&log).with_context(|| format!("reading {}", log.display()))?;
        }
        for package in wanted {
            if let Some(why) = self.settle(package, &partial, debs, &words)? {
                missing.push((package, why));
            }
        }
        Ok(missing)
    }

    /// Whether there is an archive at all: what is asked for is the signed list of a suite, which every archive has.
    ///
    /// # Errors
    /// There is none, or apt's helper cannot be run. The error says how to do without.
    pub fn reach(&self, suite: &str) -> Result<()> {
        let base = self.base();
        let probe = self
            .dir
            .join(format!("{suite}-{}.probe", std::process::id()));
        let list = format!("dists/{suite}/InRelease");
        let mut helper = bounded(HELPER, MOST_OF_A_LIST);
        helper.args([
            "-o",
            "APT::Sandbox::User=",
            "-o",
            "Acquire::Retries=0",
            "download-file",
        ]);
        helper.arg(self.uri(&list)).arg(&probe).env("LC_ALL", "C");
        let output = output(&helper, "looking for the archive");
        let length = fs::metadata(&probe).map_or(0, |meta| meta.len());
        let _ = fs::remove_file(&probe); // there is none where there is no archive
        let output = output?;
        // Apt takes a list that was cut off for an empty one, and for a success.
        if output.status.success() && length > 0 {
            return Ok(());
        }
        let words = String::from_utf8_lossy(&output.stderr);
        let why = words
            .lines()
            .find_map(|line| line.split_once(&*list))
            .map_or(words.trim(), |(_, why)| why.trim());
        let why = if output.status.success() {
            "its list is empty, or longer than any"
        } else {
            why
        };
        Err(nowhere(&format!(
            "no Debian archive with the suite {suite} can be reached at {base} ({why})"
        )))
    }

    /// A helper that brings these. It cannot write more than the longest of them has.
    fn helper(&self, packages: &[&Package], partial: &Path, log: &Path) -> Result<Guard> {
        let longest = packages
            .iter()
            .map(|package| package.size)
            .max()
            .unwrap_or_default();
        let mut helper = bounded(HELPER, longest + 1);
        helper.args([
            "-o",
            "APT::Sandbox::User=",
            "-o",
            "Acquire::Retries=2",
            "download-file",
        ]);
        for package in packages {
            helper
                .arg(self.uri(&package.path))
                .arg(partial.join(package.file()));
            helper.arg(format!("SHA256:{}", package.sha256));
        }
        let log = File::create(log).with_context(|| format!("writing {}", log.display()))?;
        let mut helper = dies_with_us(helper.env("LC_ALL", "C"));
        Guard::start(
            helper
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(log),
        )
    }

    /// Puts the file in place if it is whole, or says why it is not.
    fn settle(
        &self,
        package: &Package,
        partial: &Path,
        debs: &Path,
        words: &str,
    ) -> Result<Option<Missing>> {
        let part = partial.join(package.file());
        let failed = PathBuf::from(format!("{}.FAILED", part.display())); // what apt makes of a wrong hash
        if failed.exists() {
            fs::remove_file(&failed).with_context(|| format!("removing {}", failed.display()))?;
            return Ok(Some(Missing::Altered));
        }
        let size = fs::metadata(&part).map_or(0, |meta| meta.len());
        if size > package.size {
            fs::remove_file(&part).with_context(|| format!("removing {}", part.display()))?;
            return Ok(Some(Missing::TooLong));
        }
        if size == package.size {
            if is(&part, package)? {
                let place = debs.join(package.file());
                fs::rename(&part, &place)
                    .with_context(|| format!("moving {} into place", part.display()))?;
                return Ok(None);
            }
            fs::remove_file(&part).with_context(|| format!("removing {}", part.display()))?;
            return Ok(Some(Missing::Altered));
        }
        // Apt writes some characters of an address its own way.
        let plain = |line: &str| line.replace("%2b", "+").replace("%7e", "~");
        let line = words
            .lines()
            .filter_map(|line| line.strip_prefix("E: Failed to fetch "))
            .map(plain);
        let line = line
            .filter_map(|line| {
                line.split_once(&*package.path)
                    .map(|(_, why)| why.to_owned())
            })
            .next();
        let gone = |why: &str| why.contains(" 404 ") || why.contains("No such file");
        Ok(Some(match line {
            Some(why) if gone(&why) => Missing::Gone,
            Some(why) => Missing::Failed(why.trim().to_owned()),
            None => Missing::Failed(format!(
                "{size} of {} bytes came; {}",
                package.size,
                words.trim()
            )),
        }))
    }
}

/// Splits the files so that all parts take about as long.
fn shares<'a>(packages: &[&'a Package]) -> Vec<Vec<&'a Package>> {
    let mut largest_first = packages.to_vec();
    largest_first.sort_by_key(|package| std::cmp::Reverse(package.size));
    let mut shares: Vec<(u64, Vec<&Package>)> = vec![(0, Vec::new()); AT_ONCE];
    for package in largest_first {
        let least = shares
            .iter_mut()
            .min_by_key(|(bytes, _)| *bytes)
            .expect("there is more than one share");
        least.0 += package.size;
        least.1.push(package);
    }
    shares
        .into_iter()
        .map(|(_, share)| share)
        .filter(|share| !share.is_empty())
        .collect()
}

/// Whether the bytes of `file` are those that the lock pins.
///
/// # Errors
/// If the file cannot be read.
pub fn is(file: &Path, package: &Package) -> Result<bool> {
    let reading = || format!("reading {}", file.display());
    let mut source = File::open(file).with_context(reading)?;
    let mut hash = Sha256::new();
    let (mut size, mut buffer) = (0, vec![0; 1 << 20]);
    loop {
        let read = source.read(&mut buffer).with_context(reading)?;
        if read == 0 {
            break;
        }
        hash.update(&buffer[..read]);
        size += read as u64;
    }
    let hash: String = hash
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Ok(size == package.size && hash == package.sha256)
}
