//! The exit status that results stand for.

use crate::error::Status;
use crate::lab::results::Results;

/// A machine that says nothing leaves the question open; one that disagrees is an answer.
pub(super) fn status(results: &Results) -> Status {
    if results.rows.iter().any(|row| !row.agrees) {
        Status::Found
    } else if results.failures.is_empty() && results.undone.is_empty() {
        Status::Holds
    } else {
        Status::Unknown
    }
}
