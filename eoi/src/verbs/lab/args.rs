//! Options that several of the lab's verbs take: which cells, and where packages come from.

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};

use crate::lab::cell::{self, Cell};
use crate::lab::choice::{Brought, Choice, choose};
use crate::lab::store::{Cache, Options, Purpose};
use crate::part::Part;
use crate::verbs::candidates;

/// The kernel that something of the user's starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Base {
    Fixed,
    Unfixed,
}

/// Which cells and cases.
#[derive(Args, Clone, Debug)]
pub struct ChoiceArgs {
    /// Only the quick run: four cases on five cells or, with --patch or --kernel, on the machines of these cells
    #[arg(long)]
    quick: bool,
    /// Only this cell, by its name in `eoi lab list`; may be given more than once. With --patch, a name of the lab's own is
    /// the cell whose kernel gets the patch
    #[arg(long, value_name = "CELL", add = candidates::cells())]
    only: Vec<String>,
    /// Only these machines
    #[arg(long, value_name = "NAME", value_delimiter = ',', add = candidates::machines())]
    machine: Vec<String>,
    /// Only these cases
    #[arg(long, value_name = "NAME", value_delimiter = ',', add = candidates::cases())]
    case: Vec<String>,
    /// Every N-th cell, from the K-th
    #[arg(long, value_name = "K/N")]
    part: Option<Part>,
    /// Run kernels with this patch in place of the lab's own: a git diff against Linux 6.12.107, to drivers/vfio/pci or to
    /// anything that is built in
    #[arg(long, value_name = "FILE")]
    patch: Vec<PathBuf>,
    /// The kernel that --patch changes, or that --kernel is compared with: one with the merged fix, or one without it
    #[arg(long, value_name = "BASE", default_value = "fixed")]
    base: Base,
    /// Run this kernel, which you built, in place of the lab's own
    #[arg(long, value_name = "IMAGE", conflicts_with = "patch")]
    kernel: Option<PathBuf>,
    /// Its modules
    #[arg(long, value_name = "DIR", requires = "kernel")]
    modules: Option<PathBuf>,
}

/// The cells that were asked for.
pub struct Share {
    /// Every cell that `--only` and `--part` take their share of.
    pub whole: Vec<Cell>,
    /// The share.
    pub cells: Vec<Cell>,
    /// Machines that a patch of the user's cannot reach.
    pub left_out: Vec<&'static str>,
}

impl ChoiceArgs {
    /// The patches or the kernel that the user brings in place of the lab's kernels.
    ///
    /// # Errors
    /// A base of nothing.
    pub fn brought(&self) -> Result<Option<Brought>> {
        let base = match self.base {
            Base::Fixed => cell::Base::Fixed,
            Base::Unfixed => cell::Base::Unfixed,
        };
        if let Some(image) = &self.kernel {
            return Ok(Some(Brought::Kernel {
                image: image.clone(),
                modules: self.modules.clone(),
                base,
            }));
        }
        if !self.patch.is_empty() {
            return Ok(Some(Brought::Patches {
                files: self.patch.clone(),
                base,
            }));
        }
        if base == cell::Base::Unfixed {
            bail!(
                "--base is of --patch and --kernel; the lab's own kernels without the fix are cells: `eoi lab list`"
            );
        }
        Ok(None)
    }

    /// The cells.
    ///
    /// # Errors
    /// A name that nothing has, or nothing that is left.
    pub fn share(&self) -> Result<Share> {
        let choice = Choice {
            quick: self.quick,
            only: self.only.clone(),
            machines: self.machine.clone(),
            cases: self.case.clone(),
            brought: self.brought()?,
        };
        let chosen = choose(&choice)?;
        let whole = choose(&Choice {
            only: Vec::new(),
            ..choice
        })?
        .cells;
        let cells = self.part.map_or_else(
            || chosen.cells.clone(),
            |part| part.of(chosen.cells.clone()),
        );
        Ok(Share {
            whole,
            cells,
            left_out: chosen.left_out,
        })
    }
}

/// Where packages come from.
#[derive(Args, Clone, Debug, Default)]
pub struct CacheArgs {
    /// The archive's base URI [default: that of the host's apt]
    #[arg(long, value_name = "URI")]
    pub mirror: Option<String>,
    /// The keys that sign the archive [default: those of the debian-archive-keyring]
    #[arg(long, value_name = "FILE")]
    pub keyring: Option<PathBuf>,
    /// The lock that pins versions and hashes [default: the one that eoi was built with]
    #[arg(long, value_name = "FILE")]
    pub lock: Option<PathBuf>,
}

impl CacheArgs {
    /// The cache.
    ///
    /// # Errors
    /// A lock that cannot be read, a directory that cannot be made, or somebody who uses what is to be cleaned.
    pub fn open(&self, purpose: Purpose) -> Result<Cache> {
        let Self {
            mirror,
            keyring,
            lock,
        } = self.clone();
        Cache::new(Options {
            root: None,
            mirror,
            keyring,
            lock,
            purpose,
        })
    }
}
