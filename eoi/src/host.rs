//! A host by its files: what /proc and /sys, a capture or a report of lspci say, and what follows from them.
//!
//! A [`Tree`] is where files are read; [`Host::read`] is what they say, with one file of this room for each kind of file:
//! [`interrupts`], [`pci`], [`function`], [`mod@line`]. [`Disintx`], [`Chips`] and [`Kernel`] are conclusions that need no
//! verdict of the model, each with the [`Evidence`] it rests on. `eoi doctor` and `eoi check --here` stand on this room,
//! and it knows neither. Nothing is ever written to a host, its configuration space included.

pub mod archive;
pub mod chips;
pub mod disintx;
pub mod evidence;
pub mod function;
pub mod interrupts;
pub mod kernel;
pub mod line;
pub mod log;
pub mod lspci;
pub mod module;
pub mod node;
pub mod os;
pub mod owner;
pub mod paths;
pub mod pci;
pub mod quirks;
pub mod reading;
pub mod tree;
pub mod vm;

pub use chips::Chips;
pub use disintx::Disintx;
pub use evidence::Evidence;
pub use function::Function;
pub use kernel::{Fixed, Kernel};
pub use node::Node;
pub use reading::{Host, Request, Told};
pub use tree::Tree;
