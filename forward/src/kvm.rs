//! The hypervisor's half of a function on KVM, and a small virtual machine to try it with.
//!
//! `Lines` are those of a controller in the kernel, `split` is what KVM does for an IO-APIC of the VMM's own, [`mod@probe`] says
//! which path a controller can do, and `guest` is a virtual machine whose guest does nothing but take one level interrupt:
//! behind a controller in the kernel, or behind one of the VMM's own.

pub mod probe;

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod line;
#[cfg(target_arch = "x86_64")]
pub mod split;

#[cfg(all(feature = "cli", target_arch = "aarch64"))]
mod aarch64;
#[cfg(all(feature = "cli", any(test, target_arch = "aarch64")))]
mod gicv2;
#[cfg(all(feature = "cli", any(target_arch = "x86_64", target_arch = "aarch64")))]
pub mod guest;
#[cfg(all(feature = "cli", target_arch = "x86_64"))]
mod ioapic;
#[cfg(all(feature = "cli", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod memory;
#[cfg(all(feature = "cli", target_arch = "x86_64"))]
mod x86_64;

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
pub use line::{Line, Lines};
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
pub use probe::probe;
#[cfg(all(feature = "cli", any(target_arch = "x86_64", target_arch = "aarch64")))]
pub use probe::tried::{acks, holds};
