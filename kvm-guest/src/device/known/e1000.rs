//! Intel's 82540EM (PCI/PCI-X Family of Gigabit Ethernet Controllers Software Developer's Manual, 13.4.17 to 13.4.21).

use eoi_forward::Result;
use eoi_forward::vfio::Bar;

use crate::device::Device;

/// The device.
pub struct E1000;

const ICR: u64 = 0xc0; // clears all when read, and what is written
const ICS: u64 = 0xc8;
const IMS: u64 = 0xd0;
const IMC: u64 = 0xd8;
const LSC: u32 = 1 << 2;
const RXT0: u32 = 1 << 7;

impl Device for E1000 {
    fn name(&self) -> &'static str {
        "e1000"
    }

    fn id(&self) -> Option<(u16, u16)> {
        Some((0x8086, 0x100e))
    }

    fn causes(&self) -> [u32; 2] {
        [LSC, RXT0]
    }

    fn raise(&self, bar: &Bar<'_>, bits: u32) -> Result<()> {
        bar.write(IMS, bits)?;
        bar.write(ICS, bits)
    }

    fn clear(&self, bar: &Bar<'_>, bits: u32) -> Result<()> {
        bar.write(ICR, bits)
    }

    /// ICS is write-only in the manual; QEMU's (`set_interrupt_cause`) reads as ICR without its side effect.
    fn pending(&self, bar: &Bar<'_>) -> Result<u32> {
        bar.read(ICS)
    }

    fn quiet(&self, bar: &Bar<'_>) -> Result<()> {
        bar.write(IMC, u32::MAX)
    }
}
