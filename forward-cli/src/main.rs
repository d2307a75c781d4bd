//! `eoi-forward`: drives a function of this host with eoi-intx as the VMM, and shows KVM's paths without a device.
#![forbid(unsafe_code)]

mod args;
mod demo;
mod drive;
mod out;
mod progress;
mod report;
mod status;
mod target;

use std::process::ExitCode;

use anyhow::Result;
use clap::{CommandFactory, Parser};

use args::{Cli, Command};
use status::Status;

fn main() -> ExitCode {
    let status = run(Cli::parse().command).unwrap_or_else(|error| {
        out::complain(&format!("{error:#}"));
        Status::Failed
    });
    status.into()
}

fn run(command: Command) -> Result<Status> {
    match command {
        Command::Drive(wanted) => drive::run(&wanted),
        Command::Demo { rounds } => demo::run(rounds),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "eoi-forward", &mut script);
            out::print(&script)?;
            Ok(Status::Good)
        }
        Command::Man => {
            out::print(&args::man()?)?;
            Ok(Status::Good)
        }
    }
}
