//! QEMU's educational device (docs/specs/edu.rst).

use eoi_forward::Result;
use eoi_forward::vfio::Bar;

use crate::device::Device;

/// The device.
pub struct Edu;

const STATUS: u64 = 0x24;
const RAISE: u64 = 0x60;
const ACKNOWLEDGE: u64 = 0x64;

impl Device for Edu {
    fn name(&self) -> &'static str {
        "edu"
    }

    fn id(&self) -> Option<(u16, u16)> {
        Some((0x1234, 0x11e8))
    }

    fn causes(&self) -> [u32; 2] {
        [1, 2]
    }

    fn raise(&self, bar: &Bar<'_>, bits: u32) -> Result<()> {
        bar.write(RAISE, bits)
    }

    fn clear(&self, bar: &Bar<'_>, bits: u32) -> Result<()> {
        bar.write(ACKNOWLEDGE, bits)
    }

    fn pending(&self, bar: &Bar<'_>) -> Result<u32> {
        bar.read(STATUS)
    }
}
