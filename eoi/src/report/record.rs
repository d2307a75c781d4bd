//! `eoi trace --record`: the commands that make a recording which `eoi trace` can judge.

use std::fmt::Write;

use anyhow::Result;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::report::format::TraceFormat;
use crate::report::words::fill;
use crate::trace::record::{Command, broken};

/// Commands that record what `eoi trace` reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Record {
    /// The name and the version of this format.
    pub schema: Schema,
    /// The commands. One of them fits a host: the one that names its controller.
    pub commands: Vec<Recording>,
}

/// The name and the version of the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Schema {
    /// This version.
    #[serde(rename = "eoi.record/1")]
    Record1,
}

/// A command for some controllers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Recording {
    /// The controllers that it is for, by their names in `eoi check --list`.
    pub chips: Vec<String>,
    /// The command as a shell takes it, to be run as root.
    pub command: String,
    /// With `--here` or `--root`: the functions and events that the command leaves out, since this kernel cannot trace
    /// them.
    pub left_out: Vec<String>,
    /// With `--here` or `--root`: remarks on what is not known of the kernel, a sentence each.
    pub remarks: Vec<String>,
}

/// Writes the commands to stdout.
///
/// # Errors
/// stdout cannot be written.
pub fn write(format: TraceFormat, commands: Vec<Command>) -> Result<()> {
    let commands = commands.into_iter().map(
        |Command {
             chips,
             line,
             left_out,
             remarks,
         }| Recording {
            chips: chips.iter().map(|chip| chip.name.to_string()).collect(),
            command: line,
            left_out,
            remarks,
        },
    );
    let record = Record {
        schema: Schema::Record1,
        commands: commands.collect(),
    };
    super::write(&if format == TraceFormat::Json {
        super::json::text(&record)?
    } else {
        text(&record)
    })
}

/// Commands that a shell takes as they stand; the rest is comments.
fn text(record: &Record) -> String {
    let mut text = comment(
        "Run this as root, while vfio-pci and kvm are loaded. Stop it with Ctrl-C when the interrupts have stopped coming. \
         Then run: eoi trace trace.dat",
    );
    text +=
        &comment("If trace-cmd says that a function or an event is not available, leave it out.");
    for Recording {
        chips,
        command,
        left_out,
        remarks,
    } in &record.commands
    {
        text += &format!("\n{}", comment(&format!("For {}:", chips.join(", "))));
        if !left_out.is_empty() {
            text += &comment(&format!(
                "This kernel cannot trace, so left out: {}",
                left_out.join(", ")
            ));
        }
        remarks.iter().for_each(|remark| text += &comment(remark));
        let _ = writeln!(text, "{}", broken(command));
    }
    text
}

/// A comment of a shell, in lines of 80 columns.
fn comment(says: &str) -> String {
    fill(says, 78)
        .iter()
        .map(|line| format!("# {line}\n"))
        .collect()
}
