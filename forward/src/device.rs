//! PCI functions that raise their interrupt when they are told to, as QEMU emulates them.

mod script;

use rustix::io::Result;

pub use script::Script;

use crate::vfio::Bar;

/// A kind of function with at least two causes. Causes are bits of its status register.
pub trait Device: Sync {
    /// As QEMU's `-device` calls it.
    fn name(&self) -> &'static str;
    /// PCI vendor and device ID; `None` where it may be any.
    fn id(&self) -> Option<(u16, u16)> {
        None
    }
    /// The BAR that has its registers, 0 to 5.
    fn bar(&self) -> u8 {
        0
    }
    /// The bit of cause 1 or 2; what is not 1 is taken for 2.
    fn bit(&self, cause: u8) -> u32;
    /// Raises the causes in `bits`.
    ///
    /// # Errors
    /// The BAR cannot be written.
    fn raise(&self, bar: &Bar<'_>, bits: u32) -> Result<()>;
    /// Clears the causes in `bits` and leaves the others.
    ///
    /// # Errors
    /// The BAR cannot be written.
    fn clear(&self, bar: &Bar<'_>, bits: u32) -> Result<()>;
    /// The causes that are up. Reading changes nothing.
    ///
    /// # Errors
    /// The BAR cannot be read.
    fn pending(&self, bar: &Bar<'_>) -> Result<u32>;
    /// Takes back what [`Device::raise`] enabled beside the causes: no interrupt is, as after a reset.
    ///
    /// # Errors
    /// The BAR cannot be written.
    fn quiet(&self, bar: &Bar<'_>) -> Result<()> {
        let _ = bar;
        Ok(())
    }
}

/// Every kind that is known.
pub static ALL: &[&dyn Device] = &[&Edu, &E1000];

/// The one of this name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static dyn Device> {
    ALL.iter().copied().find(|device| device.name() == name)
}

/// The one with this vendor and device ID.
#[must_use]
pub fn by_id(vendor: u16, device: u16) -> Option<&'static dyn Device> {
    ALL.iter().copied().find(|known| known.id() == Some((vendor, device)))
}

/// QEMU's educational device (docs/specs/edu.rst).
struct Edu;

const EDU_STATUS: u64 = 0x24;
const EDU_RAISE: u64 = 0x60;
const EDU_ACKNOWLEDGE: u64 = 0x64;

impl Device for Edu {
    fn name(&self) -> &'static str {
        "edu"
    }

    fn id(&self) -> Option<(u16, u16)> {
        Some((0x1234, 0x11e8))
    }

    fn bit(&self, cause: u8) -> u32 {
        if cause == 1 { 1 } else { 2 }
    }

    fn raise(&self, bar: &Bar<'_>, bits: u32) -> Result<()> {
        bar.write(EDU_RAISE, bits)
    }

    fn clear(&self, bar: &Bar<'_>, bits: u32) -> Result<()> {
        bar.write(EDU_ACKNOWLEDGE, bits)
    }

    fn pending(&self, bar: &Bar<'_>) -> Result<u32> {
        bar.read(EDU_STATUS)
    }
}

/// Intel's 82540EM (PCI/PCI-X Family of Gigabit Ethernet Controllers Software Developer's Manual, 13.4.17 to 13.4.21).
struct E1000;

const E1000_ICR: u64 = 0xc0; // clears all when read, and what is written
const E1000_ICS: u64 = 0xc8;
const E1000_IMS: u64 = 0xd0;
const E1000_IMC: u64 = 0xd8;
const E1000_LSC: u32 = 1 << 2;
const E1000_RXT0: u32 = 1 << 7;

impl Device for E1000 {
    fn name(&self) -> &'static str {
        "e1000"
    }

    fn id(&self) -> Option<(u16, u16)> {
        Some((0x8086, 0x100e))
    }

    fn bit(&self, cause: u8) -> u32 {
        if cause == 1 { E1000_LSC } else { E1000_RXT0 }
    }

    fn raise(&self, bar: &Bar<'_>, bits: u32) -> Result<()> {
        bar.write(E1000_IMS, bits)?;
        bar.write(E1000_ICS, bits)
    }

    fn clear(&self, bar: &Bar<'_>, bits: u32) -> Result<()> {
        bar.write(E1000_ICR, bits)
    }

    /// ICS is write-only in the manual; QEMU's (`set_interrupt_cause`) reads as ICR without its side effect.
    fn pending(&self, bar: &Bar<'_>) -> Result<u32> {
        bar.read(E1000_ICS)
    }

    fn quiet(&self, bar: &Bar<'_>) -> Result<()> {
        bar.write(E1000_IMC, u32::MAX)
    }
}
