//! VFIO, KVM and eventfd around [`eoi_intx`], and the program that `eoi lab` runs as the first process of its machines.
//!
//! [`vfio`] is the kernel's interface, `kvm` (x86-64 and arm64) a guest that takes an interrupt, [`device`] the functions
//! that raise theirs when they are told to, and [`lab`] what happens in a machine: boot, bind, go through the plan's steps, print one line for each, power off.

pub mod demo;
pub mod device;
pub mod drive;
mod eventfd;
mod forward;
mod function;
pub mod kvm;
pub mod lab;
mod refusal;
pub mod vfio;

pub use eventfd::Eventfd;
pub use forward::{Forward, Here, Hypervisor, Vmm};
pub use function::Function;
pub use refusal::{Call, Refusal};
