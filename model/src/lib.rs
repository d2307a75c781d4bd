//! The path of a PCI INTx interrupt, from the device to the guest and back, as small pure machines.
//!
//! ```text
//! device ──wire──> irqchip ──> genirq ──> vfio_pci ──eventfd──> irqfd or vmm ──> guest
//!    ^                           |  ^                                              |
//!    └──── clears the cause ─────┘  └──────── unmask <──────── EOI <───────────────┘
//! ```
//!
//! Each participant has a file or folder of its own. [`system::System::step`] takes a state and an
//! [`event::Event`], and gives the next state, or nothing where the event cannot happen. An event
//! is one critical section or one bus transaction. [`event::EVENTS`] lists them, each with the lock
//! or the wire that makes it one step; and [`system::System::cites`] names the kernel function that
//! it stands for. A [`state::State`] is an integer for each function, and [`system::System::fields`]
//! shows it by name. [`guards::Guards`] say which events a state can have. There is no I/O here, no clock and no heap.
#![no_std]
#![forbid(unsafe_code)]

/// The example in README.md, as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

pub mod bits;
pub mod busy;
pub mod config;
pub mod cost;
pub mod device;
pub mod event;
pub mod eventfd;
pub mod fields;
pub mod fixes;
pub mod genirq;
mod guard;
pub mod guards;
pub mod guest;
pub mod irqchip;
pub mod irqfd;
pub mod kernels;
pub mod laws;
pub mod log;
pub mod packed;
pub mod program;
pub mod register;
pub mod scenario;
pub mod state;
pub mod system;
pub mod values;
mod varying;
pub mod version;
pub mod vfio_pci;
pub mod vmm;
pub mod vmms;
pub mod wire;
pub mod world;
