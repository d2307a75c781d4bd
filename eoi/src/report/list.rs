//! `eoi check --list`: every name that the command line takes.

use std::fmt::Write;

use eoi_model::device::Device;
use eoi_model::fixes;
use eoi_model::guest::chips;
use eoi_model::irqchip;
use eoi_model::kernels;
use eoi_model::scenario::Scenario;
use eoi_model::system::Path;
use eoi_model::vmms;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::words::paragraph;
use crate::check::report::About;

/// The names that `eoi check` takes, by the options that take them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Names {
    /// The name and the version of this format.
    pub schema: Schema,
    /// The host's interrupt controllers (`--chip`).
    pub chip: Vec<About>,
    /// The host's kernels (`--kernel`).
    pub kernel: Vec<About>,
    /// Fixes that can be put on top of a kernel (`--fix`).
    pub fix: Vec<About>,
    /// Devices (`--device`).
    pub device: Vec<About>,
    /// Paths from vfio-pci to the guest and back (`--path`).
    pub path: Vec<About>,
    /// VMMs (`--vmm`).
    pub vmm: Vec<About>,
    /// Other things that the guest, the VMM or the operator does meanwhile (`--scenario`).
    pub scenario: Vec<About>,
    /// The guest's interrupt controllers (`--guest`).
    pub guest: Vec<About>,
}

/// The name and the version of the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Schema {
    /// This version.
    #[serde(rename = "eoi.names/1")]
    Names1,
}

/// The names as a text for people.
#[must_use]
pub fn text(names: &Names) -> String {
    let mut text = String::new();
    for (title, option, all) in [
        ("controllers", "chip", &names.chip),
        ("kernels", "kernel", &names.kernel),
        ("fixes", "fix", &names.fix),
        ("devices", "device", &names.device),
        ("paths", "path", &names.path),
        ("VMMs", "vmm", &names.vmm),
        ("scenarios", "scenario", &names.scenario),
        ("guest controllers", "guest", &names.guest),
    ] {
        let _ = writeln!(text, "{title} (--{option})");
        for About { name, about } in all {
            text += &paragraph(&format!("  {name:<24} "), about);
        }
        text.push('\n');
    }
    text
}

fn about(name: &str, about: &str) -> About {
    About {
        name: name.to_string(),
        about: about.to_string(),
    }
}

/// Every name, by the option that takes it.
#[must_use]
pub fn names() -> Names {
    let chips = irqchip::ALL.iter().map(|chip| {
        let names: Vec<&str> = chip.kernels.kernels().map(|kernel| kernel.name).collect();
        let kernels = if chip.kernels.is_all() {
            String::new()
        } else {
            format!(" [{}]", names.join(", "))
        };
        about(
            chip.name,
            &format!("{}: {}{kernels}", chip.prints, chip.about),
        )
    });
    let kernels = kernels::ALL.iter().map(|kernel| {
        let masks = if kernel.vfio_unlazy {
            "has the merged fix: DisINTx- devices are masked at once"
        } else {
            "masks lazily"
        };
        about(kernel.name, masks)
    });
    Names {
        schema: Schema::Names1,
        chip: chips.collect(),
        kernel: kernels.collect(),
        fix: fixes::ALL
            .iter()
            .map(|fix| about(fix.name, &format!("{}: {}", fix.letter, fix.about)))
            .collect(),
        device: Device::ALL
            .iter()
            .map(|device| about(device.name(), device.about()))
            .collect(),
        path: Path::ALL
            .iter()
            .map(|path| about(path.name(), path.about()))
            .collect(),
        vmm: vmms::ALL
            .iter()
            .map(|vmm| about(vmm.name, vmm.about))
            .collect(),
        scenario: Scenario::ALL
            .iter()
            .map(|one| about(one.name(), one.about()))
            .collect(),
        guest: chips::ALL
            .iter()
            .map(|chip| about(chip.name, chip.about))
            .collect(),
    }
}
