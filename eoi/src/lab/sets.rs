//! The named sets of packages that the lab is made of.
//!
//! A set of programs is taken with everything it depends on, so that it runs on any host through its own `ld.so`. A
//! kernel is taken alone. `{}` in a package's name stands for the version as Debian puts it into the names of its
//! kernel packages: `6.12.57+deb12`. An architecture `host` is the one of the machine that the lab runs on.

use anyhow::Result;

use crate::check::names::find;

/// One set.
#[derive(Debug)]
pub struct Set {
    /// Its name on the command line and in the lock.
    pub name: &'static str,
    /// The suite of the archive that has it.
    pub suite: &'static str,
    /// The reason why the lab needs it.
    pub purpose: &'static str,
    /// The kernel's version, for packages that have it in their name.
    pub version: Option<&'static str>,
    /// Packages of the host's architecture that are taken with all that they depend on.
    pub closure: &'static [&'static str],
    /// Packages that are taken alone, as `NAME:ARCHITECTURE`.
    pub packages: &'static [&'static str],
}

/// A kernel from 7 on: its `linux-image` is empty and depends on these.
macro_rules! split {
    ($flavour:literal, $arch:literal) => {
        [
            concat!("linux-binary-{}-", $flavour, ":", $arch),
            concat!("linux-modules-{}-", $flavour, ":", $arch),
            concat!("linux-base-{}-", $flavour, ":", $arch),
        ]
    };
}
/// The headers that modules are built against. The tools in `linux-kbuild` run on the host and bring their libraries along.
macro_rules! headers_of {
    ($flavour:literal, $arch:literal) => {
        [
            concat!("linux-headers-{}-", $flavour, ":", $arch),
            "linux-headers-{}-common:all",
            "linux-kbuild-{}:host",
            "libc6:host",
            "libelf1t64:host",
            "libssl3t64:host",
            "libzstd1:host",
            "zlib1g:host",
        ]
    };
}
/// All sets.
pub static ALL: &[Set] = &[
    Set {
        name: "emulators",
        suite: "trixie",
        purpose: "QEMU for every machine, with the firmware",
        version: None,
        closure: &[
            "qemu-system-arm",
            "qemu-system-misc",
            "qemu-system-ppc",
            "qemu-system-riscv",
            "qemu-system-x86",
            "qemu-efi-loongarch64",
        ],
        packages: &[],
    },
    Set {
        name: "toolchain",
        suite: "trixie",
        purpose: "C and Rust for every architecture, and what a kernel needs to be built",
        version: None,
        closure: &[
            "bc",
            "bison",
            "flex",
            "gcc",
            "gcc-aarch64-linux-gnu",
            "gcc-powerpc64le-linux-gnu",
            "gcc-riscv64-linux-gnu",
            "libc6-dev-arm64-cross",
            "libc6-dev-ppc64el-cross",
            "libc6-dev-riscv64-cross",
            "libelf-dev",
            "libstd-rust-web-dev",
            "make",
            "patch",
            "rustc-web",
        ],
        packages: &[
            "libstd-rust-web-dev:arm64",
            "libstd-rust-web-dev:ppc64el",
            "libstd-rust-web-dev:riscv64",
        ],
    },
    source(
        "source-5.10",
        "bullseye",
        "Linux 5.10 as Debian patches it, for verify",
        &["linux-source-5.10:all"],
    ),
    source(
        "source-6.1",
        "bookworm",
        "Linux 6.1 as Debian patches it, for verify",
        &["linux-source-6.1:all"],
    ),
    source(
        "source-6.12",
        "trixie",
        "Linux 6.12 as Debian patches it, for twins, patched kernels and verify",
        &["linux-source-6.12:all"],
    ),
    source(
        "source-7.3",
        "trixie-backports",
        "Linux 7.3 as Debian patches it, for verify",
        &["linux-source-7.3:all"],
    ),
    headers("headers-amd64-6.12.107", &headers_of!("amd64", "amd64")),
    headers("headers-arm64-6.12.107", &headers_of!("arm64", "arm64")),
    headers(
        "headers-ppc64el-6.12.107",
        &headers_of!("powerpc64le", "ppc64el"),
    ),
    headers(
        "headers-riscv64-6.12.107",
        &headers_of!("riscv64", "riscv64"),
    ),
    kernel(
        "kernel-amd64-6.12.57",
        "bookworm-backports",
        "6.12.57",
        &["linux-image-{}-amd64:amd64"],
    ),
    kernel(
        "kernel-amd64-6.12.107",
        "trixie",
        "6.12.107",
        &["linux-image-{}-amd64:amd64"],
    ),
    kernel(
        "kernel-amd64-7.3.4",
        "trixie-backports",
        "7.3.4",
        &split!("amd64", "amd64"),
    ),
    kernel(
        "kernel-arm64-6.12.57",
        "bookworm-backports",
        "6.12.57",
        &["linux-image-{}-arm64:arm64"],
    ),
    kernel(
        "kernel-arm64-6.12.107",
        "trixie",
        "6.12.107",
        &["linux-image-{}-arm64:arm64"],
    ),
    kernel(
        "kernel-arm64-7.3.4",
        "trixie-backports",
        "7.3.4",
        &split!("arm64", "arm64"),
    ),
    kernel(
        "kernel-ppc64el-6.12.107",
        "trixie",
        "6.12.107",
        &["linux-image-{}-powerpc64le:ppc64el"],
    ),
    kernel(
        "kernel-ppc64el-7.2.13",
        "sid",
        "7.2.13",
        &split!("powerpc64le", "ppc64el"),
    ),
    kernel(
        "kernel-riscv64-6.12.107",
        "trixie",
        "6.12.107",
        &["linux-image-{}-riscv64:riscv64"],
    ),
];

/// Sets of `eoi verify` alone: no run of the lab depends on them.
pub const COMPARED: &[&str] = &["source-5.10", "source-6.1", "source-7.3"];

const fn kernel(
    name: &'static str,
    suite: &'static str,
    version: &'static str,
    packages: &'static [&'static str],
) -> Set {
    Set {
        name,
        suite,
        purpose: "kernel and modules",
        version: Some(version),
        closure: &[],
        packages,
    }
}

const fn source(
    name: &'static str,
    suite: &'static str,
    purpose: &'static str,
    packages: &'static [&'static str],
) -> Set {
    Set {
        name,
        suite,
        purpose,
        version: None,
        closure: &[],
        packages,
    }
}

const fn headers(name: &'static str, packages: &'static [&'static str]) -> Set {
    Set {
        name,
        suite: "trixie",
        purpose: "what modules are built against",
        version: Some("6.12.107"),
        closure: &[],
        packages,
    }
}

impl Set {
    /// The set called `name`.
    ///
    /// # Errors
    /// If there is none; the error has the one that was meant.
    pub fn named(name: &str) -> Result<&'static Self> {
        let all: Vec<&'static Self> = ALL.iter().collect();
        find("set of packages", name, &all, |set| set.name)
    }

    /// The set's name in the lock on a host of architecture `host`: programs differ from host to host.
    #[must_use]
    pub fn key(&self, host: &str) -> String {
        let of_host = !self.closure.is_empty()
            || self
                .packages
                .iter()
                .any(|package| package.ends_with(":host"));
        if of_host {
            format!("{}@{host}", self.name)
        } else {
            self.name.to_owned()
        }
    }

    /// The packages that are taken alone: name, still with its `{}`, and architecture.
    pub fn alone<'a>(
        &self,
        host: &'a str,
    ) -> impl Iterator<Item = (&'static str, &'a str)> + use<'a> {
        self.packages.iter().map(move |package| {
            let (name, arch) = package.rsplit_once(':').expect("NAME:ARCHITECTURE");
            (name, if arch == "host" { host } else { arch })
        })
    }
}

/// How far from the version that a set names another may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Near {
    /// The version itself, however often it was rebuilt.
    Version,
    /// The same series: 6.12.
    Series,
    /// Whatever the suite has by now.
    Suite,
}

impl Near {
    /// Whether `found`, as it stands in a package's name (`6.12.57+deb12`), is this near to `version`.
    #[must_use]
    pub fn accepts(self, version: &str, found: &str) -> bool {
        let number = found.split('+').next().unwrap_or_default();
        let series = version
            .rsplit_once('.')
            .map_or(version, |(series, _)| series);
        let digits = found.starts_with(|c: char| c.is_ascii_digit()) && !found.contains('-');
        digits
            && match self {
                Self::Version => number == version,
                Self::Series => number.rsplit_once('.').is_some_and(|(of, _)| of == series),
                Self::Suite => true,
            }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_found_in_a_package_name_and_no_other_flavour_is() {
        assert!(Near::Version.accepts("6.12.57", "6.12.57+deb12"));
        assert!(!Near::Version.accepts("6.12.5", "6.12.57+deb12"));
        assert!(!Near::Version.accepts("6.12.57", "6.12.57+deb12-cloud"));
        assert!(Near::Series.accepts("6.12.57", "6.12.90+deb12.1"));
        assert!(!Near::Series.accepts("6.12.57", "6.1.57+deb12"));
        assert!(Near::Suite.accepts("6.12.57", "7.4.1+deb14"));
        assert!(!Near::Suite.accepts("6.12.57", "rt"));
    }

    #[test]
    fn every_set_has_its_own_name_and_something_in_it() {
        for (at, set) in ALL.iter().enumerate() {
            assert!(
                ALL[at + 1..].iter().all(|other| other.name != set.name),
                "{} is there twice",
                set.name
            );
            assert!(
                !set.closure.is_empty() || !set.packages.is_empty(),
                "{} is empty",
                set.name
            );
            for (name, _) in set.alone("amd64") {
                assert!(
                    !name.contains("{}") || set.version.is_some(),
                    "{name} of {} needs a version",
                    set.name
                );
            }
            if let Some(version) = set.version {
                assert!(
                    set.name.ends_with(version),
                    "{} names another version",
                    set.name
                );
            }
        }
    }

    #[test]
    fn programs_are_locked_for_each_host_and_kernels_once() {
        assert_eq!(
            Set::named("emulators").unwrap().key("arm64"),
            "emulators@arm64"
        );
        assert_eq!(
            Set::named("headers-riscv64-6.12.107").unwrap().key("amd64"),
            "headers-riscv64-6.12.107@amd64"
        );
        assert_eq!(
            Set::named("kernel-arm64-6.12.57").unwrap().key("amd64"),
            "kernel-arm64-6.12.57"
        );
        assert!(
            Set::named("kernel-arm64-6.12.75")
                .unwrap_err()
                .to_string()
                .contains("did you mean kernel-arm64-6.12.57")
        );
    }
}
