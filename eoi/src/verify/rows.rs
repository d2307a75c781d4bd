//! The rows that are compared: drivers, devices, fixes, and the result of each row.

use std::path::Path;

use anyhow::{Context, Result};
use eoi_model::config::{Config, Path as Way};
use eoi_model::device::Device;
use eoi_model::fixes::Fix;
use eoi_model::irqchip::{
    Irqchip, aplic, gic, i8259, ioapic, mips_gic, mpic, pch_pic, plic, xics, xics_on_xive, xive,
};
use eoi_model::kernels::Kernel;
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

/// One comparison.
#[derive(Clone, Debug)]
pub struct Row {
    /// The kernel of the model.
    pub kernel: &'static str,
    /// The fixes on top of it, in the model and as patches.
    pub fixes: Vec<&'static str>,
    /// The controller.
    pub chip: &'static str,
    /// The device.
    pub device: &'static str,
    /// The result.
    pub outcome: Outcome,
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

/// Compares one row with the program in this file. Nothing where there is no such system.
///
/// # Errors
/// The program fails.
pub fn compare(
    kernel: &'static Kernel,
    fixes: &[&'static Fix],
    chip: &'static Irqchip,
    device: Device,
    program: &Path,
) -> Result<Option<Row>> {
    let Ok(system) = System::new(&config(kernel, fixes, chip, device)) else {
        return Ok(None);
    };
    let Some(driver) = driver_of(chip) else {
        return Ok(None);
    };
    let outcome = run(&system, driver.name, &requests(chip, device), program)
        .with_context(|| format!("{} on {}", device.name(), chip.name))?;
    Ok(Some(Row {
        kernel: kernel.name,
        fixes: fixes.iter().map(|fix| fix.name).collect(),
        chip: chip.name,
        device: device.name(),
        outcome,
    }))
}
