//! VFIO, KVM and eventfd around [`eoi_intx`], and the program that `eoi lab` runs as the first process of its machines.
//!
//! A VMM makes a [`Forward`] of a device ([`vfio`], or rust-vmm's) and of what interrupts its guest ([`Hypervisor`]: `kvm::Line`, or a
//! controller of its own), puts it into a [`Function`] with the machine, and tells that what happens. There is no thread and no
//! event loop here. docs/adopting.md says which path to take.
//!
//! ```
//! use eoi_forward::Hypervisor;
//!
//! /// A controller of the VMM's own: the line is a flag that it looks at.
//! struct Pin(std::sync::Arc<std::sync::atomic::AtomicBool>);
//!
//! impl Hypervisor for Pin {
//!     fn set_line(&mut self, up: bool) -> eoi_forward::Result<()> {
//!         self.0.store(up, std::sync::atomic::Ordering::Release);
//!         Ok(()) // and have the controller look
//!     }
//! }
//! ```
//!
//! [`drive`] has a function interrupt again and again, [`device`] knows some that do so when they are told to, [`demo`] needs KVM and no
//! device, and [`lab`] is the first process of a machine of `eoi lab`: boot, bind, go through the plan's steps, print one line for each,
//! power off. These are the program's, and there with the feature `cli` only, which is on unless it is turned off: a VMM that links this
//! crate wants `default-features = false`.

#[cfg(feature = "cli")]
pub mod demo;
#[cfg(feature = "cli")]
pub mod device;
#[cfg(feature = "cli")]
pub mod drive;
mod eventfd;
mod forward;
mod function;
pub mod kvm;
#[cfg(feature = "cli")]
pub mod lab;
mod refusal;
pub mod vfio;

pub use eventfd::Eventfd;
pub use forward::{Forward, Here, Hypervisor, Vmm};
pub use function::Function;
pub use refusal::{Call, Refusal};
/// The kernel's errors, as [`Hypervisor`] and [`Vmm`] return them.
pub use rustix::io::{Errno, Result};
