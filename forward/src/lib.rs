//! VFIO, KVM and eventfds around [`eoi_intx`]: the backend that a Linux VMM links.
//!
//! A VMM puts two halves into a [`Forward`]: the device (anything that has the descriptor of a VFIO device) and its
//! [`Hypervisor`] (`kvm::Line`, or a controller of its own). It puts the `Forward` into a [`Function`], which has the machine of
//! eoi-intx, and tells the `Function` each thing that happens. This crate has no thread and no event loop, and it decides
//! nothing. docs/adopting.md says which path to take.
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

/// The example in README.md, as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

mod eventfd;
mod forward;
mod function;
pub mod kvm;
mod refusal;
pub mod vfio;

pub use eventfd::Eventfd;
pub use forward::{Forward, Here, Hypervisor, Vmm};
pub use function::Function;
pub use refusal::{Call, Refusal};
/// The kernel's errors, as [`Hypervisor`] and [`Vmm`] return them.
pub use rustix::io::{Errno, Result};
