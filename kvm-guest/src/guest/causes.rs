//! The function behind the guest's registers.

use rustix::io::Result;

/// The function behind the guest's registers.
pub trait Causes: Sync {
    /// The causes that are up.
    ///
    /// # Errors
    /// The function cannot be read.
    fn pending(&self) -> Result<u32>;
    /// Clears the causes in `bits`.
    ///
    /// # Errors
    /// The function cannot be written.
    fn clear(&self, bits: u32) -> Result<()>;
    /// The VMM's own controller saw the guest end an interrupt, and has not looked at its line again. A vCPU's thread calls it,
    /// without a lock.
    ///
    /// # Errors
    /// The VMM could not do its part.
    fn eoi(&self) -> Result<()> {
        Ok(())
    }
}
