//! A source of Linux that is only read: a directory, a git repository, a tarball, or what the archive has.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use sha2::{Digest, Sha256};

use super::kit::Kit;
use super::place::{hash, once, room};
use super::source::{Part, Source, UNREAD, version};
use super::{io, make};
use crate::lab::digest::digits;
use crate::lab::store::Cache;

/// The directories of a tree whose files say which tree it is, as far as the program depends on it.
const TELLING: &[&str] = &[
    "Makefile",
    "arch/mips/include/asm/mips-gic.h",
    "arch/powerpc/include/asm",
    "arch/powerpc/sysdev/mpic.c",
    "arch/powerpc/sysdev/xics",
    "arch/powerpc/sysdev/xive",
    "arch/riscv/Kconfig",
    "arch/um",
    "arch/x86/include",
    "arch/x86/kernel/apic",
    "arch/x86/kernel/i8259.c",
    "arch/x86/um",
    "drivers/irqchip",
    "drivers/pci",
    "drivers/vfio",
    "include",
    "init/Kconfig",
    "kernel/irq",
    "lib/bitmap.c",
    "lib/find_bit.c",
    "scripts/Makefile.build",
    "scripts/Makefile.lib",
];

/// Files of a build inside of the tree, with which `make` refuses another one outside of it.
const BUILT: &[&str] = &[".config", "include/config", "arch/um/include/generated"];

/// A kernel's source.
pub struct KernelTree {
    /// Its directory.
    pub root: PathBuf,
    /// Its version, as 6.12.107.
    pub version: String,
    pub(super) identity: String,
}

impl KernelTree {
    /// The source at this path: a directory, a bare git repository (its HEAD), or a tarball. Nothing is written there.
    ///
    /// # Errors
    /// It is no kernel's source, or cannot be unpacked.
    pub fn at(cache: &Cache, path: &Path) -> Result<Self> {
        Self::of(path, &room(cache)?, &|| Kit::open(cache))
    }

    fn of(path: &Path, room: &Path, kit: &dyn Fn() -> Result<Kit>) -> Result<Self> {
        let path = path
            .canonicalize()
            .with_context(|| format!("cannot open {}", path.display()))?;
        if path.is_file() {
            return unpacked(room, &kit()?, &path, &hash_of(&path)?, TARBALL);
        }
        if is_kernel(&path) {
            return Self::directory(room, path);
        }
        if path.join("HEAD").is_file() && path.join("objects").is_dir() {
            let head = git(&path, &["rev-parse", "HEAD"])?;
            return unpacked(room, &kit()?, &path, head.trim_ascii_end(), REPOSITORY);
        }
        bail!(
            "{} is no source of Linux: neither a tarball, nor a git repository, nor a directory with kernel/irq/chip.c",
            path.display()
        )
    }

    /// The source that the lab has of this series, as 6.12.
    ///
    /// # Errors
    /// The lab has none, or it cannot be fetched or unpacked.
    pub fn of_series(cache: &Cache, series: &str) -> Result<Self> {
        let kit = Kit::open(cache)?;
        let source = Source::open(cache, &format!("{series}.0"))?;
        let (root, version) = source.unpack(&kit, &room(cache)?, Part::Released)?;
        Ok(Self {
            root,
            version,
            identity: format!("{} as released", source.identity),
        })
    }

    fn directory(room: &Path, root: PathBuf) -> Result<Self> {
        let mut sha = Sha256::new();
        for place in TELLING {
            digest(&root, &root.join(place), &mut sha)?;
        }
        let tree = Self {
            version: version(&root)?,
            identity: hash(&[&digits(sha), &root.to_string_lossy()]),
            root,
        };
        let built = BUILT.iter().find(|file| tree.root.join(file).exists());
        match built {
            None => Ok(tree),
            Some(file) => tree.linked(room, file),
        }
    }

    /// The same tree without what was built inside of it: a directory of links to the files that git knows.
    fn linked(self, room: &Path, built: &str) -> Result<Self> {
        let files = git(&self.root, &["ls-files", "-z"]).with_context(|| {
            format!(
                "{} was built inside of the tree ({built}), and git cannot say which of its files are sources: \
                 give a clean copy, or run `make mrproper`",
                self.root.display()
            )
        })?;
        let name = format!("source-{}-links", self.identity);
        let root = once(room, &name, |to, _| {
            let mut made = BTreeSet::new();
            for file in files.split('\0').filter(|file| !file.is_empty()) {
                let (link, target) = (to.join(file), self.root.join(file));
                let parent = link.parent().unwrap_or(to).to_path_buf();
                if target.symlink_metadata().is_err() {
                    continue; // deleted, and not committed
                }
                if !made.contains(&parent) {
                    fs::create_dir_all(&parent)
                        .with_context(|| format!("cannot create {}", parent.display()))?;
                    made.insert(parent);
                }
                symlink(&target, &link)
                    .with_context(|| format!("cannot link {}", link.display()))?;
            }
            Ok(())
        })?;
        Ok(Self { root, ..self })
    }
}

fn is_kernel(directory: &Path) -> bool {
    directory.join("kernel/irq/chip.c").exists()
}

/// Asks git about a repository.
fn git(at: &Path, arguments: &[&str]) -> Result<String> {
    let output = std::process::Command::new("git")
        .arg("-C")
        .arg(at)
        .args(arguments)
        .output()
        .context("cannot run git")?;
    ensure!(
        output.status.success(),
        "git {}: {}",
        arguments.join(" "),
        String::from_utf8_lossy(&output.stderr).trim()
    );
    String::from_utf8(output.stdout).context("git names a file that is no text in UTF-8")
}

const TARBALL: &str = "from=$1 to=$2; shift 2; exec tar -xf \"$from\" -C \"$to\" \"$@\"";
const REPOSITORY: &str = "from=$1 to=$2; shift 2; git -C \"$from\" archive --prefix=linux/ HEAD | tar -x -C \"$to\" \"$@\"";

/// The source that is packed in there, unpacked by this script, once.
fn unpacked(
    room: &Path,
    kit: &Kit,
    from: &Path,
    identity: &str,
    script: &str,
) -> Result<KernelTree> {
    let name = format!("source-{}", hash(&[identity]));
    let root = once(room, &name, |to, held| {
        let mut unpack = kit.command("sh");
        unpack.args(["-c", script, "sh"]).arg(from).arg(to);
        unpack.args(["--strip-components=1", "--wildcards"]);
        unpack.args(UNREAD.iter().map(|unread| format!("--exclude={unread}")));
        let what = format!("unpacking {}", from.display());
        make::run(&mut unpack, &what, &room.join(format!("{name}.log")), held)?;
        ensure!(
            is_kernel(to),
            "{} is no source of Linux: there is no kernel/irq/chip.c in it",
            from.display()
        );
        Ok(())
    })?;
    Ok(KernelTree {
        version: version(&root)?,
        identity: name,
        root,
    })
}

/// Twelve digits of the hash of a file, however long it is.
fn hash_of(file: &Path) -> Result<String> {
    let cannot = || format!("cannot read {}", file.display());
    let mut reader = File::open(file).with_context(cannot)?;
    let (mut sha, mut piece) = (Sha256::new(), vec![0; 1 << 20]);
    loop {
        let read = reader.read(&mut piece).with_context(cannot)?;
        if read == 0 {
            return Ok(digits(sha));
        }
        sha.update(&piece[..read]);
    }
}

/// Adds a file, or every file below a directory, in the order of their names.
fn digest(root: &Path, path: &Path, sha: &mut Sha256) -> Result<()> {
    let cannot = || format!("cannot read {}", path.display());
    if path.is_dir() {
        let entries = fs::read_dir(path).with_context(cannot)?;
        let mut entries: Vec<_> = entries
            .map(|entry| Ok(entry?.path()))
            .collect::<Result<_>>()
            .with_context(cannot)?;
        entries.sort();
        return entries
            .iter()
            .try_for_each(|entry| digest(root, entry, sha));
    }
    let ends = path.extension().unwrap_or_default();
    if !path.is_file() || ends == "o" || ends == "cmd" || ends == "a" {
        return Ok(()); // a link to nowhere, another release's file, or what was built
    }
    let name = path.strip_prefix(root).unwrap_or(path);
    sha.update(name.as_os_str().as_encoded_bytes());
    sha.update(io::read(path)?);
    Ok(())
}

#[cfg(test)]
mod tests;
