//! The doctor: what is wrong with the line of a function that is handed to a guest, on this host or on a captured one.
//!
//! [`crate::host`] says what the host's files say; [`seen::Seen`] is what the rules are given; [`rules`] find, each by its
//! stable name; [`page::Page`] explains a rule; [`diagnose`] is one run, and [`Diagnosis`] its result as data. Verdicts about
//! the line are the search's ([`models`]), asked for the configurations that the host may be.

pub mod answer;
pub mod diagnosis;
pub mod examine;
pub mod finding;
pub mod models;
pub mod open;
pub mod page;
pub mod rules;
pub mod seen;
pub mod watch;

pub use diagnosis::{Diagnosis, Unseen};
pub use examine::{diagnose, diagnose_over};
pub use finding::{Finding, Severity};
