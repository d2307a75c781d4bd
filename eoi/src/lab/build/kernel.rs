//! Minimal kernels, for patches to code that is built in.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::kit::Kit;
use super::patch::Patch;
use super::place::{PATCHED, clear, hash, hold, identity, once, room};
use super::source::{Part, Source};
use super::tree::Tree;
use super::{io, make};
use crate::lab::arch::Arch;
use crate::lab::process::stopped;
use crate::lab::store::Cache;

/// A kernel that can be booted.
#[derive(Clone, Debug)]
pub struct Built {
    /// The image.
    pub image: PathBuf,
    /// The directory of its modules, `NAME.ko`.
    pub modules: PathBuf,
}

/// How an architecture's kernel is built.
struct Recipe {
    /// The options on top of [`COMMON`].
    config: &'static str,
    /// make's target for the image.
    target: &'static str,
    /// Where the image then is.
    image: &'static str,
}

const COMMON: &str = include_str!("../../../lab/configs/common.config");

fn recipe(arch: Arch) -> Recipe {
    let (config, target, image) = match arch {
        Arch::Amd64 => (
            include_str!("../../../lab/configs/x86-64.config"),
            "bzImage",
            "arch/x86/boot/bzImage",
        ),
        Arch::Arm64 => (
            include_str!("../../../lab/configs/arm64.config"),
            "Image",
            "arch/arm64/boot/Image",
        ),
        Arch::Ppc64el => (
            include_str!("../../../lab/configs/ppc64le.config"),
            "vmlinux",
            "vmlinux",
        ),
        Arch::Riscv64 => (
            include_str!("../../../lab/configs/riscv64.config"),
            "Image",
            "arch/riscv/boot/Image",
        ),
    };
    Recipe {
        config,
        target,
        image,
    }
}

/// The minimal kernel of an architecture with these patches, in this order. Built once: minutes the first time on an
/// architecture, seconds to a minute with another patch.
///
/// # Errors
/// What is needed cannot be fetched, a patch does not apply, or the build fails; the error quotes and names its log.
pub fn kernel(cache: &Cache, arch: Arch, patches: &[Patch]) -> Result<Built> {
    let recipe = recipe(arch);
    let room = room(cache)?;
    let kit = Kit::open(cache)?;
    let source = Source::open(cache, PATCHED)?;
    let config = [COMMON, recipe.config].concat();
    let mut parts = vec![source.identity.as_str(), &kit.identity, &config];
    let objects = format!("objects-{}-{}", arch.debian(), hash(&parts));
    parts.extend(patches.iter().map(Patch::text));
    let name = format!("kernel-{}-{PATCHED}-{}", arch.debian(), hash(&parts));
    let done = once(&room, &name, |to, _| {
        let (tree, version) = source.unpack(&kit, &room, Part::Whole)?;
        // One source tree for all: the kernels are built one after the other.
        let held = &hold(&room.join(format!("{}.lock", identity(&tree))))?;
        let tree = Tree::new(tree);
        tree.become_patched(&kit, patches, &version)?;
        let build = Build {
            kit: &kit,
            arch,
            tree: &tree.root,
            objects: &room.join(&objects),
            log: &room.join(format!("{name}.log")),
            held,
        };
        build.run(&recipe, &config)?;
        build.collect(&recipe, to)
    })?;
    Ok(Built {
        image: done.join(identity(Path::new(recipe.image))),
        modules: done.join("modules"),
    })
}

/// One build, in a directory of objects that stays.
struct Build<'a> {
    kit: &'a Kit,
    arch: Arch,
    tree: &'a Path,
    objects: &'a Path,
    log: &'a Path,
    held: &'a File,
}

impl Build<'_> {
    fn make(&self) -> Command {
        let mut make = self.kit.make(self.arch);
        make.arg("-C")
            .arg(self.tree)
            .arg(format!("O={}", self.objects.display()));
        make.args([
            "KBUILD_BUILD_TIMESTAMP=1970-01-01",
            "KBUILD_BUILD_VERSION=1",
            "KBUILD_BUILD_USER=eoi",
            "KBUILD_BUILD_HOST=lab",
        ]);
        make
    }

    fn run(&self, recipe: &Recipe, config: &str) -> Result<()> {
        let what = format!("building a kernel for {}", self.arch.debian());
        // make takes an object that it was writing when it was killed for a whole one.
        let under_way = PathBuf::from(format!("{}.dirty", self.objects.display()));
        if under_way.exists() || !self.objects.exists() {
            clear(self.objects)?;
        }
        let fragment = self.objects.join("fragment");
        io::write(&fragment, config.as_bytes())?;
        let allconfig = format!("KCONFIG_ALLCONFIG={}", fragment.display());
        make::run(
            self.make().arg(allconfig).arg("allnoconfig"),
            &what,
            self.log,
            self.held,
        )?;
        self.took(config)?;
        io::write(&under_way, b"")?;
        let result = make::run(
            self.make().args([recipe.target, "modules"]),
            &what,
            self.log,
            self.held,
        );
        if !stopped() {
            fs::remove_file(&under_way)
                .with_context(|| format!("cannot remove {}", under_way.display()))?;
        }
        result
    }

    /// Kconfig leaves out what it does not know, or what depends on something that is off, without a word.
    fn took(&self, config: &str) -> Result<()> {
        let got = io::read(&self.objects.join(".config"))?;
        let got = String::from_utf8_lossy(&got).into_owned();
        let lost = config
            .lines()
            .filter(|line| line.starts_with("CONFIG_") && !got.lines().any(|have| have == *line));
        let lost: Vec<_> = lost.collect();
        ensure!(
            lost.is_empty(),
            "Linux {PATCHED} does not take {} for {}",
            lost.join(", "),
            self.arch.debian()
        );
        Ok(())
    }

    fn collect(&self, recipe: &Recipe, to: &Path) -> Result<()> {
        let image = to.join(identity(Path::new(recipe.image)));
        io::copy(&self.objects.join(recipe.image), &image)?;
        if recipe.image == "vmlinux" {
            self.kit.strip(self.arch, "--strip-all", &image)?;
        }
        io::copy(&self.objects.join(".config"), &to.join("config"))?;
        let order = io::read(&self.objects.join("modules.order"))?;
        for object in String::from_utf8_lossy(&order).lines() {
            let module = self.objects.join(object).with_extension("ko");
            io::copy(&module, &to.join("modules").join(identity(&module)))?;
        }
        Ok(())
    }
}
