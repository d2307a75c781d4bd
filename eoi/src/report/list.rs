//! `eoi check --list`: every name that the command line takes.

use std::fmt::Write;

use anyhow::Result;
use eoi_model::device::Device;
use eoi_model::fixes;
use eoi_model::guest::chips;
use eoi_model::irqchip;
use eoi_model::kernels;
use eoi_model::scenario::Scenario;
use eoi_model::system::Path;

use crate::error::Status;

fn section<'a>(text: &mut String, title: &str, rows: impl Iterator<Item = (&'a str, String)>) {
    let _ = writeln!(text, "{title}");
    for (name, about) in rows {
        let _ = writeln!(text, "  {name:<24} {about}");
    }
    text.push('\n');
}

/// Prints the list.
///
/// # Errors
/// stdout cannot be written.
pub fn print() -> Result<Status> {
    let mut text = String::new();
    let chips = irqchip::ALL.iter().map(|chip| {
        let kernels = if chip.kernels.is_empty() { String::new() } else { format!(" [{}]", chip.kernels.join(", ")) };
        (chip.name, format!("{}: {}{kernels}", chip.prints, chip.about))
    });
    section(&mut text, "controllers (--chip)", chips);
    let kernels = kernels::ALL.iter().map(|kernel| {
        let masks =
            if kernel.vfio_unlazy { "has the merged fix: DisINTx- devices are masked at once" } else { "masks lazily" };
        (kernel.name, masks.to_string())
    });
    section(&mut text, "kernels (--kernel)", kernels);
    section(
        &mut text,
        "fixes (--fix)",
        fixes::ALL.iter().map(|fix| (fix.name, format!("{}: {}", fix.letter, fix.about))),
    );
    section(&mut text, "devices (--device)", Device::ALL.iter().map(|d| (d.name(), d.about().to_string())));
    section(&mut text, "paths (--path)", Path::ALL.iter().map(|path| (path.name(), path.about().to_string())));
    section(&mut text, "scenarios (--scenario)", Scenario::ALL.iter().map(|s| (s.name(), s.about().to_string())));
    section(&mut text, "guest controllers (--guest)", chips::ALL.iter().map(|c| (c.name, c.about.to_string())));
    super::write(&text)?;
    Ok(Status::Holds)
}
