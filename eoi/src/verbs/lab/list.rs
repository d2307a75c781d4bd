//! `eoi lab list`: every cell, for people and as the job matrix of a CI system.

use anyhow::Result;
use clap::Args;

use super::args::ChoiceArgs;
use crate::error::Status;
use crate::report;
use crate::report::format::ListFormat;
use crate::verbs::manual;

/// The options of `eoi lab list`.
#[derive(Args)]
#[command(after_help = manual::short("lab list"), after_long_help = manual::long("lab list"))]
pub struct ListArgs {
    #[command(flatten)]
    choice: ChoiceArgs,
    /// Output format
    #[arg(long, value_enum, default_value_t)]
    format: ListFormat,
}

/// Prints the list.
///
/// # Errors
/// A name that nothing has.
pub fn run(args: &ListArgs) -> Result<Status> {
    let share = args.choice.share()?;
    report::lab::progress::left_out(&share.left_out);
    report::lab::list::write(&share.cells, args.format)?;
    Ok(Status::Holds)
}
