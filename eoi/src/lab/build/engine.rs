//! The kernel's own C as a program: configured and compiled once a tree, linked once a controller and patch.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::thread::available_parallelism;

use anyhow::{Context, Result};

use super::kernel_tree::KernelTree;
use super::kit::Kit;
use super::patch::Patch;
use super::place::{clear, hash, once, room};
use super::tree::apply;
use super::{io, make};
use crate::lab::store::Cache;
use crate::terminal::note;

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
    "include/without-pci.h",
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
const PREPARES: &[&str] = &[
    "compile.sh",
    "config",
    "include/without-pci.h",
    "objects",
    "prepare.sh",
];

/// One of the files, by its lines.
fn lines_of(name: &str) -> std::str::Lines<'static> {
    let found = FILES.iter().find(|(file, _)| *file == name);
    found.map_or("", |&(_, text)| text).lines()
}

/// The files of a tree that a program with this driver is compiled from, headers aside.
#[must_use]
pub fn sources(chip: &str) -> Vec<String> {
    let mut all: Vec<String> = lines_of("objects")
        .map(|object| format!("{object}.c"))
        .collect();
    for shim in ["shim/vfio.c".to_string(), format!("shim/{chip}.c")] {
        let included = lines_of(&shim).filter_map(|line| line.strip_prefix("#include \"../"));
        let included = included.filter_map(|file| file.strip_suffix('"'));
        all.extend(
            included
                .filter(|file| file.ends_with(".c"))
                .map(String::from),
        );
    }
    // Files of which build.sh cuts parts: `cut TO FILE NAMES` under the driver's label.
    let mut of_chip = false;
    for line in lines_of("build.sh") {
        if let Some((labels, _)) = line.split_once(')')
            && !line.starts_with('\t')
        {
            of_chip = labels.split('|').any(|label| label.trim() == chip);
        }
        let mut words = line.split_whitespace();
        if of_chip && words.next() == Some("cut") {
            all.extend(
                words
                    .nth(1)
                    .filter(|file| file.ends_with(".c"))
                    .map(String::from),
            );
        }
    }
    all
}

/// Says which of the files that a patch changes nothing is compiled from.
fn say_what_is_left_out(patches: &[Patch], chip: &str) {
    let compiled = sources(chip);
    for patch in patches {
        for file in patch.files() {
            let file = file.to_string_lossy();
            if !file.ends_with(".h") && !compiled.contains(&file.to_string()) {
                let name = patch.name();
                note(format_args!(
                    "{name}: {file} is not compiled with the driver of {chip}, so that nothing is seen of it"
                ));
            }
        }
    }
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
    say_what_is_left_out(patches, chip);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_that_are_compiled_are_known_by_name() {
        let xive = sources("xive");
        for file in [
            "kernel/irq/chip.c",
            "drivers/vfio/pci/vfio_pci_intrs.c",
            "arch/powerpc/sysdev/xive/common.c",
        ] {
            assert!(xive.iter().any(|one| one == file), "{file} of {xive:?}");
        }
        assert!(sources("plic").contains(&"drivers/irqchip/irq-sifive-plic.c".to_string()));
        assert!(sources("ioapic").contains(&"arch/x86/kernel/apic/io_apic.c".to_string()));
        assert!(
            xive.iter()
                .all(|file| file.ends_with(".c") && !file.starts_with("engine"))
        );
    }
}
