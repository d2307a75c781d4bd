//! The line of the guest, and the registers of its function.

/// The line of the guest's controller. On x86-64 it is the lowest pin of the IO-APIC that KVM does not route to the i8259 as well
/// (`default_routing`, arch/x86/kvm/irq_comm.c); on arm64 it is the number of the SPI.
pub const GSI: u32 = 16;

/// The causes that are up, for the guest to read.
pub const STATUS: u64 = 0x0;
/// The guest clears the causes that it writes.
pub const CLEAR: u64 = 0x4;
/// The guest has ended an interrupt. It writes the number of interrupts that this vCPU has taken.
pub const DONE: u64 = 0x8;
/// A vCPU is ready to take interrupts.
pub const READY: u64 = 0xc;
/// The guest took an exception that it knows nothing of, and writes the syndrome. On x86-64 KVM exits for a triple fault instead.
pub const LOST: u64 = 0x10;
