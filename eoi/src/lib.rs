//! Does a level-triggered PCI interrupt that is handed to a guest keep coming? The tool's library.
#![forbid(unsafe_code)]

pub mod bounded;
pub mod check;
pub mod cli;
pub mod doctor;
pub mod document;
pub mod error;
pub mod host;
pub mod lab;
pub mod part;
pub mod report;
pub mod terminal;
pub mod text;
pub mod trace;
pub mod verbs;
pub mod verify;
