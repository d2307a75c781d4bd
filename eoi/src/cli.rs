//! The command line.

use anyhow::Result;
use clap::{CommandFactory, Error, Parser, Subcommand};

use crate::error::Status;
use crate::terminal::shown;
use crate::verbs::{check, completions, doctor, lab, man, manual, trace, verify};

/// Does a level-triggered PCI interrupt that is handed to a guest keep coming?
#[derive(Parser)]
#[command(name = "eoi", version, max_term_width = 100)]
#[command(after_help = manual::short(""), after_long_help = manual::long(""))]
pub struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    Check(Box<check::CheckArgs>),
    Trace(trace::TraceArgs),
    Verify(verify::VerifyArgs),
    Doctor(doctor::DoctorArgs),
    Lab(lab::LabArgs),
    Completions(completions::CompletionsArgs),
    Man(man::ManArgs),
}

impl Cli {
    /// Reads the command line, or says what is wrong with it and ends.
    #[must_use]
    pub fn read() -> Self {
        let read = |error: Error| {
            // An error repeats what was written. Said of the same words with everything visible, it is the same error.
            let visible =
                std::env::args_os().map(|word| shown(&word.to_string_lossy()).to_string());
            Self::try_parse_from(visible).err().unwrap_or(error).exit()
        };
        Self::try_parse().unwrap_or_else(read)
    }

    /// Does what was asked.
    ///
    /// # Errors
    /// Whatever stands in the way, with what to do about it.
    pub fn run(self) -> Result<Status> {
        match self.verb {
            Verb::Check(args) => check::run(&args),
            Verb::Trace(args) => trace::run(&args),
            Verb::Verify(args) => verify::run(&args),
            Verb::Doctor(args) => doctor::run(&args),
            Verb::Lab(args) => lab::run(args),
            Verb::Completions(args) => completions::run(args, Self::command()),
            Verb::Man(args) => man::run(&args, Self::command()),
        }
    }
}
