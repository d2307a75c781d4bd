//! The doctor: what is wrong with the line of a function that is handed to a guest, on this host or on a captured one.
//!
//! [`crate::host`] says what the host's files say; [`seen::Seen`] is what the rules are given; [`rules`] find, each by its
//! stable name; [`diagnose`] is one run. Verdicts about the line are the search's ([`models`]), asked for the
//! configurations that the host may be.

pub mod diagnosis;
pub mod finding;
pub mod models;
pub mod rules;
pub mod seen;
pub mod watch;

pub use diagnosis::{Diagnosis, Unseen, diagnose};
pub use finding::{Finding, Severity};
