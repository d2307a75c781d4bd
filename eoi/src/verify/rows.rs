//! The rows that are compared: drivers, devices, fixes, and the result of each row.

use std::path::Path;

use anyhow::Context;
use eoi_model::config::{Config, Path as Way};
use eoi_model::device::Device;
use eoi_model::fixes::{self, Fix};
use eoi_model::irqchip::{
    Irqchip, aplic, gic, i8259, ioapic, mips_gic, mpic, pch_pic, plic, xics, xics_on_xive, xive,
};
use eoi_model::kernels::{self, Kernel};
use eoi_model::system::System;

use super::lockstep::{Outcome, run};
use super::tables::requests;

/// A controller's driver that kernel-c can run.
#[derive(Clone, Copy)]
pub struct Driver {
    /// Its name there.
    pub name: &'static str,
    /// The model's controllers that it drives. Their hardware differs, and is handed over.
    pub chips: &'static [&'static Irqchip],
}

/// Every one of them.
pub static DRIVERS: &[Driver] = &[
    Driver {
        name: "xive",
        chips: &[&xive::XIVE, &xive::XIVE_Q, &xive::XIVE_QEMU],
    },
    Driver {
        name: "plic",
        chips: &[&plic::PLIC, &plic::PLIC_QEMU],
    },
    Driver {
        name: "gic",
        chips: &[&gic::GICV2, &gic::GICV2_EOIMODE1],
    },
    Driver {
        name: "i8259",
        chips: &[&i8259::I8259],
    },
    Driver {
        name: "gic-v3",
        chips: &[&gic::GICV3, &gic::GICV3_EOIMODE1],
    },
    Driver {
        name: "pch-pic",
        chips: &[&pch_pic::PCH_PIC],
    },
    Driver {
        name: "aplic-direct",
        chips: &[&aplic::APLIC_DIRECT, &aplic::APLIC_DIRECT_QEMU],
    },
    Driver {
        name: "aplic-msi",
        chips: &[&aplic::APLIC_MSI, &aplic::APLIC_MSI_QEMU],
    },
    Driver {
        name: "xics",
        chips: &[&xics::XICS],
    },
    Driver {
        name: "xics-pseries",
        chips: &[&xics::XICS_PSERIES],
    },
    Driver {
        name: "xics-on-xive",
        chips: &[
            &xics_on_xive::XICS_ON_XIVE,
            &xics_on_xive::XICS_ON_XIVE_QEMU,
        ],
    },
    Driver {
        name: "mpic",
        chips: &[&mpic::MPIC],
    },
    Driver {
        name: "mips-gic",
        chips: &[&mips_gic::MIPS_GIC],
    },
    Driver {
        name: "ioapic",
        chips: &[
            &ioapic::IOAPIC,
            &ioapic::IR_IOAPIC,
            &ioapic::IOAPIC_QEMU,
            &ioapic::IR_IOAPIC_QEMU,
        ],
    },
];

/// The devices that are compared: what vfio-pci tells apart.
pub const DEVICES: [Device; 3] = Device::ALL;

/// Every controller that is compared.
#[must_use]
pub fn chips() -> Vec<&'static Irqchip> {
    DRIVERS
        .iter()
        .flat_map(|driver| driver.chips.iter().copied())
        .collect()
}

/// The driver of this controller.
#[must_use]
pub fn driver_of(chip: &Irqchip) -> Option<&'static Driver> {
    DRIVERS
        .iter()
        .find(|driver| driver.chips.iter().any(|one| one.name == chip.name))
}

/// A series whose source the lab can fetch.
pub struct Release {
    /// Its name, as 6.12.
    pub series: &'static str,
    /// The model's kernel that stands for the release that the lab's lock pins.
    pub kernel: &'static str,
    /// The candidate fixes are patches of it.
    pub is_patched: bool,
}

/// Every one of them, oldest first.
pub static RELEASES: &[Release] = &[
    release("5.10", "linux-5.10", false),
    release("6.1", "linux-6.1", false),
    release("6.12", "linux-6.12.107", true),
    release("7.3", "linux-7.3", false),
];

const fn release(series: &'static str, kernel: &'static str, is_patched: bool) -> Release {
    Release {
        series,
        kernel,
        is_patched,
    }
}

/// A change to both sides: a candidate fix that was chosen, with the removal of the merged one before it. Each is a patch of the C.
///
/// # Panics
/// Never: the table of fixes has `none`.
#[must_use]
pub fn with_fix(fix: &'static Fix) -> Vec<&'static Fix> {
    let mut all = fixes::ALL.iter().copied();
    let none = all.find(|one| one.name == "none");
    let none = none.expect("the removal of the merged fix");
    if fix.name == none.name {
        vec![none]
    } else {
        vec![none, fix]
    }
}

/// The subject of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The kernel of the model.
    pub kernel: String,
    /// The fixes on top of it, in the model and as patches.
    pub fixes: Vec<String>,
    /// The controller.
    pub chip: String,
    /// The device.
    pub device: String,
}

/// Every row of `docs/verify.json`: each release as it is, and each candidate fix, for all controllers and devices.
#[must_use]
pub fn kept() -> Vec<(Key, System)> {
    let mut rows = Vec::new();
    for release in RELEASES {
        let kernel = kernels::by_name(release.kernel).expect("a kernel of the model");
        let mut changes = vec![Vec::new()];
        if release.is_patched {
            changes.extend(fixes::ALL.iter().map(|fix| with_fix(fix)));
        }
        for fixes in changes {
            for chip in chips() {
                for device in DEVICES {
                    let made = System::new(&config(kernel, &fixes, chip, device));
                    rows.extend(
                        made.ok()
                            .map(|made| (key(kernel, &fixes, chip, device), made)),
                    );
                }
            }
        }
    }
    rows
}

fn key(kernel: &Kernel, fixes: &[&Fix], chip: &Irqchip, device: Device) -> Key {
    Key {
        kernel: kernel.name.to_string(),
        fixes: fixes.iter().map(|fix| fix.name.to_string()).collect(),
        chip: chip.name.to_string(),
        device: device.name().to_string(),
    }
}

/// The model of a row: a program on vfio-pci's ABI, and a device with one cause.
#[must_use]
pub fn config<'a>(
    kernel: &'a Kernel,
    fixes: &'a [&'a Fix],
    chip: &'a Irqchip,
    device: Device,
) -> Config<'a> {
    Config {
        fixes,
        device,
        causes: 1,
        ..Config::new(chip, kernel, Way::Program)
    }
}

/// One comparison.
#[derive(Clone, Debug)]
pub struct Row {
    /// The version of the source.
    pub source: String,
    /// Its subject.
    pub key: Key,
    /// The result, or the reason why there is none.
    pub outcome: Result<Outcome, String>,
}

/// Compares one row with the program in this file. Nothing where there is no such system.
#[must_use]
pub fn compare(
    source: &str,
    (kernel, fixes): (&'static Kernel, &[&'static Fix]),
    chip: &'static Irqchip,
    device: Device,
    program: &Path,
) -> Option<Row> {
    let system = System::new(&config(kernel, fixes, chip, device)).ok()?;
    let driver = driver_of(chip)?;
    let outcome = run(&system, driver.name, &requests(chip, device), program)
        .with_context(|| format!("{} on {}", device.name(), chip.name));
    Some(Row {
        source: source.to_string(),
        key: key(kernel, fixes, chip, device),
        outcome: outcome.map_err(|error| format!("{error:#}")),
    })
}

/// A row of which there is no program, for this reason.
#[must_use]
pub fn failed(
    source: &str,
    (kernel, fixes): (&'static Kernel, &[&'static Fix]),
    chip: &'static Irqchip,
    device: Device,
    error: &anyhow::Error,
) -> Option<Row> {
    System::new(&config(kernel, fixes, chip, device)).ok()?;
    Some(Row {
        source: source.to_string(),
        key: key(kernel, fixes, chip, device),
        outcome: Err(reason(error)),
    })
}

/// The error without the directories of the machine: files have the names that they have in the tree.
fn reason(error: &anyhow::Error) -> String {
    let text = format!("{error:#}");
    let lines = text
        .lines()
        .filter(|line| !line.starts_with("the whole log is "));
    let named = lines.map(|line| line.split_once("-released/").map_or(line, |(_, name)| name));
    named.collect::<Vec<_>>().join("\n")
}
