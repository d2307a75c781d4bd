//! A virtual machine whose guest does nothing but take one level interrupt.
//!
//! The guest is a few instructions (`x86_64.rs`, `aarch64.rs`). It has one or two vCPUs, no firmware and no paging, and programs a
//! controller that KVM emulates in the kernel, or one that is kept here. Its function is a window of registers that KVM leaves to
//! the VMM ([`STATUS`] and the following). For each interrupt it
//!
//! 1. reads [`STATUS`];
//! 2. writes what it read to [`CLEAR`], if a cause was up and it has ignored as many interrupts as it was told to;
//! 3. sends the line to the other vCPU, if there is one;
//! 4. ends the interrupt at its controller (EOI);
//! 5. writes how many interrupts this vCPU has taken so far to [`DONE`], and halts until the next.

#[cfg(target_arch = "aarch64")]
mod aarch64;
mod causes;
mod counts;
mod errno;
#[cfg(any(test, target_arch = "aarch64"))]
mod gicv2;
#[cfg(target_arch = "x86_64")]
mod ioapic;
mod machine;
mod memory;
#[cfg(target_arch = "aarch64")]
mod own_gicv2;
#[cfg(target_arch = "x86_64")]
mod own_ioapic;
mod pin;
mod registers;
mod setup;
mod threads;
mod vcpu;
#[cfg(target_arch = "x86_64")]
mod x86_64;

pub use causes::Causes;
pub use counts::Counts;
pub use machine::Machine;
pub use pin::{Own, Pin};
pub use registers::{CLEAR, DONE, GSI, LOST, READY, STATUS};
pub use setup::{Controller, Ends, Setup, Vcpus};
