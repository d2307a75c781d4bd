//! Linux's source, unpacked once.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use super::kit::Kit;
use super::place::{identity, once};
use super::{io, make};
use crate::lab::store::Cache;

/// The part of the source that is unpacked.
#[derive(Clone, Copy)]
pub(super) enum Part {
    /// drivers/vfio.
    Vfio,
    /// Everything that a kernel for any of the lab's machines needs. Builds of patched kernels write into it.
    Whole,
    /// The same as released, which nobody writes into.
    Released,
}

/// Half a gigabyte of files that no configuration here reads.
pub(super) const UNREAD: &[&str] = &[
    "*/drivers/gpu/drm/amd/include/*",
    "*/tools/testing/*",
    "*/Documentation/*/*",
];

/// A released source.
pub(super) struct Source {
    tarball: PathBuf,
    /// Which source it is.
    pub(super) identity: String,
}

impl Source {
    /// The source of this version's series: `6.12.107` is of `source-6.12`.
    ///
    /// # Errors
    /// It cannot be fetched.
    pub(super) fn open(cache: &Cache, version: &str) -> Result<Self> {
        let series = version
            .rsplit_once('.')
            .map_or(version, |(series, _)| series);
        let opened = cache.ensure(&format!("source-{series}"))?;
        let tarball = opened
            .prefix
            .join(format!("usr/src/linux-source-{series}.tar.xz"));
        ensure!(
            tarball.exists(),
            "{} has no {}; remove it and fetch again",
            opened.prefix.display(),
            tarball.display()
        );
        Ok(Self {
            tarball,
            identity: identity(&opened.prefix),
        })
    }

    /// Unpacks it, once, and reads its version, which is another than the one that was asked for where the archive had
    /// only a newer one. The directory is for reading, except for
    /// [`Part::Whole`].
    ///
    /// # Errors
    /// `tar` fails, or there is no version in what it unpacked.
    pub(super) fn unpack(&self, kit: &Kit, room: &Path, part: Part) -> Result<(PathBuf, String)> {
        let name = match part {
            Part::Vfio => format!("{}-vfio", self.identity),
            Part::Whole => format!("{}-tree", self.identity),
            Part::Released => format!("{}-released", self.identity),
        };
        let tree = once(room, &name, |to, held| {
            let mut tar = kit.command("tar");
            tar.arg("-xf")
                .arg(&self.tarball)
                .arg("-C")
                .arg(to)
                .args(["--strip-components=1", "--wildcards"]);
            match part {
                Part::Vfio => tar.args(
                    ["*/Makefile", "*/drivers/vfio/*"]
                        .map(|kept| kept.replacen('*', &self.top(), 1)),
                ),
                Part::Whole | Part::Released => {
                    tar.args(UNREAD.iter().map(|unread| format!("--exclude={unread}")))
                }
            };
            make::run(
                &mut tar,
                &format!("unpacking {}", self.top()),
                &room.join(format!("{name}.log")),
                held,
            )
        })?;
        let version = version(&tree)?;
        Ok((tree, version))
    }

    /// The directory that everything in the tarball is in.
    fn top(&self) -> String {
        identity(&self.tarball)
            .trim_end_matches(".tar.xz")
            .to_string()
    }
}

/// The version that a tree's Makefile says.
pub(super) fn version(tree: &Path) -> Result<String> {
    let makefile = io::read(&tree.join("Makefile"))?;
    let makefile = String::from_utf8_lossy(&makefile).into_owned();
    let number = |name: &str| {
        let mut lines = makefile
            .lines()
            .filter_map(|line| line.strip_prefix(name)?.trim_start().strip_prefix('='));
        lines
            .next()
            .map(str::trim)
            .with_context(|| format!("the Makefile in {} has no {name}", tree.display()))
    };
    Ok(format!(
        "{}.{}.{}",
        number("VERSION")?,
        number("PATCHLEVEL")?,
        number("SUBLEVEL")?
    ))
}
