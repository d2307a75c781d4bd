//! The registers of a function that can be made to interrupt.

use eoi_forward::Result;
use eoi_forward::vfio::Bar;

/// A kind of function that interrupts for causes, which are bits of its status register.
pub trait Device: Sync {
    /// The name that QEMU's `-device` has for it.
    fn name(&self) -> &'static str;
    /// PCI vendor and device ID; `None` where it may be any.
    fn id(&self) -> Option<(u16, u16)> {
        None
    }
    /// The BAR that has its registers, 0 to 5.
    fn bar(&self) -> u8 {
        0
    }
    /// The bits of two causes. They are equal where it has only one.
    fn causes(&self) -> [u32; 2];
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
