//! vfio-pci's modules against Debian's headers: for Debian's own kernel, with patches.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use super::kit::Kit;
use super::patch::Patch;
use super::place::{hash, identity, once, room};
use super::source::{Part, Source};
use super::tree::apply;
use super::{io, make};
use crate::lab::arch::Arch;
use crate::lab::store::Cache;

/// Debian's headers of one kernel, where its package set is unpacked.
struct Headers {
    /// The kernel's release, as `uname -r` prints it: `6.12.107+deb13-powerpc64le`.
    release: String,
    own: PathBuf,
    common: PathBuf,
    kbuild: PathBuf,
    identity: String,
}

impl Headers {
    fn open(cache: &Cache, arch: Arch, version: &str) -> Result<Self> {
        let opened = cache.ensure(&format!("headers-{}-{version}", arch.debian()))?;
        let one = |directory: &str, begins: &str, ends: &str| {
            let entries = fs::read_dir(opened.prefix.join(directory))
                .into_iter()
                .flatten()
                .flatten();
            let mut found = entries.map(|entry| entry.path()).filter(|path| {
                let name = identity(path);
                name.starts_with(begins) && name.ends_with(ends)
            });
            found.next().with_context(|| {
                format!(
                    "there is no {begins}*{ends} in {}/{directory}; remove it and fetch again",
                    opened.prefix.display()
                )
            })
        };
        let own = one("usr/src", "linux-headers-", &format!("-{}", arch.flavour()))?;
        let release = identity(&own)
            .trim_start_matches("linux-headers-")
            .to_string();
        let common = one("usr/src", "linux-headers-", "-common")?;
        Ok(Self {
            release,
            own,
            common,
            kbuild: one("usr/lib", "linux-kbuild-", "")?,
            identity: identity(&opened.prefix),
        })
    }

    /// A kernel's build directory that works where it is: the Makefile of the package names places below `/usr`. Without
    /// its `vmlinux` the modules get no BTF, which would want one more tool and is not needed to load them.
    fn lay_out(&self, to: &Path) -> Result<()> {
        io::write(
            &to.join("Makefile"),
            format!("include {}/Makefile\n", self.common.display()).as_bytes(),
        )?;
        let own = [
            ".config",
            ".kernelvariables",
            "Module.symvers",
            "arch",
            "include",
        ]
        .map(|name| (&self.own, name));
        for (place, name) in own
            .into_iter()
            .chain(["scripts", "tools"].map(|name| (&self.kbuild, name)))
        {
            symlink(place.join(name), to.join(name))
                .with_context(|| format!("cannot link {name} of {}", self.release))?;
        }
        Ok(())
    }
}

/// The directory with vfio-pci's modules for Debian's kernel of this version (`6.12.107`), with these patches in this
/// order. `noiommu` adds a vfio.ko that works where there is no IOMMU. Built once; takes seconds.
///
/// # Errors
/// What is needed cannot be fetched, a patch does not apply, or the build fails; the error quotes and names its log.
pub fn modules(
    cache: &Cache,
    arch: Arch,
    version: &str,
    patches: &[Patch],
    noiommu: bool,
) -> Result<PathBuf> {
    let room = room(cache)?;
    let kit = Kit::open(cache)?;
    let source = Source::open(cache, version)?;
    let headers = Headers::open(cache, arch, version)?;
    let mut parts = vec![
        source.identity.as_str(),
        &headers.identity,
        &kit.identity,
        if noiommu { "noiommu" } else { "" },
    ];
    parts.extend(patches.iter().map(Patch::text));
    let name = format!("modules-{}-{version}-{}", arch.debian(), hash(&parts));
    once(&room, &name, |to, held| {
        let (pristine, version) = source.unpack(&kit, &room, Part::Vfio)?;
        ensure!(
            headers.release.starts_with(&format!("{version}+")),
            "the source is Linux {version} and the headers are of {}; bring both up to date with eoi lab fetch --update",
            headers.release
        );
        let work = to.join("work");
        fs::create_dir(&work).with_context(|| format!("cannot create {}", work.display()))?;
        copy(
            &pristine.join("drivers/vfio"),
            &work.join("source/drivers/vfio"),
        )?;
        apply(&kit, patches, &version, &work.join("source"))?;
        headers.lay_out(&work.join("headers"))?;
        build(
            &kit,
            arch,
            &headers.release,
            &work,
            noiommu,
            &room.join(format!("{name}.log")),
            held,
        )?;
        for module in wanted(noiommu) {
            let built = work.join("source/drivers/vfio").join(module);
            kit.strip(arch, "--strip-debug", &built)?;
            io::copy(&built, &to.join(identity(&built)))?;
        }
        fs::remove_dir_all(&work).with_context(|| format!("cannot remove {}", work.display()))
    })
}

/// The modules that are built, below drivers/vfio. Debian's own vfio.ko is kept where it can be used.
fn wanted(noiommu: bool) -> &'static [&'static str] {
    let all = &["pci/vfio-pci-core.ko", "pci/vfio-pci.ko", "vfio.ko"];
    if noiommu { all } else { &all[..2] }
}

fn build(
    kit: &Kit,
    arch: Arch,
    release: &str,
    work: &Path,
    noiommu: bool,
    log: &Path,
    held: &File,
) -> Result<()> {
    let vfio = work.join("source/drivers/vfio");
    let mut make = kit.make(arch);
    make.arg("-C").arg(work.join("headers"));
    // The drivers of particular devices, which would be built as well.
    let makefile = io::read(&vfio.join("pci/Makefile"))?;
    make.args(
        String::from_utf8_lossy(&makefile)
            .lines()
            .filter_map(variant)
            .map(|option| format!("{option}=")),
    );
    if noiommu {
        make.arg(format!("M={}", vfio.display()))
            .args(["CONFIG_VFIO_NOIOMMU=y", "KCFLAGS=-DCONFIG_VFIO_NOIOMMU=1"]);
    } else {
        make.arg(format!("M={}", vfio.join("pci").display()));
    }
    make::run(
        make.arg("modules"),
        &format!("building vfio-pci for {release}"),
        log,
        held,
    )?;
    for module in wanted(noiommu) {
        let module = vfio.join(module);
        let magic = format!("\0vermagic={release} ").into_bytes();
        let fits = io::read(&module)?
            .windows(magic.len())
            .any(|bytes| bytes == magic);
        ensure!(
            fits,
            "{} was not built for {release}, see {}",
            module.display(),
            log.display()
        );
    }
    Ok(())
}

/// `CONFIG_X` of a line `obj-$(CONFIG_X) += x/`.
fn variant(line: &str) -> Option<&str> {
    let (option, directory) = line.strip_prefix("obj-$(")?.split_once(')')?;
    directory.trim_end().ends_with('/').then_some(option)
}

/// Copies a directory; links are followed.
fn copy(from: &Path, to: &Path) -> Result<()> {
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let path = entry?.path();
        let to = to.join(path.file_name().unwrap_or_default());
        if path.is_dir() {
            copy(&path, &to)?;
        } else {
            io::copy(&path, &to)?;
        }
    }
    Ok(())
}
