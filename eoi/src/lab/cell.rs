//! A cell: one machine, started once with one kernel, and the cases that are run there.

use std::path::PathBuf;

use anyhow::{Context, Result};
use eoi_model::fixes::Fix;
use eoi_model::{irqchip, kernels};

use super::build::PATCHED;
use super::case::{Case, How};
use super::kernel::Kernel;
use super::machine::Machine;
use super::predict::Host;

/// Which kernel a patch or a kernel of the user's starts from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Base {
    /// One with the merged fix.
    #[default]
    Fixed,
    /// One without it.
    Unfixed,
}

impl Base {
    /// The word of the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fixed => "fixed",
            Self::Unfixed => "unfixed",
        }
    }

    /// The other kind.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Fixed => Self::Unfixed,
            Self::Unfixed => Self::Fixed,
        }
    }

    /// The lab's kernel of this kind, which patches apply to.
    #[must_use]
    pub const fn kernel(self) -> &'static str {
        match self {
            Self::Fixed => PATCHED,
            Self::Unfixed => "6.12.107-unfixed",
        }
    }

    /// Linux 6.12 of this kind in the model.
    fn model(self) -> &'static kernels::Kernel {
        let [unfixed, fixed] = kernels::around_the_merged_fix();
        match self {
            Self::Fixed => fixed,
            Self::Unfixed => unfixed,
        }
    }
}

/// The kernel of a cell.
#[derive(Clone)]
pub enum Source {
    /// A packaged one, or its twin.
    Packaged(&'static Kernel),
    /// The lab's own small kernel without the merged fix, with the patch of a candidate fix.
    Fix(&'static Fix),
    /// The packaged one, or a small one, with patches of the user's.
    Patched {
        /// The patches, in the order in which they are applied.
        patches: Vec<PathBuf>,
        /// The kernel that they apply to.
        base: Base,
    },
    /// The user's own.
    Own {
        /// The image.
        image: PathBuf,
        /// The directory of its modules; without one everything is built in.
        modules: Option<PathBuf>,
        /// The kernel that it is compared with.
        base: Base,
    },
}

/// How a kernel is booted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Boot {
    /// Without further arguments.
    Plain,
    /// With `threadirqs`.
    Threadirqs,
}

impl Boot {
    /// Every way.
    pub const ALL: [Self; 2] = [Self::Plain, Self::Threadirqs];

    /// The end of a cell's name.
    #[must_use]
    pub const fn suffix(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Threadirqs => "/threadirqs",
        }
    }

    /// Whether a case is run on a kernel that is booted so.
    #[must_use]
    pub fn fits(self, case: &Case) -> bool {
        match self {
            Self::Plain => true,
            Self::Threadirqs => case.script.name == "clear-unmask" && case.how != How::Intx,
        }
    }
}

/// One machine, started once.
#[derive(Clone)]
pub struct Cell {
    /// The machine.
    pub machine: &'static Machine,
    /// The kernel.
    pub source: Source,
    /// How it is booted.
    pub boot: Boot,
    /// The cases that are run there.
    pub cases: Vec<Case>,
}

impl Cell {
    /// The kernel's name in reports.
    #[must_use]
    pub fn kernel(&self) -> String {
        match &self.source {
            Source::Packaged(kernel) => kernel.name.to_string(),
            Source::Fix(fix) => format!("{PATCHED}-lab+{}", fix.name),
            Source::Patched { patches, base } => {
                let stem = |path: &PathBuf| {
                    path.file_stem()
                        .unwrap_or_default()
                        .to_string_lossy()
                        .into_owned()
                };
                let names: Vec<String> = patches.iter().map(stem).collect();
                format!("{}+{}", base.kernel(), names.join("+"))
            }
            Source::Own { image, .. } => image
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
        }
    }

    /// The cell's name.
    #[must_use]
    pub fn name(&self) -> String {
        format!(
            "{}/{}{}",
            self.machine.name,
            self.kernel(),
            self.boot.suffix()
        )
    }

    /// Whether the kernel has the merged fix or, as a candidate, one in its place.
    #[must_use]
    pub fn fixed(&self) -> bool {
        match &self.source {
            Source::Packaged(kernel) => kernel.fixed,
            Source::Fix(fix) => fix.name != "none",
            Source::Patched { base, .. } | Source::Own { base, .. } => *base == Base::Fixed,
        }
    }

    /// The model's row for it. The user's patches and kernels are compared with the kernel that they start from.
    ///
    /// # Errors
    /// The model has no such row.
    pub fn host(&self) -> Result<Host> {
        let name = self.machine.chip;
        let chip = irqchip::by_name(name)
            .with_context(|| format!("the model has no controller {name}"))?;
        let (kernel, fixes) = match &self.source {
            Source::Packaged(kernel) => kernel.model()?,
            Source::Fix(fix) => {
                // One that changes another controller's driver leaves this one's line as `none` does.
                let kernel = Base::Unfixed.model();
                let here = fix.name != "none" && (fix.applies)(kernel, chip).is_ok();
                (kernel, if here { vec![*fix] } else { Vec::new() })
            }
            Source::Patched { base, .. } => (base.model(), Vec::new()),
            Source::Own {
                base: Base::Fixed, ..
            } => (kernels::newest(), Vec::new()),
            Source::Own { base, .. } => (base.model(), Vec::new()),
        };
        Ok(Host {
            chip,
            kernel,
            fixes,
            threadirqs: self.boot == Boot::Threadirqs,
        })
    }
}
