//! The reasons why a step was not done.

use eoi_forward::{Errno, Refusal};
use eoi_intx::Failure;

/// The reason why a step was not done.
pub enum Failed {
    /// The kernel refused it; the case ends.
    Refused(Errno),
    /// The case cannot go on, or says nothing. It ends, and the next one may be better.
    Spoilt(anyhow::Error),
    /// Nothing that follows would mean anything.
    Fatal(anyhow::Error),
}

impl From<Errno> for Failed {
    fn from(errno: Errno) -> Self {
        Self::Refused(errno)
    }
}

impl From<Failure<Refusal>> for Failed {
    fn from(failure: Failure<Refusal>) -> Self {
        Self::Refused(failure.error.errno())
    }
}

impl From<anyhow::Error> for Failed {
    fn from(error: anyhow::Error) -> Self {
        Self::Fatal(error)
    }
}

impl From<Failed> for anyhow::Error {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Fatal(error) | Failed::Spoilt(error) => error,
            Failed::Refused(errno) => errno.into(),
        }
    }
}
