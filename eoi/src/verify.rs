//! The kernel's own C beside the model: both take every step of every reachable state, and have to agree.
//!
//! A program of its own has the kernel's `kernel/irq`, vfio-pci and one controller's driver in it, compiled from a source tree
//! (`kernel-c/` has the rest of it, and the protocol). [`program`] starts it and asks, [`tables`] hands the hardware over,
//! [`lockstep`] compares, [`rows`] has the table of what is compared, [`drift`] says which functions changed.

pub mod answer;
pub mod drift;
pub mod lockstep;
pub mod program;
pub mod rows;
pub mod tables;
