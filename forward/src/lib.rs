//! VFIO and eventfd around [`eoi_intx`], and the program that `eoi lab` runs as the first process of its machines.
//!
//! [`vfio`] is the kernel's interface, [`device`] the functions that raise their interrupt when they are told to, and
//! [`lab`] what happens in a machine: boot, bind, go through the plan's steps, print one line for each, power off.

pub mod device;
pub mod lab;
pub mod vfio;
