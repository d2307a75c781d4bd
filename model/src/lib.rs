//! The path of a PCI INTx interrupt, from the device to the guest and back, as small pure machines.
//!
//! ```text
//! device ──wire──> irqchip ──> genirq ──> vfio_pci ──eventfd──> irqfd or vmm ──> guest
//!    ^                           |  ^                                              |
//!    └──── clears the cause ─────┘  └──────── unmask <──────── EOI <───────────────┘
//! ```
//!
//! One room a participant. [`system::System::step`] is guard and effect in one: a state and an [`event::Event`] give the
//! next state, or nothing. An event is one critical section or one bus transaction; [`event::EVENTS`] is the list, with
//! the lock or wire that makes each atomic and the kernel function it stands for. The whole [`state::State`] is one
//! integer. There is no I/O here, no clock and no heap.
#![no_std]
#![forbid(unsafe_code)]

pub mod busy;
pub mod config;
pub mod cost;
pub mod device;
pub mod event;
pub mod eventfd;
pub mod fixes;
pub mod genirq;
pub mod guest;
pub mod irqchip;
pub mod irqfd;
pub mod kernels;
pub mod laws;
pub mod log;
mod packed;
pub mod program;
pub mod scenario;
pub mod state;
pub mod system;
pub mod vfio_pci;
pub mod vmm;
pub mod wire;
pub mod world;
