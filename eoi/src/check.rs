//! Cases, and what the search says of them: what stalls, storms or leaks, by which shortest sequence, at what cost.

pub mod case;
pub mod host;
pub mod kernel;
pub mod merge;
pub mod names;
pub mod outcome;
pub mod progress;
pub mod searched;
pub mod select;
