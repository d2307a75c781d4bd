//! The INTx machine of a VMM: inputs in, a bounded and ordered list of actions out.
//!
//! A VMM that hands a level-triggered PCI interrupt to a guest has to do four things in the right order: show the
//! guest an asserted line, notice that the guest is done, take the line away, and tell the host that the next
//! interrupt may come. This crate decides; the caller acts. It holds no file descriptor, reads no clock, allocates
//! nothing and knows neither VFIO nor KVM. `eoi check` searches every interleaving with this very crate as the VMM.
//!
//! ```
//! use eoi_intx::{Action, Input, Intx, Path};
//!
//! let mut intx = Intx::new(Path::Eoi);
//! assert!(intx.handle(Input::Enable).eq([Action::EnableIntx]));
//! assert!(intx.handle(Input::Trigger).eq([Action::Assert]));
//! assert!(intx.handle(Input::Eoi).eq([Action::Deassert, Action::Unmask]));
//! ```
#![no_std]
#![forbid(unsafe_code)]

mod action;
mod machine;

pub use action::{Action, Actions};
pub use machine::{Input, Intx, Mode, Path};
