//! `eoi lab`: which cells, how they are run, how their results are written.

use anyhow::Result;
use clap::{Args, Subcommand};

use crate::error::{Status, cannot_tell};
use crate::lab::process::stopped;
use crate::lab::room;
use crate::verbs::manual;

pub(super) mod args;
mod clean;
mod fetch;
mod list;
mod merge;
mod run;
mod show;
mod status;

/// Run real kernels in emulated machines, beside the model
///
/// Needs no root, no hardware and no KVM. `fetch` brings emulators, kernels and a toolchain from the Debian archive into
/// the lab's own cache and installs nothing.
#[derive(Args)]
#[command(after_help = manual::short("lab"), after_long_help = manual::long("lab"))]
pub struct LabArgs {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Show what can be run: the job matrix
    List(list::ListArgs),
    /// Bring what the lab needs into its cache
    Fetch(fetch::FetchArgs),
    /// Remove from the cache what is not needed any more
    ///
    /// Without options, this removes the packages that were fetched for another lock than this eoi's. While another `eoi lab`
    /// uses the cache, nothing is removed.
    Clean(clean::CleanArgs),
    /// Run cells and compare them with the model
    Run(Box<run::RunArgs>),
    /// Show a run that was kept
    Show(show::ShowArgs),
    /// Join the results of the parts, or of single cells, of one run
    Merge(merge::MergeArgs),
}

/// Runs the verb.
///
/// # Errors
/// Wrong usage, or what cannot be fetched, built or read.
pub fn run(args: LabArgs) -> Result<Status> {
    let done = match args.verb {
        Verb::List(args) => list::run(&args),
        Verb::Fetch(args) => fetch::run(&args),
        Verb::Clean(args) => clean::run(&args),
        Verb::Run(args) => run::run(*args),
        Verb::Show(args) => show::run(&args),
        Verb::Merge(args) => merge::run(&args),
    };
    // Whatever went wrong after ^C or on a full disk is nobody's wrong usage.
    done.map_err(|error| {
        if stopped() || room::is_full(&error) {
            cannot_tell(&error)
        } else {
            error
        }
    })
}
