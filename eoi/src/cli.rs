//! The command line.

use anyhow::{Context, Result};
use clap::{Args, CommandFactory, Error, Parser, Subcommand};
use clap_complete::Shell;

use crate::error::Status;
use crate::report;
use crate::terminal::shown;
use crate::verbs::{check, doctor, lab, trace};

/// Does a level-triggered PCI interrupt that is handed to a guest keep coming?
#[derive(Parser)]
#[command(name = "eoi", version, max_term_width = 100)]
#[command(
    after_help = "Exit status: 0 holds, 1 broken or something found, 2 wrong usage, 3 could not tell."
)]
pub struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    Check(Box<check::CheckArgs>),
    Trace(trace::TraceArgs),
    Doctor(doctor::DoctorArgs),
    Lab(lab::LabArgs),
    /// Print a completion script for a shell
    Completions(Completions),
    /// Print a manual page, in troff
    Man(Man),
}

#[derive(Args)]
struct Man {
    /// The verb that it is about, as `doctor` or `lab run` [default: eoi itself]
    verb: Vec<String>,
}

#[derive(Args)]
struct Completions {
    /// The shell
    shell: Shell,
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
            Verb::Doctor(args) => doctor::run(&args),
            Verb::Lab(args) => lab::run(args),
            Verb::Completions(Completions { shell }) => {
                let mut script = Vec::new();
                clap_complete::generate(shell, &mut Self::command(), "eoi", &mut script);
                print(&script)
            }
            Verb::Man(Man { verb }) => {
                let mut command = Self::command();
                command.build();
                for name in &verb {
                    let found = command.find_subcommand(name).cloned();
                    command =
                        found.with_context(|| format!("there is no verb '{}'", verb.join(" ")))?;
                }
                let mut page = Vec::new();
                clap_mangen::Man::new(command).render(&mut page)?;
                print(&page)
            }
        }
    }
}

fn print(bytes: &[u8]) -> Result<Status> {
    report::write(&String::from_utf8_lossy(bytes))?;
    Ok(Status::Holds)
}
