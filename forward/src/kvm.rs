//! The hypervisor's half of a function on KVM.
//!
//! `Lines` are the lines of a controller in the kernel. `split` is KVM's part for an IO-APIC of the VMM's own. [`mod@probe`] says
//! which path a controller can do.

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod errno;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod line;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod pins;
pub mod probe;
#[cfg(target_arch = "x86_64")]
pub mod split;

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
pub use line::{Line, Lines};
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
pub use probe::probe;
