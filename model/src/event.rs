//! Events: everything that can happen, each one critical section or one bus transaction.
//!
//! The names are the trace format and never change their meaning.

use crate::system::System;

mod info;
mod table;
pub(crate) mod when;

use info::Cites;
pub use info::{EventInfo, Kind, Role};
pub use table::EVENTS;

/// One event of one function (or of its line).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Event(u8);

const FUNCTION: u8 = 0x80;

impl System {
    /// Where the mechanism of this event stands: a file of Linux 6.12 and a function in it, of QEMU
    /// 10.0 for `hw/`, or a section of PCI 2.3. Where other releases differ is in
    /// [`crate::kernels`].
    #[must_use]
    pub fn cites(&self, event: Event) -> &'static str {
        match event.info().cites {
            Cites::Source(cites) => cites,
            Cites::Chip(cites) => cites(&self.chip),
        }
    }
}

impl Event {
    /// The event `index` of [`EVENTS`] at this function.
    #[must_use]
    pub const fn new(index: usize, function: usize) -> Self {
        Self(index as u8 | if function == 0 { 0 } else { FUNCTION })
    }

    /// The event of this name at function 0.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        EVENTS
            .iter()
            .position(|info| info.name == name)
            .map(|index| Self::new(index, 0))
    }

    /// Its entry in [`EVENTS`].
    #[must_use]
    pub fn info(self) -> &'static EventInfo {
        &EVENTS[(self.0 & !FUNCTION) as usize]
    }

    /// The guest clears what it was interrupted for.
    #[must_use]
    pub fn is_service(self) -> bool {
        matches!(self.info().role, Role::Service | Role::ServiceOfEmulated)
    }

    /// The function that it happens to.
    #[must_use]
    pub const fn function(self) -> usize {
        (self.0 / FUNCTION) as usize
    }
}

const _: () = assert!(EVENTS.len() <= FUNCTION as usize);
