//! The doctor: what is wrong with the line of a function that is handed to a guest, on this host or on a captured one.
//!
//! A [`Tree`] is where files are read; a [`Host`] is what they say; [`seen::Seen`] is what is concluded from it; [`rules`]
//! find, each by its stable name; [`diagnose`] is one run. Verdicts about the line are the search's ([`models`]), asked
//! for the configurations that the host may be. Nothing is ever written to the host, its configuration space included.

pub mod diagnosis;
pub mod finding;
pub mod host;
pub mod interrupts;
pub mod kernel;
pub mod lspci;
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
