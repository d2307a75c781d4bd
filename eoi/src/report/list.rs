//! `eoi check --list`: every name that the command line takes.

use std::fmt::Write;

use anyhow::{Result, bail};
use eoi_model::device::Device;
use eoi_model::fixes;
use eoi_model::guest::chips;
use eoi_model::irqchip;
use eoi_model::kernels;
use eoi_model::scenario::Scenario;
use eoi_model::system::Path;
use serde_json::{Map, Value, json};

use crate::error::Status;
use crate::report::format::Format;

/// Names of one kind: what they are, the option that takes them, each with what it is about.
type Section = (&'static str, &'static str, Vec<(&'static str, String)>);

/// Prints the list.
///
/// # Errors
/// stdout cannot be written, or a format that has no lists.
pub fn print(format: Format) -> Result<Status> {
    super::write(&match format {
        Format::Text => text(&sections()),
        Format::Json => json(sections())?,
        Format::Ktap => bail!("--list is no test; take --format text or json"),
    })?;
    Ok(Status::Holds)
}

fn text(sections: &[Section]) -> String {
    let mut text = String::new();
    for (title, option, rows) in sections {
        let _ = writeln!(text, "{title} (--{option})");
        for (name, about) in rows {
            let _ = writeln!(text, "  {name:<24} {about}");
        }
        text.push('\n');
    }
    text
}

/// `eoi.names/1`: by option, each name with what it is about.
fn json(sections: Vec<Section>) -> Result<String> {
    let named = |(name, about)| json!({ "name": name, "about": about });
    let mut names = Map::from_iter([("schema".to_string(), Value::from("eoi.names/1"))]);
    let each = sections.into_iter();
    names.extend(each.map(|(_, option, rows)| (option.to_string(), rows.into_iter().map(named).collect())));
    super::json(&names)
}

fn sections() -> Vec<Section> {
    let chips = irqchip::ALL.iter().map(|chip| {
        let kernels = if chip.kernels.is_empty() { String::new() } else { format!(" [{}]", chip.kernels.join(", ")) };
        (chip.name, format!("{}: {}{kernels}", chip.prints, chip.about))
    });
    let kernels = kernels::ALL.iter().map(|kernel| {
        let masks =
            if kernel.vfio_unlazy { "has the merged fix: DisINTx- devices are masked at once" } else { "masks lazily" };
        (kernel.name, masks.to_string())
    });
    let fixes = fixes::ALL.iter().map(|fix| (fix.name, format!("{}: {}", fix.letter, fix.about)));
    let about = |name, about: &str| (name, about.to_string());
    vec![
        ("controllers", "chip", chips.collect()),
        ("kernels", "kernel", kernels.collect()),
        ("fixes", "fix", fixes.collect()),
        ("devices", "device", Device::ALL.iter().map(|device| about(device.name(), device.about())).collect()),
        ("paths", "path", Path::ALL.iter().map(|path| about(path.name(), path.about())).collect()),
        ("scenarios", "scenario", Scenario::ALL.iter().map(|one| about(one.name(), one.about())).collect()),
        ("guest controllers", "guest", chips::ALL.iter().map(|chip| about(chip.name, chip.about)).collect()),
    ]
}
