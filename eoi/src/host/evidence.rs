//! Evidence: the file, the line and the words that a conclusion rests on.

use schemars::JsonSchema;
use serde::Serialize;

/// A file, and what it shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Evidence {
    /// The file, without a leading slash.
    pub file: String,
    /// The number of the line, from 1, where the file has more than one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// The text that stands there, or its meaning.
    pub text: String,
}

impl Evidence {
    /// A file and what it says.
    pub fn new(file: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            line: None,
            text: text.into(),
        }
    }

    /// One line of a file.
    pub fn at(file: impl Into<String>, line: Option<usize>, text: impl Into<String>) -> Self {
        Self {
            line,
            ..Self::new(file, text)
        }
    }
}
