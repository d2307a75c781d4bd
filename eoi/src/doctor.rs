//! `eoi doctor`: what is wrong with the line of a function that is handed to a guest, on this host or on a captured one.

pub mod host;
pub mod interrupts;
pub mod lspci;
pub mod pci;
pub mod tree;
