//! The reason why a text does not belong to the grammar.

use alloc::string::{String, ToString};
use core::fmt;

/// The reason why a text does not belong to the grammar, as a sentence that quotes the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error(String);

impl Error {
    pub(crate) fn new(why: fmt::Arguments<'_>) -> Self {
        Self(why.to_string())
    }

    /// The same, with the line of the file (counted from 1).
    pub(crate) fn in_line(self, number: usize) -> Self {
        Self::new(format_args!("line {number}: {}", self.0))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl core::error::Error for Error {}

/// An [`Error`] with a formatted sentence, as the `Err` of a result.
macro_rules! refuse {
    ($($why:tt)*) => { Err($crate::Error::new(format_args!($($why)*))) };
}
pub(crate) use refuse;
