//! Configurations, and the result of the search for each: what stalls, storms or leaks, by which shortest sequence, at what
//! cost.

pub mod configuration;
pub mod kernel;
pub mod merge;
pub mod names;
pub mod outcome;
pub mod progress;
pub mod searched;
pub mod select;
