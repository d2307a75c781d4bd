//! The hypervisor's half of a function on KVM, and a small virtual machine to try it with.
//!
//! [`Line`] is one line of a controller in the kernel, [`mod@probe`] says which path a controller can do, and `guest` is a
//! virtual machine whose guest does nothing but take one level interrupt: behind a controller in the kernel, or behind
//! one of the VMM's own.

pub mod probe;

#[cfg(any(test, target_arch = "aarch64"))]
mod gicv2;
#[cfg(any(test, target_arch = "x86_64"))]
mod ioapic;

#[cfg(target_arch = "aarch64")]
mod aarch64;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
pub mod guest;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod line;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod memory;
#[cfg(target_arch = "x86_64")]
mod x86_64;

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
pub use line::Line;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
pub use probe::ask::{acks, holds, probe};
