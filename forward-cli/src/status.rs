//! The program's exit status.

use std::process::ExitCode;

/// The program's exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// The line keeps coming, or the program did the work that it was asked for.
    Good = 0,
    /// The line stalls.
    Stalls = 1,
    /// It could not be tried.
    Failed = 2,
    /// This host cannot.
    Cannot = 3,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(status as u8)
    }
}
