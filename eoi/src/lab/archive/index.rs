//! The packages that a suite has for one architecture.
//!
//! Every suite and architecture has an apt of its own: an index that cannot be had stops nothing but the sets that
//! need it, and the versions of two suites never mix.

use std::cmp::Ordering;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, anyhow, bail, ensure};

use super::{Archive, run};
use crate::lab::lock::Package;
use crate::lab::sets::{Near, Set};

struct Index {
    conf: PathBuf,
}

impl Archive {
    /// The packages that `set` is made of on a host of architecture `host`, from signed indexes as they are now. They
    /// are fetched at most once in the life of `self`.
    ///
    /// # Errors
    /// If an index cannot be had, or has no package of the name and as [`Near`] as asked for.
    pub fn resolve(&self, set: &Set, host: &str, near: Near) -> Result<Vec<Package>> {
        let mut packages = Vec::new();
        if !set.closure.is_empty() {
            let index = self.index(set.suite, host)?;
            packages = index.show(&index.closure(set.closure)?)?;
        }
        let mut version: Option<String> = None;
        for (name, arch) in set.alone(host) {
            let index = self.index(set.suite, if arch == "all" { host } else { arch })?;
            if let (true, None, Some(wanted)) = (name.contains("{}"), &version, set.version) {
                version = Some(index.newest(name, wanted, near)?);
            }
            let name = name.replace("{}", version.as_deref().unwrap_or_default());
            packages.extend(index.show(&[name])?);
        }
        Ok(packages)
    }

    /// The index of `suite` for `arch`, fetched if it was not yet.
    fn index(&self, suite: &str, arch: &str) -> Result<Index> {
        let dir = self.dir.join(format!("{suite}-{arch}"));
        let index = Index {
            conf: dir.join("apt.conf"),
        };
        let mut updated = self
            .updated
            .lock()
            .expect("no thread dies with the list of indexes");
        let result = updated
            .entry((suite.to_owned(), arch.to_owned()))
            .or_insert_with(|| {
                let update = self
                    .configure(&dir, suite, arch)
                    .and_then(|()| index.update());
                update.map_err(|error| format!("{error:#}"))
            });
        let failed = |error: &mut String| {
            anyhow!(
                "fetching the index of {suite} for {arch} from {}: {error}",
                self.base
            )
        };
        result.as_mut().map_err(failed)?;
        Ok(index)
    }

    fn configure(&self, dir: &Path, suite: &str, arch: &str) -> Result<()> {
        for below in ["lists/partial", "cache/archives/partial", "none"] {
            let below = dir.join(below);
            fs::create_dir_all(&below)
                .with_context(|| format!("making the directory {}", below.display()))?;
        }
        let source = format!(
            "deb [signed-by={} arch={arch}] {} {suite} main\n",
            self.keyring.display(),
            self.base
        );
        // A suite at the end of its life is signed no more, and old kernels are what we come for: no Valid-Until. An index that
        // is replayed cannot take us back all the same: nothing is replaced by an older version.
        let conf = format!(
            "#clear APT::Architectures;\n\
             APT::Architecture \"{arch}\"; APT::Architectures {{ \"{arch}\"; }};\n\
             APT::Get::AllowUnauthenticated \"false\"; APT::Sandbox::User \"\";\n\
             APT::Update::Error-Mode \"any\"; APT::Install-Recommends \"false\"; APT::Install-Suggests \"false\";\n\
             Acquire::AllowInsecureRepositories \"false\"; Acquire::AllowWeakRepositories \"false\";\n\
             Acquire::Check-Valid-Until \"false\"; Acquire::Languages \"none\"; Acquire::Retries \"2\";\n\
             Acquire::IndexTargets::deb::DEP-11::DefaultEnabled \"false\";\n\
             Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled \"false\";\n\
             Dir::State \"{dir}\"; Dir::State::lists \"{dir}/lists\"; Dir::State::status \"{dir}/status\";\n\
             Dir::State::extended_states \"{dir}/extended\"; Dir::Cache \"{dir}/cache\";\n\
             Dir::Etc::sourcelist \"{dir}/sources.list\"; Dir::Etc::sourceparts \"{dir}/none\";\n\
             Dir::Etc::preferences \"{dir}/preferences\"; Dir::Etc::preferencesparts \"{dir}/none\";\n",
            dir = dir.display()
        );
        for (name, text) in [
            ("sources.list", &*source),
            ("apt.conf", &conf),
            ("status", ""),
        ] {
            let file = dir.join(name);
            fs::write(&file, text).with_context(|| format!("writing {}", file.display()))?;
        }
        Ok(())
    }
}

impl Index {
    /// One of apt's programs with our configuration read last, so that the host's stays valid for proxies alone.
    fn apt(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .arg("-c")
            .arg(&self.conf)
            .env("LC_ALL", "C")
            .env_remove("APT_CONFIG");
        command
    }

    fn update(&self) -> Result<()> {
        run(self.apt("apt-get").args(["-qq", "update"])).map(drop)
    }

    /// Everything that a host without any package needs to have `names`, as `NAME=VERSION`.
    fn closure(&self, names: &[&str]) -> Result<Vec<String>> {
        let plan = run(self
            .apt("apt-get")
            .args(["-qq", "--simulate", "install"])
            .args(names))?;
        planned(&plan)
    }

    /// The version as it stands in the name of the newest package called `name` that is as near to `wanted` as asked.
    fn newest(&self, name: &str, wanted: &str, near: Near) -> Result<String> {
        let (before, after) = name
            .split_once("{}")
            .context("a name without a place for a version")?;
        let names = run(self.apt("apt-cache").args(["pkgnames", before]))?;
        let versions = names
            .lines()
            .filter_map(|name| name.strip_prefix(before)?.strip_suffix(after));
        let mut fit: Vec<&str> = versions
            .filter(|found| near.accepts(wanted, found))
            .collect();
        fit.sort_by(|a, b| compare(a, b));
        match fit.last() {
            Some(newest) => Ok((*newest).to_owned()),
            None => bail!("the index has no package {before}{wanted}…{after}"),
        }
    }

    /// Asks the index for each of `packages`: `NAME=VERSION`, or `NAME` for the newest.
    fn show(&self, packages: &[String]) -> Result<Vec<Package>> {
        let text = run(self
            .apt("apt-cache")
            .args(["--no-all-versions", "show"])
            .args(packages))?;
        let found = text
            .split("\n\n")
            .filter(|one| !one.trim().is_empty())
            .map(record)
            .collect::<Result<Vec<_>>>()?;
        let (asked, got) = (packages.len(), found.len());
        ensure!(
            asked == got,
            "apt-cache shows {got} packages where {asked} were asked for: {}",
            packages.join(" ")
        );
        Ok(found)
    }
}

/// The packages of a plan that `apt-get --simulate` printed: `Inst NAME (VERSION ARCHIVE [ARCHITECTURE])`.
fn planned(plan: &str) -> Result<Vec<String>> {
    let mut packages = Vec::new();
    for line in plan.lines() {
        if let Some(rest) = line.strip_prefix("Inst ") {
            let words: Vec<&str> = rest.split(' ').collect();
            let [name, version, ..] = words[..] else {
                bail!("apt-get's plan has a line '{line}'")
            };
            let version = version
                .strip_prefix('(')
                .with_context(|| format!("no version in '{line}'"))?;
            packages.push(format!("{name}={version}"));
        }
    }
    ensure!(
        !packages.is_empty(),
        "apt-get plans to install nothing: {plan}"
    );
    packages.sort();
    Ok(packages)
}

/// One paragraph of an index.
fn record(text: &str) -> Result<Package> {
    let field = |name: &str| {
        let value = text
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        value
            .map(|value| value.trim().to_owned())
            .with_context(|| format!("no {name} in the index's entry:\n{text}"))
    };
    let size = field("Size")?;
    Ok(Package {
        name: field("Package")?,
        version: field("Version")?,
        arch: field("Architecture")?,
        path: field("Filename")?,
        size: size
            .parse()
            .with_context(|| format!("reading the size '{size}'"))?,
        sha256: field("SHA256")?,
    })
}

/// Whether a version is older than another, or is none that dpkg can compare.
#[must_use]
pub fn is_older(version: &str, than: &str) -> bool {
    let status = Command::new("dpkg")
        .args(["--compare-versions", version, "ge", than])
        .status();
    !status.is_ok_and(|status| status.success())
}

/// How dpkg orders two versions.
fn compare(a: &str, b: &str) -> Ordering {
    let holds = |relation| {
        let status = Command::new("dpkg")
            .args(["--compare-versions", a, relation, b])
            .status();
        status.is_ok_and(|status| status.success())
    };
    if a == b {
        Ordering::Equal
    } else if holds("lt") {
        Ordering::Less
    } else {
        Ordering::Greater
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_names_packages_and_versions() {
        let plan = "Inst libc6 (2.41-12+deb13u4 Debian:13.7/stable [amd64])\n\
                    Inst bc (1.07.1-4 Debian:13.7/stable [amd64]) []\nConf bc (1.07.1-4 Debian:13.7/stable [amd64])\n";
        assert_eq!(
            planned(plan).unwrap(),
            ["bc=1.07.1-4", "libc6=2.41-12+deb13u4"]
        );
        assert!(planned("").is_err());
        assert!(planned("Inst bc").is_err());
    }

    #[test]
    fn an_entry_of_the_index_becomes_a_package() {
        let text = "Package: linux-image\nSource: linux\nVersion: 6.12-1\nInstalled-Size: 7\nArchitecture: amd64\n\
                    Filename: pool/l/linux-image_6.12-1_amd64.deb\nSize: 12\nSHA256: ab\n";
        let package = record(text).unwrap();
        assert_eq!(
            (package.size, &*package.sha256, package.file()),
            (12, "ab", "linux-image_6.12-1_amd64.deb")
        );
        let error = record(&text.replace("SHA256: ab\n", "MD5sum: ab\n")).unwrap_err();
        assert!(error.to_string().contains("no SHA256"), "{error}");
    }

    #[test]
    fn what_dpkg_cannot_compare_is_older() {
        assert!(is_older("6.12.90-1", "6.12.107-1") && !is_older("6.12.107-1+b1", "6.12.107-1"));
        assert!(
            !is_older("1:2-1", "1:2-1")
                && is_older("not a version", "1")
                && is_older("2-1", "1:1-1")
        );
    }

    #[test]
    fn versions_are_ordered_as_dpkg_orders_them() {
        let mut versions = [
            "6.12.90+deb12.1",
            "6.12.107+deb13",
            "6.12.90+deb12",
            "6.12.9+deb12",
        ];
        versions.sort_by(|a, b| compare(a, b));
        assert_eq!(
            versions,
            [
                "6.12.9+deb12",
                "6.12.90+deb12",
                "6.12.90+deb12.1",
                "6.12.107+deb13"
            ]
        );
    }
}
