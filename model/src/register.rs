//! Registers of the host's controllers, and firmware calls about them, by the names of their
//! manuals and drivers.

use crate::irqchip::Access;

/// A register or a firmware call. A driver's callback reads, writes or calls it through
/// [`World`](crate::world::World).
#[derive(Clone, Copy, Debug)]
pub struct Register {
    /// The name.
    pub name: &'static str,
    /// The access to the pin that touching it makes, if it makes one.
    pub access: Option<Access>,
}

impl Register {
    /// One that leaves the pin alone.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self { name, access: None }
    }

    /// One that does this to the pin.
    #[must_use]
    pub const fn on_pin(name: &'static str, access: Access) -> Self {
        Self {
            name,
            access: Some(access),
        }
    }
}
