//! The toolchain as a kernel's build has to see it.

use std::path::Path;
use std::process::Command;
use std::thread::available_parallelism;

use anyhow::{Context, Result, bail};

use super::place::identity;
use crate::lab::arch::Arch;
use crate::lab::store::{Cache, Tools};

/// Variables that a developer may have in the environment, and that a build must not see.
const FOREIGN: &[&str] = &[
    "ARCH",
    "CC",
    "CPATH",
    "CROSS_COMPILE",
    "C_INCLUDE_PATH",
    "HOSTCC",
    "INSTALL_MOD_PATH",
    "KAFLAGS",
    "KBUILD_OUTPUT",
    "KCFLAGS",
    "KCONFIG_ALLCONFIG",
    "KCONFIG_CONFIG",
    "KCPPFLAGS",
    "LD",
    "LLVM",
    "LOCALVERSION",
    "MAKEFLAGS",
    "MFLAGS",
    "O",
    "V",
    "W",
];

/// Compilers, make and what they need.
pub(super) struct Kit {
    tools: Tools,
    /// Which toolchain it is.
    pub(super) identity: String,
}

impl Kit {
    /// The toolchain, fetched and unpacked if need be.
    ///
    /// # Errors
    /// It cannot be had.
    pub(super) fn open(cache: &Cache) -> Result<Self> {
        let opened = cache.ensure("toolchain")?;
        Ok(Self {
            tools: Tools::new(&opened),
            identity: identity(&opened.prefix),
        })
    }

    /// The host's own tools.
    #[cfg(test)]
    pub(super) fn of_the_host() -> Self {
        let nowhere = crate::lab::store::Opened {
            prefix: "/nowhere".into(),
            packages: Vec::new(),
            replaced: Vec::new(),
        };
        Self {
            tools: Tools::new(&nowhere),
            identity: String::new(),
        }
    }

    /// A tool, with nothing in its environment that a build would take for its own.
    pub(super) fn command(&self, program: &str) -> Command {
        let mut command = self.tools.command(program);
        for name in FOREIGN {
            command.env_remove(name);
        }
        command.env("LC_ALL", "C");
        command
    }

    /// `make` for a kernel's tree of this architecture.
    pub(super) fn make(&self, arch: Arch) -> Command {
        let jobs = available_parallelism().map_or(1, usize::from);
        let mut make = self.command("make");
        make.arg(format!("-j{jobs}"))
            .arg(format!("ARCH={}", arch.linux()))
            .arg(format!("CROSS_COMPILE={}-", arch.gnu()));
        make
    }

    /// Takes out of a program or module what only a debugger reads.
    ///
    /// # Errors
    /// `strip` fails.
    pub(super) fn strip(&self, arch: Arch, flag: &str, file: &Path) -> Result<()> {
        let output = self
            .command(&format!("{}-strip", arch.gnu()))
            .arg(flag)
            .arg(file)
            .output()
            .context("cannot run strip")?;
        if !output.status.success() {
            bail!(
                "cannot strip {}: {}",
                file.display(),
                String::from_utf8_lossy(&output.stderr).trim()
            );
        }
        Ok(())
    }
}
