//! PCI functions that raise their interrupt when they are told to, as QEMU emulates them, and any other by a script.

mod kind;
mod known;
mod script;

pub use kind::Device;
pub use known::{ALL, by_id, by_name};
pub use script::Script;
