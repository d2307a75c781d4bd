//! A small KVM guest, and devices that interrupt when they are told to, to try [`eoi_forward`] and a kernel's KVM with.
//!
//! [`device`] has PCI functions that raise their interrupt when they are told to. [`drive`] has such a function interrupt again and
//! again; its guest is this program. `guest` is a virtual machine whose guest does nothing but take one level interrupt, behind a
//! controller in the kernel or behind one that this crate has. `acks` and `holds` use it to try what a kernel's KVM claims: they
//! need /dev/kvm and take milliseconds.

/// The example in README.md, as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

pub mod device;
pub mod drive;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
pub mod guest;
pub mod host_irq;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod tried;
pub mod wait;

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
pub use tried::{acks, holds};
