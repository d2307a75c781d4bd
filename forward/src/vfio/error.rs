//! The reason why a function cannot be opened or reached.

use std::{error, fmt, io};

/// An attempt that failed: the call, the file, and the kernel's error as its source, where there is one.
#[derive(Debug)]
pub struct Error {
    tried: String,
    cause: Option<io::Error>,
}

impl Error {
    /// One that the kernel has no part in.
    pub(super) fn new(tried: impl Into<String>) -> Self {
        Self {
            tried: tried.into(),
            cause: None,
        }
    }

    /// The kernel's error, for `map_err`.
    pub(super) fn of<E: Into<io::Error>>(tried: impl FnOnce() -> String) -> impl FnOnce(E) -> Self {
        |cause| Self {
            tried: tried(),
            cause: Some(cause.into()),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.tried)
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        self.cause.as_ref().map(|cause| cause as _)
    }
}
