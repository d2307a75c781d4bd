//! Exit status, and errors that say what to do.

use std::fmt;
use std::process::ExitCode;

use crate::terminal;

/// The exit status of the tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// 0: everything that was asked about holds.
    Holds,
    /// 1: something is broken, or something was found.
    Found,
    /// 2: wrong usage, or input that cannot be read.
    Usage,
    /// 3: it could not be told.
    Unknown,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(status as u8)
    }
}

impl Status {
    /// 1 if something was found.
    #[must_use]
    pub const fn found(found: bool) -> Self {
        if found { Self::Found } else { Self::Holds }
    }

    /// The status that an error stands for: 3 if it carries [`CannotTell`], else 2.
    #[must_use]
    pub fn of(error: &anyhow::Error) -> Self {
        if error.is::<CannotTell>() {
            Self::Unknown
        } else {
            Self::Usage
        }
    }
}

/// The input was fine and does not answer the question.
#[derive(Debug)]
pub struct CannotTell(pub String);

impl fmt::Display for CannotTell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for CannotTell {}

/// An error that is none of the user's: a disk, an archive or a program that is not there leaves the question open.
#[must_use]
pub fn cannot_tell(error: &anyhow::Error) -> anyhow::Error {
    CannotTell(format!("{error:#}")).into()
}

/// Prints an error and its causes to stderr.
pub fn complain(error: &anyhow::Error) {
    terminal::note(format_args!("{error:#}"));
}
