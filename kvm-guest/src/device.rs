//! PCI functions that raise their interrupt when they are told to, as QEMU emulates them, and any other by a script.
//!
//! To add a device: one file, one line in [`ALL`].

mod e1000;
mod edu;
mod kind;
mod script;

pub use kind::Device;
pub use script::Script;

/// Every kind that is known.
pub static ALL: &[&dyn Device] = &[&edu::Edu, &e1000::E1000];

/// The device of this name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static dyn Device> {
    ALL.iter().copied().find(|device| device.name() == name)
}

/// The device with this PCI vendor and device ID.
#[must_use]
pub fn by_id(vendor: u16, device: u16) -> Option<&'static dyn Device> {
    ALL.iter().copied().find(|known| known.id() == Some((vendor, device)))
}
