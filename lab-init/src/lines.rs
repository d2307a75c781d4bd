//! The masks of one function, which any thread may use.

use eoi_forward::vfio::{self, Intx};
use eoi_forward::{Eventfd, Result};

/// The masks of one function, which any thread may use.
#[derive(Clone, Copy)]
pub struct Lines<'a> {
    /// The function.
    pub vfio: &'a vfio::Device,
    /// The eventfd that unmasks, where the case has one.
    pub eventfd: Option<&'a Eventfd>,
}

impl Lines<'_> {
    /// Masks.
    pub fn mask(&self) -> Result<()> {
        self.vfio.intx(Intx::Mask)
    }

    /// Unmasks in the way of the case.
    pub fn unmask(&self) -> Result<()> {
        match self.eventfd {
            Some(eventfd) => eventfd.signal(),
            None => self.vfio.intx(Intx::Unmask),
        }
    }
}
