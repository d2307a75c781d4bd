//! `--here` and `--root`: controller, kernel and devices as the room [`crate::host`] tells them. Nothing is written.

use std::path::Path as FilePath;

use anyhow::{Context, Result};
use eoi_model::device::Device;
use eoi_model::fixes::{self, Fix};
use eoi_model::irqchip::Irqchip;
use eoi_model::kernels::Kernel;

use crate::error::CannotTell;
use crate::host::{self, Chips, Disintx, Fixed, Request, Tree, chips};

pub use crate::host::release::kernel_of;

/// What a host was found to be.
pub struct Host {
    /// The release, as the host calls it.
    pub release: String,
    /// The kernel of the model that stands for it.
    pub kernel: &'static Kernel,
    /// What has to be put on top of it, where more than the version is known.
    pub fixes: Vec<&'static Fix>,
    /// How that is known.
    pub because: String,
    /// Functions with an interrupt pin, or the controllers alone where there are none.
    pub lines: Vec<Line>,
}

/// One function's line.
pub struct Line {
    /// The PCI address, `0000:01:00.0`; empty for a controller without a function.
    pub address: String,
    /// The Linux irq.
    pub irq: u32,
    /// The controllers of the model that print this name.
    pub chips: Vec<&'static Irqchip>,
    /// What the function may be.
    pub devices: Vec<Device>,
    /// Why it may be that.
    pub because: String,
}

/// Reads the host below `root`: a directory, or a capture of the doctor's.
///
/// # Errors
/// What cannot be read, and hosts on which no controller is known.
pub fn read(root: &FilePath) -> Result<Host> {
    let tree = Tree::open(root)?;
    let host = host::Host::read(&tree, &Request::default())?;
    let name = root.display();
    let missing = |what: &str| format!("cannot read {what} in {name}; give a directory or a capture that has it");
    let release = host.release.clone().with_context(|| missing("proc/sys/kernel/osrelease"))?;
    if !host.interrupts_read {
        anyhow::bail!(missing("proc/interrupts"));
    }
    let judged = host::Kernel::judge(&tree, &host);
    let kernel = judged.by_version.with_context(|| {
        format!("'{release}' in proc/sys/kernel/osrelease of {name} is no kernel release; name one with --kernel")
    })?;
    let mut lines: Vec<Line> = host.functions.iter().filter_map(|device| function(&host, device)).collect();
    if lines.is_empty() {
        lines = controllers(&host);
    }
    if lines.is_empty() {
        return Err(CannotTell(format!(
            "no level interrupt controller that is known stands in {name}/proc/interrupts; name one with --chip"
        ))
        .into());
    }
    let on_top = match (judged.fixed, kernel.vfio_unlazy) {
        (Fixed::Yes, false) => fixes::by_name("vfio-unlazy"),
        (Fixed::No, true) => fixes::by_name("none"),
        _ => None,
    };
    let because = judged.evidence.iter().map(|evidence| format!("{}: {}", evidence.path, evidence.text));
    Ok(Host { release, kernel, fixes: on_top.into_iter().collect(), because: because.collect(), lines })
}

/// A function with an interrupt pin and an irq of its own on a known controller.
fn function(host: &host::Host, device: &host::Function) -> Option<Line> {
    let irq = device.intx_irq().filter(|_| !device.is_bridge() && device.config.is_some())?;
    let chips = Chips::of(host, device)?.rows;
    let disintx = Disintx::of(host, device);
    let devices = disintx.modelled().to_vec();
    let because = disintx.evidence().text.clone();
    let useful = !chips.is_empty() && !devices.is_empty();
    useful.then(|| Line { address: device.address.clone(), irq, chips, devices, because })
}

/// Each known controller once, where no function has a line.
fn controllers(host: &host::Host) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for (&irq, shown) in &host.irqs {
        let chips = chips::rows(&shown.chip);
        let known = |line: &Line| chips.first().is_some_and(|chip| line.chips[0].prints == chip.prints);
        if !chips.is_empty() && !lines.iter().any(known) {
            let devices = vec![Device::Disintx, Device::NoDisintx];
            let because = "no PCI function has a line on it".to_string();
            lines.push(Line { address: String::new(), irq, chips, devices, because });
        }
    }
    lines
}
