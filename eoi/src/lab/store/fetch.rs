//! Which packages a set is made of today, and bringing them here.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Error, Result, anyhow, bail};
use indicatif::{ProgressBar, ProgressStyle};
use serde::{Deserialize, Serialize};

use super::cache::{Cache, hash};
use super::unpack::UNPACKED;
use crate::lab::archive::download::{Missing, is};
use crate::lab::archive::index::is_older;
use crate::lab::lock::{self, Lock, Package, Replacement, replacements};
use crate::lab::room;
use crate::lab::sets::{Near, Set};
use crate::terminal::note;

/// A lock made anew.
#[derive(Debug)]
pub struct Renewed {
    /// The lock. Sets that could not be renewed are as they were.
    pub lock: Lock,
    /// Sets that could not be renewed, each with the reason.
    pub failed: Vec<(&'static str, Error)>,
    /// Sets in which something changed, each with what was and what is.
    pub changed: Vec<(&'static str, Vec<Replacement>)>,
}

/// The packages that were taken in place of a set that the archive no longer has, so that the next run takes the same.
#[derive(Serialize, Deserialize)]
struct Taken {
    packages: Vec<Package>,
    replaced: Vec<Replacement>,
}

impl Cache {
    /// A lock from the archive as it is now, with all of `sets` renewed that can be.
    ///
    /// # Errors
    /// If there is no archive at all.
    pub fn renew(&self, sets: &[&'static Set]) -> Result<Renewed> {
        let archive = self.archive()?;
        let _only = self.alone("apt/lock", "reads the archive's indexes")?;
        let bar = ProgressBar::new(sets.len() as u64)
            .with_style(style("{prefix} {bar:30} {pos}/{len} {msg}"));
        bar.set_prefix("resolving");
        let mut lock = self.lock().clone();
        lock.date = jiff::Timestamp::now().strftime("%F").to_string();
        let (mut failed, mut changed) = (Vec::new(), Vec::new());
        for &set in sets {
            bar.set_message(set.name);
            match nearest(set, |near| archive.resolve(set, self.host.arch, near)) {
                Ok(packages) => {
                    let key = set.key(self.host.arch);
                    let old = lock.sets.insert(key, packages.clone()).unwrap_or_default();
                    let what = replacements(&old, &packages);
                    if !what.is_empty() {
                        changed.push((set.name, what));
                    }
                }
                Err(error) => failed.push((set.name, error)),
            }
            bar.inc(1);
        }
        bar.finish_and_clear();
        Ok(Renewed {
            lock,
            failed,
            changed,
        })
    }

    /// The packages of `set`: the locked ones, or those that were taken in their place before.
    pub(super) fn chosen(&self, set: &Set) -> Result<(Vec<Package>, Vec<Replacement>)> {
        let locked = self.locked(set)?;
        let file = self.taken(set, locked);
        if file.is_file() {
            let text =
                fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
            let taken: Taken = serde_json::from_str(&text)
                .with_context(|| format!("reading {}", file.display()))?;
            return Ok((taken.packages, taken.replaced));
        }
        Ok((locked.to_vec(), elsewhere(set, locked)))
    }

    /// Brings the packages of `set` into the cache, all of them with the right hash. If the archive has dropped one,
    /// the set is resolved anew as near as can be, which is said and remembered.
    pub(super) fn bring(&self, set: &Set) -> Result<(Vec<Package>, Vec<Replacement>)> {
        let (packages, replaced) = self.chosen(set)?;
        for one in &replaced {
            note(format_args!(
                "{}: {} stands in for {}",
                set.name, one.got, one.wanted
            ));
        }
        let gone = self.download(set, &packages)?;
        if gone.is_empty() {
            return Ok((packages, replaced));
        }
        note(format_args!(
            "{}: the archive has dropped {}; looking for what is nearest",
            set.name,
            gone.join(", ")
        ));
        let locked = self.locked(set)?;
        let archive = self.archive()?;
        let only = self.alone("apt/lock", "reads the archive's indexes")?;
        let packages = nearest(set, |near| archive.resolve(set, self.host.arch, near))
            .with_context(|| {
                format!(
                    "replacing {}, which the archive has dropped",
                    gone.join(", ")
                )
            })?;
        drop(only);
        if let Some((old, new)) = older(locked, &packages) {
            bail!(
                "the archive at {} has dropped {old} and lists {new}, which is older: it may be an old copy of the archive. \
                 `eoi lab fetch --update` writes a lock with what it has all the same",
                archive.base()
            );
        }
        let replaced = replacements(locked, &packages);
        for one in &replaced {
            note(format_args!(
                "{}: TAKING {} IN PLACE OF {}",
                set.name, one.got, one.wanted
            ));
        }
        let gone = self.download(set, &packages)?;
        if !gone.is_empty() {
            bail!(
                "the archive lists {} and does not have it: it is being changed, try again later",
                gone.join(", ")
            );
        }
        let file = self.taken(set, locked);
        let taken = Taken { packages, replaced };
        fs::write(&file, serde_json::to_string(&taken)?)
            .with_context(|| format!("writing {}", file.display()))?;
        Ok((taken.packages, taken.replaced))
    }

    fn locked(&self, set: &Set) -> Result<&[Package]> {
        let found = self.lock().sets.get(&set.key(self.host.arch));
        let missing = || {
            let (name, arch) = (set.name, self.host.arch);
            anyhow!(
                "the lock has no set {name} for {arch}: make a lock with `eoi lab fetch --update`"
            )
        };
        found.map(Vec::as_slice).ok_or_else(missing)
    }

    fn taken(&self, set: &Set, locked: &[Package]) -> PathBuf {
        self.root().join("replaced").join(format!(
            "{}-{}.json",
            set.key(self.host.arch),
            hash(locked)
        ))
    }

    /// Brings what is not here yet; the names of what the archive no longer has.
    fn download(&self, set: &Set, packages: &[Package]) -> Result<Vec<String>> {
        let debs = self.root().join("debs");
        let _only = self.alone("debs/lock", "fetches packages")?;
        let total: u64 = packages.iter().map(|package| package.size).sum();
        let mut absent = Vec::new();
        for package in packages {
            let file = debs.join(package.file());
            if file.exists() && !is(&file, package)? {
                note(format_args!(
                    "{} is damaged: removed, and fetched again",
                    file.display()
                ));
                fs::remove_file(&file).with_context(|| format!("removing {}", file.display()))?;
            }
            if !file.exists() {
                absent.push(package);
            }
        }
        let bytes: u64 = absent.iter().map(|package| package.size).sum();
        room::has(&debs, bytes + UNPACKED * total)?;
        if absent.is_empty() {
            return Ok(Vec::new());
        }
        let began = Instant::now();
        let bar = ProgressBar::new(bytes).with_style(style(
            "{prefix} {bar:30} {bytes}/{total_bytes} {bytes_per_sec}",
        ));
        bar.set_prefix(set.name);
        bar.enable_steady_tick(Duration::from_millis(200));
        let missing = self
            .archive()?
            .download(&absent, &debs, &|here| bar.set_position(here));
        bar.finish_and_clear();
        let missing = missing?;
        if missing.iter().any(|(_, why)| why.may_be_the_archive()) {
            self.archive()?.reach(set.suite)?;
        }
        let gone = self.gone(set, missing)?;
        if gone.is_empty() {
            let (count, mega, time) = (
                absent.len(),
                bytes.div_ceil(1_000_000),
                began.elapsed().as_secs_f32(),
            );
            note(format_args!(
                "fetched {}: {count} packages, {mega} MB in {time:.0} s",
                set.name
            ));
        }
        Ok(gone)
    }

    /// The packages that the archive no longer has, by name.
    ///
    /// # Errors
    /// A package is missing for another reason.
    fn gone(&self, set: &Set, missing: Vec<(&Package, Missing)>) -> Result<Vec<String>> {
        let (mut gone, mut reasons) = (Vec::new(), Vec::new());
        for (package, why) in missing {
            match why {
                Missing::Gone => gone.push(format!("{} {}", package.name, package.version)),
                Missing::Altered => reasons.push(format!(
                    "{}: its hash was wrong, it was removed",
                    package.path
                )),
                Missing::TooLong => reasons.push(format!(
                    "{}: more came than the {} bytes that it has, it was removed",
                    package.path, package.size
                )),
                Missing::Failed(words) => reasons.push(format!("{}: {words}", package.path)),
            }
        }
        if !reasons.is_empty() {
            let (name, base) = (set.name, self.archive()?.base());
            bail!(
                "fetching the set {name} from {base}: {}\nWhat came is kept: try again",
                reasons.join("\n")
            );
        }
        Ok(gone)
    }
}

/// The nearest that there is: the version, or else the newest of its series, or else the newest of the suite.
fn nearest(set: &Set, resolve: impl Fn(Near) -> Result<Vec<Package>>) -> Result<Vec<Package>> {
    let mut found = resolve(Near::Version);
    for near in [Near::Series, Near::Suite] {
        if set.version.is_some() && found.is_err() {
            found = resolve(near).or(found);
        }
    }
    found
}

/// The first package that would be replaced by an older one, with that one: whoever can replay an old index, signed as it was,
/// would choose among the known holes of years.
fn older(locked: &[Package], packages: &[Package]) -> Option<(String, String)> {
    let say = |package: &Package| format!("{} {}", package.name, package.version);
    let pairs = lock::pairs(locked, packages).filter_map(|(old, new)| Some((old, new?)));
    pairs
        .filter(|(old, new)| is_older(&new.version, &old.version))
        .map(|(old, new)| (say(old), say(new)))
        .next()
}

/// The package that a lock has in place of the version by which the set is called.
fn elsewhere(set: &Set, locked: &[Package]) -> Vec<Replacement> {
    let (Some(version), Some((name, _))) = (
        set.version,
        set.alone("").find(|(name, _)| name.contains("{}")),
    ) else {
        return Vec::new();
    };
    let (before, after) = name.split_once("{}").unwrap_or((name, ""));
    let found = locked.iter().find_map(|one| {
        one.name
            .strip_prefix(before)?
            .strip_suffix(after)
            .map(|at| (one, at))
    });
    match found {
        Some((one, at)) if !Near::Version.accepts(version, at) => {
            vec![Replacement {
                wanted: name.replace("{}", version),
                got: format!("{} {}", one.name, one.version),
            }]
        }
        _ => Vec::new(),
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, version: &str) -> Package {
        let (name, version, arch) = (name.to_owned(), version.to_owned(), "amd64".to_owned());
        Package {
            path: format!("pool/{name}_{version}_amd64.deb"),
            size: 1,
            sha256: String::new(),
            name,
            version,
            arch,
        }
    }

    #[test]
    fn nothing_is_replaced_by_an_older_version() {
        let image = |version: &str| {
            package(
                &format!("linux-image-{version}+deb13-amd64"),
                &format!("{version}-1"),
            )
        };
        let locked = [image("6.12.107"), package("libc6", "2.41-12+deb13u4")];
        let same = package("libc6", "2.41-12+deb13u4");
        assert_eq!(older(&locked, &[image("6.12.110"), same.clone()]), None);
        assert_eq!(
            older(&locked, &[image("6.12.107"), package("libc6", "2.41-13")]),
            None
        );
        let (old, new) =
            older(&locked, &[image("6.12.90"), same]).expect("an older kernel by another name");
        assert_eq!(
            (&*old, &*new),
            (
                "linux-image-6.12.107+deb13-amd64 6.12.107-1",
                "linux-image-6.12.90+deb13-amd64 6.12.90-1"
            )
        );
        assert!(older(&locked, &[image("6.12.107"), package("libc6", "2.41-12")]).is_some());
        assert_eq!(
            older(
                &locked,
                &[
                    package("libc6", "2.41-13"),
                    package("new", "1"),
                    image("6.12.107")
                ]
            ),
            None
        );
    }
}
