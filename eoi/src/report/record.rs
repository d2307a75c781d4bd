//! `eoi trace --record`: the commands that record what a controller's row can be told from.

use std::fmt::Write;

use anyhow::Result;
use eoi_model::irqchip::Irqchip;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::report::format::Format;

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
}

/// Writes the commands to stdout.
///
/// # Errors
/// stdout cannot be written.
pub fn write(format: Format, commands: &[(Vec<&'static Irqchip>, String)]) -> Result<()> {
    let record = Record {
        schema: Schema::Record1,
        commands: commands
            .iter()
            .map(|(chips, command)| Recording {
                chips: chips.iter().map(|chip| chip.name.to_string()).collect(),
                command: command.clone(),
            })
            .collect(),
    };
    super::write(&if format == Format::Json { super::json::text(&record)? } else { text(&record) })
}

/// Commands that a shell takes as they stand; the rest is comments.
fn text(record: &Record) -> String {
    let mut text = String::from(
        "# As root, with vfio-pci and kvm loaded. Stop with Ctrl-C, then: eoi trace trace.dat\n\
         # Where trace-cmd says that an event or a function is not available, leave it out.\n",
    );
    for Recording { chips, command } in &record.commands {
        let _ = writeln!(text, "# {}\n{command}", chips.join(", "));
    }
    text
}
