//! `eoi doctor`: what is wrong with the line of a function that is handed to a guest, on this host or on a captured one.

pub mod diagnosis;
pub mod finding;
pub mod host;
pub mod interrupts;
pub mod kernel;
pub mod models;
pub mod pci;
pub mod quirks;
pub mod rules;
pub mod seen;
pub mod tree;
pub mod watch;

pub use diagnosis::{Diagnosis, Unseen, diagnose};
pub use finding::{Evidence, Finding, Severity};
pub use host::{Host, Request};
pub use tree::{Node, Tree};
