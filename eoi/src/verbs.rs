//! The verbs of the command line, one file each: what it takes, whom it asks, how it answers.

pub mod candidates;
pub mod check;
pub mod completions;
pub mod doctor;
pub mod lab;
pub mod man;
pub mod manual;
pub mod trace;
pub mod verify;
