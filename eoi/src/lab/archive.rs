//! The Debian archive that the host's apt is set up with, used through apt with a configuration of the lab's own.
//!
//! Nothing is installed and no state of the host's apt is touched. Indexes are signed by the archive's keyring; files
//! are checked against the hashes in the indexes, or in the lock that was made from them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use anyhow::{Context, Error, Result, ensure};

use super::process::output;
use crate::error::CannotTell;

pub mod download;
pub mod index;

/// The keyring that Debian's package `debian-archive-keyring` installs.
pub const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

const HELPER: &str = "/usr/lib/apt/apt-helper";

const ELSEWHERE: &str = "The lab takes emulators, kernels and compilers from a Debian archive, with apt's own programs. \
     Where that cannot be, give paths to what there is: --qemu DIR, --kernel FILE, --modules DIR, --program FILE";

/// There is no archive: that is no answer, and nobody's wrong usage.
fn nowhere(why: &str) -> Error {
    CannotTell(format!("{why}. {ELSEWHERE}")).into()
}

/// An archive.
#[derive(Debug)]
pub struct Archive {
    base: String,
    keyring: PathBuf,
    dir: PathBuf,
    updated: Mutex<BTreeMap<(String, String), Result<(), String>>>,
}

impl Archive {
    /// The archive below `mirror`, or else the one that the host's apt is set up with. Apt's state is kept in `dir`.
    ///
    /// # Errors
    /// If one of apt's programs, the keyring or the archive is missing; the error says how to do without.
    pub fn find(mirror: Option<&str>, keyring: Option<&Path>, dir: PathBuf) -> Result<Self> {
        for program in ["apt-get", "apt-cache", "dpkg", "dpkg-deb", "tar", HELPER] {
            if Command::new(program).arg("--version").output().is_err() {
                return Err(nowhere(&format!("'{program}' is missing")));
            }
        }
        let own = keyring.is_some();
        let keyring = keyring.unwrap_or_else(|| Path::new(KEYRING)).to_path_buf();
        ensure!(
            !own || keyring.is_file(),
            "--keyring: there is no file {}",
            keyring.display()
        );
        if !keyring.is_file() {
            return Err(nowhere(&format!(
                "the keyring of the Debian archive, {}, is missing: get the package debian-archive-keyring or name the file \
                 with --keyring",
                keyring.display()
            )));
        }
        let keyring = keyring
            .canonicalize()
            .with_context(|| format!("finding {}", keyring.display()))?;
        let base = match mirror {
            Some(mirror) => mirror.to_owned(),
            None => base_of_host()?,
        };
        ensure!(
            base.contains(":/"),
            "the mirror '{base}' is no URI: write http://HOST/PATH or file:/PATH"
        );
        Ok(Self {
            base: base.trim_end_matches('/').to_owned(),
            keyring,
            dir,
            updated: Mutex::default(),
        })
    }

    /// The URI that paths in the lock are relative to, without a slash at its end.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The URI of the file at `path` below the base. Some web servers read `+` as a space; apt's `file` method leaves
    /// a link where `copy` leaves a file.
    fn uri(&self, path: &str) -> String {
        match self.base.strip_prefix("file:") {
            Some(base) => format!("copy:{base}/{path}"),
            None => format!("{}/{}", self.base, path.replace('+', "%2b")),
        }
    }
}

/// The base of the archive in the host's apt configuration.
fn base_of_host() -> Result<String> {
    let targets = |options: &[&str]| -> Result<String> {
        let mut apt = Command::new("apt-get");
        apt.arg("indextargets")
            .args(options)
            .args(["Created-By: Packages", "Component: main"]);
        apt.arg("--format=$(ORIGIN)|$(LABEL)|$(REPO_URI)")
            .env("LC_ALL", "C");
        run(&apt)
    };
    if let Some(base) = base_in(&targets(&[])?, |line| line.starts_with("Debian|Debian|")) {
        return Ok(base);
    }
    // Without indexes on the host, as in most containers, apt knows the addresses but not whose archives they are.
    let plain = targets(&["-o", "APT::Get::IndexTargets::ReleaseInfo=false"])?;
    match base_in(&plain, |line| {
        line.trim_end_matches('/').ends_with("/debian")
    }) {
        Some(base) => Ok(base),
        None => Err(nowhere(
            "the host's apt is set up with no Debian archive: name one with --mirror URI",
        )),
    }
}

fn base_in(targets: &str, wanted: impl Fn(&str) -> bool) -> Option<String> {
    targets
        .lines()
        .find(|line| wanted(line))
        .and_then(|line| line.rsplit('|').next())
        .map(str::to_owned)
}

/// Runs `command`, and returns the text that it printed.
fn run(command: &Command) -> Result<String> {
    let line = format!("{command:?}");
    let output = output(command, &format!("{} ran", command.get_program().display()))?;
    let words = String::from_utf8_lossy(&output.stderr);
    ensure!(
        output.status.success(),
        "{line} failed ({}):\n{}",
        output.status,
        words.trim_end()
    );
    String::from_utf8(output.stdout).with_context(|| format!("reading what {line} printed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hosts_archive_is_debians_own_and_not_its_security_archive() {
        let targets = "Other|Other|http://other.example/debian/\n\
                       Debian|Debian-Security|http://mirror.example/debian-security/\n\
                       Debian|Debian|http://mirror.example/debian/\n";
        let found = base_in(targets, |line| line.starts_with("Debian|Debian|"));
        assert_eq!(found.as_deref(), Some("http://mirror.example/debian/"));
        assert_eq!(base_in("", |_| true), None);
    }

    #[test]
    fn an_address_is_made_so_that_every_server_and_method_reads_it_alike() {
        let archive =
            |base| Archive::find(Some(base), Some(Path::new("/dev/null")), PathBuf::new());
        assert!(
            archive("http://mirror.example/debian").is_err(),
            "a device is no keyring"
        );
        let at = |base: &str| Archive {
            base: base.to_owned(),
            keyring: PathBuf::new(),
            dir: PathBuf::new(),
            updated: Mutex::default(),
        };
        assert_eq!(
            at("http://m.example/d").uri("pool/a+b.deb"),
            "http://m.example/d/pool/a%2bb.deb"
        );
        assert_eq!(
            at("file:/srv/d").uri("pool/a+b.deb"),
            "copy:/srv/d/pool/a+b.deb"
        );
    }
}
