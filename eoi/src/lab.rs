//! The lab: real Linux kernels with the real vfio-pci in emulated machines, beside what the model says they must do.
//!
//! A **cell** is one machine started once with one kernel ([`cell`]). Everything that it needs comes from the Debian archive
//! ([`archive`], pinned by [`lock`], unpacked by [`store`]) or is built from Debian's source ([`build`], [`program`]).
//! The guest's program runs the **cases** ([`case`]) and says what it saw ([`protocol`]); the model runs the same scripts
//! ([`predict`]); [`observe`] reads the kernel's own recording and says where the two part.

pub mod arch;
pub mod archive;
pub mod boot;
pub mod brought;
pub mod build;
pub mod case;
pub mod cell;
pub mod choice;
pub mod clean;
pub mod digest;
pub mod emulator;
pub mod hold;
pub mod initrd;
pub mod kernel;
pub mod lock;
pub mod machine;
pub mod merge;
pub mod observe;
pub mod predict;
pub mod prepare;
pub mod process;
pub mod program;
pub mod protocol;
pub mod results;
pub mod resume;
pub mod room;
pub mod row;
pub mod run;
pub mod sets;
pub mod store;
