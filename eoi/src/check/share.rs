//! The part of a check that one machine took.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::part;

/// Which part of a check a report is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Share {
    /// The part.
    pub part: part::Part,
    /// The titles of every configuration of the whole check, in its order.
    pub whole: Vec<String>,
}
