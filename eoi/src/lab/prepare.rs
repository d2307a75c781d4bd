//! Makes ready what cells need, each thing once: emulator, kernel, modules, the guest's program.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, bail};

use super::arch::Arch;
use super::build::{self, PATCHED, Patch, Reach};
use super::case::Case;
use super::cell::{Base, Cell, Source};
use super::kernel::{Kernel, Vfio};
use super::lock::Replacement;
use super::machine::Container;
use super::program::{self, Program};
use super::store::{Cache, Opened, Tools};
use crate::terminal::note;

/// Everything that a cell's machine is started with.
pub struct Ready {
    /// The emulator, without arguments.
    pub emulator: Command,
    /// The kernel.
    pub kernel: Bootable,
    /// The first process.
    pub init: PathBuf,
    /// The tool, where a case asks its doctor.
    pub eoi: Option<PathBuf>,
    /// The program `eoi-forward`, where a case runs it.
    pub forward: Option<PathBuf>,
}

/// A kernel that can be booted.
#[derive(Clone)]
pub struct Bootable {
    /// The image.
    pub image: PathBuf,
    /// The directories of its modules; of two modules with one name that in the first directory is taken.
    pub modules: Vec<PathBuf>,
}

/// Everything that was made ready, by what it is for.
pub struct Stock {
    cache: Cache,
    qemu: Option<PathBuf>,
    program: Option<PathBuf>,
    kernels: Mutex<BTreeMap<String, Bootable>>,
    programs: Mutex<BTreeMap<(Program, &'static str), PathBuf>>,
    replaced: Mutex<BTreeSet<Replacement>>,
}

impl Stock {
    /// With these paths in place of what would be fetched or built.
    #[must_use]
    pub fn new(cache: Cache, qemu: Option<PathBuf>, program: Option<PathBuf>) -> Self {
        Self {
            cache,
            qemu,
            program,
            kernels: Mutex::default(),
            programs: Mutex::default(),
            replaced: Mutex::default(),
        }
    }

    /// The cache.
    #[must_use]
    pub const fn cache(&self) -> &Cache {
        &self.cache
    }

    /// Packages that were taken because the archive no longer has the pinned ones: `wanted -> got`.
    #[must_use]
    pub fn replaced(&self) -> Vec<Replacement> {
        self.replaced
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .cloned()
            .collect()
    }

    fn open(&self, set: &str) -> Result<Opened> {
        let opened = self.cache.ensure(set)?;
        let mut replaced = self.replaced.lock().unwrap_or_else(PoisonError::into_inner);
        replaced.extend(opened.replaced.iter().cloned());
        Ok(opened)
    }

    /// Everything that a cell needs.
    ///
    /// # Errors
    /// Something cannot be fetched or built, or is not where the user says.
    pub fn ready(&self, cell: &Cell) -> Result<Ready> {
        let arch = cell.machine.arch;
        let eoi = cell
            .cases
            .iter()
            .any(Case::is_diagnosed)
            .then(|| self.program(arch, Program::Eoi));
        let forward = cell
            .cases
            .iter()
            .any(Case::needs_forward)
            .then(|| self.program(arch, Program::Forward));
        Ok(Ready {
            kernel: self.kernel(cell)?,
            init: self.program(arch, Program::Init)?,
            eoi: eoi.transpose()?,
            forward: forward.transpose()?,
            emulator: self.emulator(arch)?,
        })
    }

    /// The emulator of an architecture.
    fn emulator(&self, arch: Arch) -> Result<Command> {
        if let Some(directory) = &self.qemu {
            let program = [
                directory.join(arch.qemu()),
                directory.join("bin").join(arch.qemu()),
            ];
            let found = program.iter().find(|path| path.exists());
            let found = found.with_context(|| {
                format!("there is no {} in {}", arch.qemu(), directory.display())
            })?;
            return Ok(Command::new(found));
        }
        Ok(Tools::new(&self.open("emulators")?).command(arch.qemu()))
    }

    /// The kernel of a cell, made ready once.
    fn kernel(&self, cell: &Cell) -> Result<Bootable> {
        let arch = cell.machine.arch;
        // One at a time: a build takes every CPU, and two of the same would be in each other's way.
        let mut kernels = self.kernels.lock().unwrap_or_else(PoisonError::into_inner);
        let key = format!(
            "{}/{}/{}",
            arch.debian(),
            cell.kernel(),
            cell.machine.container.name()
        );
        if let Some(found) = kernels.get(&key) {
            return Ok(found.clone());
        }
        let made = match &cell.source {
            Source::Packaged(kernel) => self.packaged(kernel, arch, cell.machine.container)?,
            Source::Fix(fix) => self.minimal(arch, &candidate(fix.name)?)?,
            Source::Patched { patches, base } => {
                self.patched(arch, patches, *base, cell.machine.container)?
            }
            Source::Own { image, modules, .. } => Bootable {
                image: image.clone(),
                modules: modules.iter().cloned().collect(),
            },
        };
        kernels.insert(key, made.clone());
        Ok(made)
    }

    /// A packaged kernel with these of its modules rebuilt.
    fn rebuilt(
        &self,
        version: &str,
        arch: Arch,
        patches: &[Patch],
        noiommu: bool,
    ) -> Result<Bootable> {
        let opened = self.open(&format!("kernel-{}-{version}", arch.debian()))?;
        let modules = build::modules(&self.cache, arch, version, patches, noiommu)?;
        Ok(Bootable {
            image: opened.image()?,
            modules: vec![modules, opened.modules()?],
        })
    }

    fn packaged(&self, kernel: &Kernel, arch: Arch, container: Container) -> Result<Bootable> {
        let unfixed = if kernel.vfio == Vfio::Unfixed {
            vec![build::candidate("none")?]
        } else {
            Vec::new()
        };
        let noiommu = container == Container::NoIommu;
        if noiommu || !unfixed.is_empty() {
            return self.rebuilt(kernel.version, arch, &unfixed, noiommu);
        }
        let opened = self.open(&kernel.set(arch))?;
        if let Some(gone) = lost(kernel, &opened.replaced) {
            note(format_args!(
                "{}: the archive no longer has {}; an unfixed twin of {PATCHED} takes its place",
                kernel.name, gone.wanted
            ));
            return self.rebuilt(PATCHED, arch, &[build::candidate("none")?], noiommu);
        }
        Ok(Bootable {
            image: opened.image()?,
            modules: vec![opened.modules()?],
        })
    }

    fn minimal(&self, arch: Arch, patches: &[Patch]) -> Result<Bootable> {
        let built = build::kernel(&self.cache, arch, patches)?;
        Ok(Bootable {
            image: built.image,
            modules: vec![built.modules],
        })
    }

    fn patched(
        &self,
        arch: Arch,
        files: &[PathBuf],
        base: Base,
        container: Container,
    ) -> Result<Bootable> {
        let mut patches = if base == Base::Fixed {
            Vec::new()
        } else {
            vec![build::candidate("none")?]
        };
        for file in files {
            patches.push(Patch::read(file)?);
        }
        if patches.iter().all(|patch| patch.reach() == Reach::Module) {
            return self.rebuilt(PATCHED, arch, &patches, container == Container::NoIommu);
        }
        self.minimal(arch, &patches)
    }

    /// A guest's program for an architecture, built once.
    fn program(&self, arch: Arch, program: Program) -> Result<PathBuf> {
        if let Some(own) = self.program.as_ref().filter(|_| program == Program::Init) {
            return Ok(own.clone());
        }
        let mut programs = self.programs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(built) = programs.get(&(program, arch.debian())) {
            return Ok(built.clone());
        }
        let built = program::build(&self.cache, arch, program)?;
        programs.insert((program, arch.debian()), built.clone());
        Ok(built)
    }

    /// The emulator's version, in its own words.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn qemu_version(&self, arch: Arch) -> Result<String> {
        let output = self
            .emulator(arch)?
            .arg("--version")
            .output()
            .context("cannot start the emulator")?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let Some(first) = text.lines().next() else {
            bail!("the emulator does not say its version")
        };
        Ok(first
            .trim_start_matches("QEMU emulator version ")
            .to_string())
    }
}

/// The package of an unfixed kernel that the archive no longer has: what stands in for it may have the merged fix. The same
/// version from another place is no replacement.
fn lost<'a>(kernel: &Kernel, replaced: &'a [Replacement]) -> Option<&'a Replacement> {
    replaced
        .iter()
        .find(|one| !kernel.fixed && one.wanted != one.got)
}

/// The patches of a candidate fix, on a kernel without the merged one.
fn candidate(fix: &str) -> Result<Vec<Patch>> {
    let unfixed = build::candidate("none")?;
    Ok(if fix == "none" {
        vec![unfixed]
    } else {
        vec![unfixed, build::candidate(fix)?]
    })
}

/// The package sets that a cell needs.
#[must_use]
pub fn sets(cell: &Cell) -> Vec<String> {
    let arch = cell.machine.arch;
    let mut sets = vec!["emulators".to_string(), "toolchain".to_string()];
    let noiommu = cell.machine.container == Container::NoIommu;
    let mut built = |version: &str| {
        sets.extend([
            format!("headers-{}-{version}", arch.debian()),
            "source-6.12".to_string(),
        ]);
    };
    match &cell.source {
        Source::Packaged(kernel) => {
            if noiommu || kernel.vfio == Vfio::Unfixed {
                built(kernel.version);
            }
            sets.push(kernel.set(arch));
        }
        Source::Patched { .. } => {
            built(PATCHED);
            sets.push(format!("kernel-{}-{PATCHED}", arch.debian()));
        }
        Source::Fix(_) => sets.push("source-6.12".to_string()),
        Source::Own { .. } => {}
    }
    sets
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::choice::{Choice, choose};
    use crate::lab::kernel;
    use crate::verify::rows::RELEASES;

    #[test]
    fn every_set_is_needed_by_a_cell_by_a_patch_or_by_a_comparison() {
        let cells = choose(&Choice::default()).expect("cells").cells;
        let patched = Arch::ALL.into_iter().flat_map(|arch| {
            ["headers", "kernel"].map(|what| format!("{what}-{}-{PATCHED}", arch.debian()))
        });
        let compared = RELEASES
            .iter()
            .map(|release| format!("source-{}", release.series))
            .chain(["toolchain".to_string()]);
        let needed: BTreeSet<String> = cells
            .iter()
            .flat_map(sets)
            .chain(patched)
            .chain(compared)
            .collect();
        let all: BTreeSet<String> = crate::lab::sets::ALL
            .iter()
            .map(|set| set.name.to_string())
            .collect();
        assert_eq!(all, needed);
    }

    #[test]
    fn a_twin_takes_the_place_of_an_unfixed_kernel_that_is_gone_and_of_no_other() {
        let kernel = |name: &str| {
            kernel::ALL
                .iter()
                .find(|kernel| kernel.name == name)
                .expect("a kernel")
        };
        let gone = Replacement {
            wanted: "linux-image-a 1".to_string(),
            got: "linux-image-b 2".to_string(),
        };
        let moved = Replacement {
            wanted: "linux-image-a 1".to_string(),
            got: "linux-image-a 1".to_string(),
        };
        let both = [moved.clone(), gone.clone()];
        assert_eq!(lost(kernel("6.12.57"), &both), Some(&gone));
        assert_eq!(lost(kernel("6.12.57"), &[moved]), None);
        assert_eq!(
            lost(kernel("6.12.107"), &both),
            None,
            "its successor has the fix, too"
        );
        assert_eq!(lost(kernel("6.12.57"), &[]), None);
    }
}
