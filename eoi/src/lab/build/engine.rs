//! The kernel's own C as a program: configured and compiled once a tree, linked once a controller and patch.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::thread::available_parallelism;

use anyhow::{Context, Result, ensure};
use sha2::{Digest, Sha256};

use super::kit::Kit;
use super::patch::Patch;
use super::place::{clear, hash, once, room};
use super::source::{Part, Source, version};
use super::tree::apply;
use super::{io, make};
use crate::lab::digest::digits;
use crate::lab::store::Cache;

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../../../kernel-c/", $name)))),*]
    };
}

/// Everything in kernel-c that a program is made of.
static FILES: &[(&str, &str)] = files![
    "build.sh",
    "compile.sh",
    "config",
    "cut.sh",
    "data.sh",
    "engine/cpus.c",
    "engine/engine.h",
    "engine/events.c",
    "engine/hardware.c",
    "engine/image.c",
    "engine/kernel.c",
    "engine/private.h",
    "engine/record.c",
    "engine/speak.c",
    "image.lds",
    "include/mips/asm/mips-cps.h",
    "include/powerpc/asm/machdep.h",
    "include/powerpc/asm/xmon.h",
    "objects",
    "prepare.sh",
    "shim/aplic-direct.c",
    "shim/aplic-msi.c",
    "shim/aplic.h",
    "shim/claim.h",
    "shim/gic-v3.c",
    "shim/gic.c",
    "shim/i8259.c",
    "shim/ioapic.c",
    "shim/mips-gic.c",
    "shim/mpic.c",
    "shim/pch-pic.c",
    "shim/plic.c",
    "shim/vfio.c",
    "shim/vfio.h",
    "shim/world.c",
    "shim/xics-on-xive.c",
    "shim/xics-pseries.c",
    "shim/xics.c",
    "shim/xics.h",
    "shim/xive.c",
    "shim/xive.h",
];

/// Those of them that the objects depend on.
const PREPARES: &[&str] = &["config", "objects", "prepare.sh"];

/// The directories of a tree whose files say which tree it is, as far as the program depends on it.
const TELLING: &[&str] = &[
    "Makefile",
    "arch/mips/include/asm/mips-gic.h",
    "arch/powerpc/include/asm",
    "arch/powerpc/sysdev/mpic.c",
    "arch/powerpc/sysdev/xics",
    "arch/powerpc/sysdev/xive",
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
    "scripts/Makefile.build",
    "scripts/Makefile.lib",
];

/// A kernel's source.
pub struct KernelTree {
    /// Its directory.
    pub root: PathBuf,
    /// Its version, as 6.12.107.
    pub version: String,
    identity: String,
}

impl KernelTree {
    /// The source in this directory.
    ///
    /// # Errors
    /// It is no kernel's source.
    pub fn at(root: &Path) -> Result<Self> {
        let root = root
            .canonicalize()
            .with_context(|| format!("cannot open {}", root.display()))?;
        ensure!(
            root.join("kernel/irq/chip.c").exists(),
            "{} is no source tree of Linux: it has no kernel/irq/chip.c",
            root.display()
        );
        let mut sha = Sha256::new();
        for place in TELLING {
            digest(&root.join(place), &mut sha)?;
        }
        Ok(Self {
            version: version(&root)?,
            identity: digits(sha),
            root,
        })
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
}

/// Adds a file, or every file below a directory, in the order of their names.
fn digest(path: &Path, sha: &mut Sha256) -> Result<()> {
    let cannot = || format!("cannot read {}", path.display());
    if path.is_dir() {
        let entries = fs::read_dir(path).with_context(cannot)?;
        let mut entries: Vec<_> = entries
            .map(|entry| Ok(entry?.path()))
            .collect::<Result<_>>()
            .with_context(cannot)?;
        entries.sort();
        return entries.iter().try_for_each(|entry| digest(entry, sha));
    }
    if !path.is_file() {
        return Ok(()); // a link to nowhere, or another release's file
    }
    sha.update(path.as_os_str().as_encoded_bytes());
    sha.update(io::read(path)?);
    Ok(())
}

fn write_out(to: &Path) -> Result<()> {
    for (name, text) in FILES {
        let file = to.join(name);
        io::write(&file, text.as_bytes())?;
        if name.ends_with(".sh") {
            fs::set_permissions(&file, fs::Permissions::from_mode(0o755))
                .with_context(|| format!("cannot make {} a program", file.display()))?;
        }
    }
    Ok(())
}

/// The program with the C of this tree, with these patches in this order, and this controller's driver. Takes a minute or two
/// for the first of a tree, and seconds for another.
///
/// # Errors
/// A patch does not apply, or something does not compile; the error quotes the compiler.
pub fn engine(cache: &Cache, tree: &KernelTree, patches: &[Patch], chip: &str) -> Result<PathBuf> {
    let room = room(cache)?;
    let kit = Kit::open(cache)?;
    let (ready, objects) = prepared(&kit, &room, tree)?;
    let mut parts = vec![ready.as_str(), chip];
    parts.extend(FILES.iter().flat_map(|&(name, text)| [name, text]));
    parts.extend(patches.iter().map(Patch::text));
    let name = format!("kernel-c-{}-{chip}-{}", tree.version, hash(&parts));
    let done = once(&room, &name, |to, held| {
        write_out(&to.join("source"))?;
        let patched = to.join("patched");
        fs::create_dir(&patched).with_context(|| format!("cannot create {}", patched.display()))?;
        for file in patches.iter().flat_map(Patch::files) {
            let from = tree.root.join(file);
            if from.exists() {
                io::copy(&from, &patched.join(file))?;
            }
        }
        apply(&kit, patches, &tree.version, &patched)?;
        let mut build = kit.command("sh");
        build.arg(to.join("source/build.sh"));
        build.arg(&tree.root).arg(&objects).arg(to).arg(chip);
        let what = format!("linking Linux {} with the driver of {chip}", tree.version);
        make::run(&mut build, &what, &log(&room, &name), held)
    })?;
    Ok(done.join("kernel-c"))
}

/// The part that is the same for every controller and patch: its name, and the build directory with the objects.
fn prepared(kit: &Kit, room: &Path, tree: &KernelTree) -> Result<(String, PathBuf)> {
    let mut parts = vec![tree.identity.as_str(), &kit.identity];
    let used = FILES.iter().filter(|(name, _)| PREPARES.contains(name));
    parts.extend(used.flat_map(|&(name, text)| [name, text]));
    let name = format!("kernel-c-{}-{}", tree.version, hash(&parts));
    // The build names its own directory in what it writes, so that it is made where it stays.
    let objects = room.join(format!("{name}.objects"));
    let jobs = available_parallelism().map_or(1, usize::from);
    once(room, &name, |to, held| {
        write_out(to)?;
        clear(&objects)?;
        let mut prepare = kit.command("sh");
        prepare.arg(to.join("prepare.sh"));
        prepare.arg(&tree.root).arg(&objects);
        prepare.env("JOBS", jobs.to_string());
        let what = format!("compiling genirq and vfio-pci of Linux {}", tree.version);
        make::run(&mut prepare, &what, &log(room, &name), held)
    })?;
    Ok((name, objects))
}

fn log(room: &Path, name: &str) -> PathBuf {
    room.join(format!("{name}.log"))
}
