//! `eoi completions`: a shell's script, and the answers to its questions.
//!
//! The script hands the words up to the cursor back to this program, so that the names are always those that the program
//! knows, and the addresses those that the host has. The two speak a line a candidate: the text, a tab, and its meaning.

use std::ffi::OsString;

use anyhow::{Context, Result};
use clap::{Args, Command};
use clap_complete::Shell;
use clap_complete::engine::{CompletionCandidate, complete};

use crate::error::Status;
use crate::verbs::manual;
use crate::{report, terminal};

/// Print a completion script for a shell
///
/// In bash: source <(eoi completions bash). In zsh: source <(eoi completions zsh). In fish: eoi completions fish |
/// source. These three complete names and PCI addresses, the others options only.
#[derive(Args)]
#[command(after_help = manual::short("completions"), after_long_help = manual::long("completions"))]
pub struct CompletionsArgs {
    /// The shell
    shell: Shell,
    /// Words of a command up to the cursor: print the candidates for the last of them, as the script asks for it
    #[arg(last = true, value_name = "WORD")]
    words: Vec<OsString>,
}

/// Runs the verb.
///
/// # Errors
/// stdout cannot be written.
pub fn run(args: CompletionsArgs, mut command: Command) -> Result<Status> {
    if args.words.is_empty() {
        report::write(&script(args.shell, &mut command))?;
    } else {
        terminal::write_pairs(&candidates(args.words, &mut command))
            .context("cannot write to stdout")?;
    }
    Ok(Status::Holds)
}

fn script(shell: Shell, command: &mut Command) -> String {
    match shell {
        Shell::Bash => include_str!("completions/eoi.bash").to_string(),
        Shell::Zsh => include_str!("completions/eoi.zsh").to_string(),
        Shell::Fish => include_str!("completions/eoi.fish").to_string(),
        _ => {
            let mut script = Vec::new();
            clap_complete::generate(shell, command, "eoi", &mut script);
            String::from_utf8_lossy(&script).into_owned()
        }
    }
}

/// The candidates for the last of these words, each with its meaning; none where the words before it make no sense.
fn candidates(words: Vec<OsString>, command: &mut Command) -> Vec<(String, String)> {
    let (last, here) = (words.len() - 1, std::env::current_dir().ok());
    let found = complete(command, words, last, here.as_deref()).unwrap_or_default();
    let pair = |candidate: &CompletionCandidate| {
        let value = candidate.get_value().to_string_lossy().into_owned();
        let help = candidate
            .get_help()
            .map(ToString::to_string)
            .unwrap_or_default();
        (value, help.lines().next().unwrap_or_default().to_string())
    };
    found.iter().map(pair).collect()
}
