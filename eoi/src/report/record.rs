//! What `eoi trace --record` says.

use std::fmt::Write;

use anyhow::Result;
use eoi_model::irqchip::Irqchip;
use serde_json::json;

use crate::report::format::Format;

/// Writes the commands to stdout.
///
/// # Errors
/// stdout cannot be written.
pub fn write(format: Format, commands: &[(Vec<&'static Irqchip>, String)]) -> Result<()> {
    super::write(&if format == Format::Json { json(commands)? } else { text(commands) })
}

fn names(chips: &[&'static Irqchip]) -> Vec<&'static str> {
    chips.iter().map(|chip| chip.name).collect()
}

/// `eoi.record/1`
fn json(commands: &[(Vec<&'static Irqchip>, String)]) -> Result<String> {
    let commands: Vec<_> =
        commands.iter().map(|(chips, command)| json!({ "chips": names(chips), "command": command })).collect();
    super::json(&json!({ "schema": "eoi.record/1", "commands": commands }))
}

/// Commands that a shell takes as they stand; the rest is comments.
fn text(commands: &[(Vec<&'static Irqchip>, String)]) -> String {
    let mut text = String::from(
        "# As root, with vfio-pci and kvm loaded. Stop with Ctrl-C, then: eoi trace trace.dat\n\
         # Where trace-cmd says that an event or a function is not available, leave it out.\n",
    );
    for (chips, command) in commands {
        let _ = writeln!(text, "# {}\n{command}", names(chips).join(", "));
    }
    text
}
