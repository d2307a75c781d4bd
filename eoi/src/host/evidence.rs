//! Evidence: the file, the line and the words that a conclusion rests on.

use serde::Serialize;

/// Something that was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// The file, without a leading slash.
    pub path: String,
    /// The line in it, from 1, where it has more than one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// What stands there, or what that means.
    pub text: String,
}

impl Evidence {
    /// A file and what it says.
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        Self { path: path.into(), line: None, text: text.into() }
    }

    /// One line of a file.
    pub fn at(path: impl Into<String>, line: Option<usize>, text: impl Into<String>) -> Self {
        Self { line, ..Self::new(path, text) }
    }
}
