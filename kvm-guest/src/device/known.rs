//! The devices that are known by name. To add one: one file, one line in [`ALL`].

mod e1000;
mod edu;

use super::kind::Device;

/// Every device that is known.
pub static ALL: &[&dyn Device] = &[&edu::Edu, &e1000::E1000];

/// The device of this name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static dyn Device> {
    ALL.iter().copied().find(|device| device.name() == name)
}

/// The device with this PCI vendor and device ID.
#[must_use]
pub fn by_id(vendor: u16, device: u16) -> Option<&'static dyn Device> {
    ALL.iter()
        .copied()
        .find(|known| known.id() == Some((vendor, device)))
}
