//! The kernels: Debian's, the unfixed twins of those that have the fix, and what somebody built.

use anyhow::{Context, Result};
use eoi_model::fixes::{self, Fix};
use eoi_model::kernels;

use super::arch::Arch;

/// Where a kernel's vfio-pci comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vfio {
    /// The kernel's own package.
    Shipped,
    /// Built from the same source and headers without the merged fix.
    Unfixed,
}

/// One kernel for one architecture.
#[derive(Debug)]
pub struct Kernel {
    /// Its name in reports: the version, with `-unfixed` for a twin.
    pub name: &'static str,
    /// Debian's version, which names the package set.
    pub version: &'static str,
    /// The architectures that run it.
    pub archs: &'static [Arch],
    /// Where its vfio-pci comes from.
    pub vfio: Vfio,
    /// It has the merged fix.
    pub fixed: bool,
}

use Arch::{Amd64, Arm64, Ppc64el, Riscv64};

/// Every kernel, oldest first.
pub static ALL: &[Kernel] = &[
    Kernel {
        name: "6.12.57",
        version: "6.12.57",
        archs: &[Amd64, Arm64],
        vfio: Vfio::Shipped,
        fixed: false,
    },
    Kernel {
        name: "6.12.107-unfixed",
        version: "6.12.107",
        archs: &[Ppc64el, Riscv64],
        vfio: Vfio::Unfixed,
        fixed: false,
    },
    Kernel {
        name: "6.12.107",
        version: "6.12.107",
        archs: &[Amd64, Arm64, Ppc64el, Riscv64],
        vfio: Vfio::Shipped,
        fixed: true,
    },
    Kernel {
        name: "7.2.13",
        version: "7.2.13",
        archs: &[Ppc64el],
        vfio: Vfio::Shipped,
        fixed: true,
    },
    Kernel {
        name: "7.3.4",
        version: "7.3.4",
        archs: &[Amd64, Arm64],
        vfio: Vfio::Shipped,
        fixed: true,
    },
];

impl Kernel {
    /// The package set that has it for this architecture.
    #[must_use]
    pub fn set(&self, arch: Arch) -> String {
        format!("kernel-{}-{}", arch.debian(), self.version)
    }

    /// The model's kernel, and what has to be taken out of it.
    ///
    /// # Errors
    /// The model has no such kernel.
    pub fn model(&self) -> Result<(&'static kernels::Kernel, Vec<&'static Fix>)> {
        let kernel = kernels::of_release(self.version)
            .with_context(|| format!("the model has no kernel for {}", self.version))?;
        let twin = self.vfio == Vfio::Unfixed;
        Ok((
            kernel,
            fixes::by_name("none")
                .filter(|_| twin)
                .into_iter()
                .collect(),
        ))
    }
}

/// The kernels of an architecture.
pub fn of(arch: Arch) -> impl Iterator<Item = &'static Kernel> {
    ALL.iter()
        .filter(move |kernel| kernel.archs.contains(&arch))
}
