//! `--here` and `--root`: the configurations of a host, as its files tell its controllers, kernel and functions. Nothing is
//! written.

use std::path::Path as FilePath;

use anyhow::{Context, Result};
use eoi_model::device::Device;
use eoi_model::fixes::{self, Fix};
use eoi_model::irqchip::Irqchip;
use eoi_model::kernels::Kernel;

use crate::check::select::{OneHost, Selection, Wanted, select_on};
use crate::error::CannotTell;
use crate::host::{self, Chips, Disintx, Fixed, Request, Tree, chips};

/// The configurations of the host below `root`, and what it was found to be.
///
/// # Errors
/// As [`read`], and unknown names.
pub fn select(root: &FilePath, wanted: &Wanted) -> Result<Selection> {
    let Found {
        release,
        kernel,
        fixes,
        because,
        functions,
    } = read(root)?;
    let with: String = fixes.iter().map(|fix| format!("+{}", fix.name)).collect();
    let mut found = vec![format!(
        "kernel {release}, which behaves like {}{with} ({because})",
        kernel.name
    )];
    found.extend(functions.iter().map(Function::tells));
    let functions = functions
        .into_iter()
        .map(|function| (function.chips, function.devices))
        .collect();
    Ok(Selection {
        found,
        ..select_on(
            &OneHost {
                kernel,
                fixes,
                functions,
            },
            wanted,
        )?
    })
}

/// The facts found about a host.
pub struct Found {
    /// The release, as the host calls it.
    pub release: String,
    /// The kernel of the model that stands for it.
    pub kernel: &'static Kernel,
    /// The changes to put on top of it, where more than the version is known.
    pub fixes: Vec<&'static Fix>,
    /// How that is known.
    pub because: String,
    /// Functions with an interrupt pin, or the controllers alone where there are none.
    pub functions: Vec<Function>,
}

/// One function with its line.
pub struct Function {
    /// The PCI address, `0000:01:00.0`; empty for a controller without a function.
    pub address: String,
    /// The Linux irq.
    pub irq: u32,
    /// The controllers of the model that print this name.
    pub chips: Vec<&'static Irqchip>,
    /// The kinds of device that the function may be.
    pub devices: Vec<Device>,
    /// Why it may be that.
    pub because: String,
}

impl Function {
    fn tells(&self) -> String {
        let chips: Vec<&str> = self.chips.iter().map(|chip| chip.name).collect();
        let devices: Vec<&str> = self.devices.iter().map(|device| device.name()).collect();
        let who = if self.address.is_empty() {
            "controller"
        } else {
            &self.address
        };
        let (chips, devices) = (chips.join(" or "), devices.join(" or "));
        format!(
            "{who} irq {}: {chips}; {devices} ({})",
            self.irq, self.because
        )
    }
}

/// Reads the host below `root`: a directory, or a capture of the doctor's.
///
/// # Errors
/// What cannot be read, and hosts on which no controller is known.
pub fn read(root: &FilePath) -> Result<Found> {
    let tree = Tree::open(root)?;
    let host = host::Host::read(&tree, &Request::default())?;
    let name = root.display();
    let missing = |what: &str| {
        format!("cannot read {what} in {name}; give a directory or a capture that has it")
    };
    let release = host
        .release
        .clone()
        .with_context(|| missing("proc/sys/kernel/osrelease"))?;
    if !host.interrupts_read {
        anyhow::bail!(missing("proc/interrupts"));
    }
    let judged = host::Kernel::judge(&tree, &host);
    let kernel = judged.by_version.with_context(|| {
        format!("'{release}' in proc/sys/kernel/osrelease of {name} is no kernel release; name one with --kernel")
    })?;
    let mut functions: Vec<Function> = host
        .functions
        .iter()
        .filter_map(|function| with_a_line(&host, function))
        .collect();
    if functions.is_empty() {
        functions = controllers(&host);
    }
    if functions.is_empty() {
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
    let because = format!("{}: {}", judged.evidence.file, judged.evidence.text);
    Ok(Found {
        release,
        kernel,
        fixes: on_top.into_iter().collect(),
        because,
        functions,
    })
}

/// A function with an interrupt pin and an irq of its own on a known controller.
fn with_a_line(host: &host::Host, function: &host::Function) -> Option<Function> {
    let irq = function
        .intx_irq()
        .filter(|_| !function.is_bridge() && function.config.is_some())?;
    let chips = Chips::of(host, function)?.rows;
    let disintx = Disintx::of(host, function);
    let devices = disintx.modelled().to_vec();
    let because = disintx.evidence().text.clone();
    if chips.is_empty() || devices.is_empty() {
        return None;
    }
    Some(Function {
        address: function.address.clone(),
        irq,
        chips,
        devices,
        because,
    })
}

/// Each known controller once, where no function has a line.
fn controllers(host: &host::Host) -> Vec<Function> {
    let mut functions: Vec<Function> = Vec::new();
    for (&irq, shown) in &host.irqs {
        let chips = chips::rows(&shown.chip);
        let known = |function: &Function| {
            chips
                .first()
                .is_some_and(|chip| function.chips[0].prints == chip.prints)
        };
        if !chips.is_empty() && !functions.iter().any(known) {
            let devices = vec![Device::Disintx, Device::NoDisintx];
            let because = "no PCI function has a line on it".to_string();
            functions.push(Function {
                address: String::new(),
                irq,
                chips,
                devices,
                because,
            });
        }
    }
    functions
}
