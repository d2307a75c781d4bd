//! Configurations, and the result of the search for each: what stalls, storms or leaks, by which shortest sequence, at what
//! cost.

pub mod by_name;
pub mod configuration;
pub mod everything;
pub mod expect;
pub mod flows;
pub mod follow;
pub mod kernel;
pub mod merge;
pub mod names;
pub mod outcome;
pub(crate) mod picked;
pub mod progress;
pub mod report;
pub mod run;
pub mod searched;
pub mod select;
pub mod share;
