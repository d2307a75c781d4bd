//! The programs of a machine, built statically for each architecture with the lab's own toolchain.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

use super::arch::Arch;
use super::digest::digits;
use super::process::output;
use super::room;
use super::store::{Cache, Tools};
use crate::terminal::note;

/// Bytes that the programs of one architecture take while they are built.
const ROOM: u64 = 250_000_000;

/// The file that says of which checkout a directory's programs are.
const OF: &str = "checkout";

/// Where the sources are if this is a checkout.
fn sources() -> Result<PathBuf> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap_or(Path::new(""));
    let init = workspace.join("lab-init/Cargo.toml");
    if !init.exists() {
        bail!(
            "the sources of eoi-lab-init are not in {}; run the lab from a checkout, or give --program FILE, built \
             statically for the machine",
            workspace.display()
        );
    }
    Ok(workspace.to_path_buf())
}

/// A program of a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Program {
    /// The first process, which drives the device.
    Init,
    /// The program `eoi-forward`, for the case that runs it.
    Forward,
    /// The tool, for its doctor.
    Eoi,
}

impl Program {
    /// Its package.
    const fn package(self) -> &'static str {
        match self {
            Self::Init => "eoi-lab-init",
            Self::Forward => "eoi-forward-cli",
            Self::Eoi => "eoi",
        }
    }

    /// Its file name.
    const fn binary(self) -> &'static str {
        match self {
            Self::Init => "eoi-lab-init",
            Self::Forward => "eoi-forward",
            Self::Eoi => "eoi",
        }
    }
}

/// A program for an architecture; cargo builds it again only if something changed.
///
/// # Errors
/// No sources, no toolchain, or a build that fails: cargo's words are in the log.
pub fn build(cache: &Cache, arch: Arch, program: Program) -> Result<PathBuf> {
    let (workspace, name) = (sources()?, program.binary());
    let target = directory(&cache.root().join("built"), &workspace)?;
    let done = target.join(arch.rust()).join("release").join(name);
    if !done.exists() {
        room::has(&target, ROOM)?;
    }
    let upper = arch.rust().to_uppercase().replace('-', "_");
    // The host's own architecture is built with what built eoi: cargo would link build scripts with the target's
    // linker, against a libc that the host need not have.
    let mut cargo = Command::new("cargo");
    if !arch.rust().starts_with(std::env::consts::ARCH) {
        let tools = Tools::new(&cache.ensure("toolchain")?);
        let compiler = |program: &str| tools.command(program).get_program().to_os_string();
        cargo = tools.command("cargo");
        cargo.env("RUSTC", compiler("rustc"));
        cargo.env(
            format!("CARGO_TARGET_{upper}_LINKER"),
            compiler(&format!("{}-gcc", arch.gnu())),
        );
    }
    cargo.current_dir(&workspace).args([
        "build",
        "--release",
        "--locked",
        "--package",
        program.package(),
    ]);
    cargo
        .args(["--bin", name, "--target", arch.rust()])
        .arg("--target-dir")
        .arg(&target);
    cargo.env(
        format!("CARGO_TARGET_{upper}_RUSTFLAGS"),
        "-C target-feature=+crt-static",
    );
    // A machine is to boot soon, and nobody runs a debugger there.
    cargo
        .env("CARGO_PROFILE_RELEASE_DEBUG", "false")
        .env("CARGO_PROFILE_RELEASE_STRIP", "symbols");
    if program == Program::Eoi {
        // The doctor is asked a few questions; what whole-program optimisation saves there is less than it takes.
        cargo
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16");
    }
    for inherited in [
        "RUSTFLAGS",
        "CARGO_ENCODED_RUSTFLAGS",
        "RUSTC_WRAPPER",
        "CARGO_BUILD_TARGET",
    ] {
        cargo.env_remove(inherited);
    }
    let output = output(&cargo, &format!("building {name} for {}", arch.debian()))?;
    let log = target.join(format!("{name}-{}.log", arch.debian()));
    fs::write(&log, &output.stderr).with_context(|| format!("cannot write {}", log.display()))?;
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr);
        let named = text.lines().find(|line| line.starts_with("error"));
        let error = named.or(text.lines().last()).unwrap_or("no error named");
        bail!(
            "cargo could not build {name} for {}: {error}; all of it is in {}",
            arch.debian(),
            log.display()
        );
    }
    Ok(done)
}

/// Where the programs of a checkout are built: each has a directory of its own, or one would run what another has
/// just built. Those whose checkout is gone are removed, or every clone would leave its own behind.
fn directory(built: &Path, workspace: &Path) -> Result<PathBuf> {
    let checkout = digits(Sha256::new_with_prefix(
        workspace.as_os_str().as_encoded_bytes(),
    ));
    let target = built.join(format!("programs-{checkout}"));
    fs::create_dir_all(&target).with_context(|| format!("cannot make {}", target.display()))?;
    let of = target.join(OF);
    fs::write(&of, workspace.as_os_str().as_encoded_bytes())
        .with_context(|| format!("cannot write {}", of.display()))?;
    for other in fs::read_dir(built).into_iter().flatten().flatten() {
        let gone = fs::read(other.path().join(OF))
            .is_ok_and(|path| !Path::new(OsStr::from_bytes(&path)).exists());
        if gone && let Err(error) = fs::remove_dir_all(other.path()) {
            let other = other.path();
            note(format_args!(
                "{} is of a checkout that is gone, and cannot be removed: {error}",
                other.display()
            ));
        }
    }
    Ok(target)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_checkout_left_is_removed_when_it_is_gone() {
        let built = tempfile::tempdir().expect("a directory");
        let [gone, here] = [(); 2].map(|()| tempfile::tempdir().expect("a directory"));
        let left = directory(built.path(), gone.path()).expect("made");
        fs::create_dir(built.path().join("modules-ppc64el")).expect("made");
        let kept = directory(built.path(), here.path()).expect("made");
        assert!(
            left.is_dir() && kept.is_dir() && left != kept,
            "both are there while both checkouts are"
        );
        drop(gone);
        assert_eq!(directory(built.path(), here.path()).expect("made"), kept);
        assert!(!left.exists() && kept.is_dir() && built.path().join("modules-ppc64el").is_dir());
    }
}
