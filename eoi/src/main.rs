//! The `eoi` binary: parses the command line and exits with the status that the help promises.

use std::process::ExitCode;

use eoi::cli::Cli;
use eoi::error::{Status, complain};

fn main() -> ExitCode {
    match Cli::read().run() {
        Ok(status) => status.into(),
        Err(error) => {
            complain(&error);
            Status::of(&error).into()
        }
    }
}
