//! The verbs of the command line, one file each: what it takes, whom it asks, how it answers.

pub mod check;
pub mod doctor;
pub mod lab;
pub mod trace;
