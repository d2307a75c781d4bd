//! `--here` and `--root`: controller, kernel and devices as /proc and /sys tell them. Nothing is written.

use std::fs;
use std::path::Path as FilePath;

use anyhow::{Context, Result};
use eoi_model::device::Device;
use eoi_model::irqchip::{self, Irqchip};
use eoi_model::kernels::{self, Kernel};

use crate::error::CannotTell;

/// What a host was found to be.
pub struct Host {
    /// The release, as the host calls it.
    pub release: String,
    /// The kernel of the model that stands for it.
    pub kernel: &'static Kernel,
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
    pub because: &'static str,
}

/// Reads the host below `root`.
///
/// # Errors
/// What cannot be read, and hosts on which no controller is known.
pub fn read(root: &FilePath) -> Result<Host> {
    let release = read_text(&root.join("proc/sys/kernel/osrelease"))?.trim().to_string();
    let kernel = kernel_of(&release)
        .with_context(|| format!("'{release}' in {}/proc/sys/kernel/osrelease is no kernel release", root.display()))?;
    let interrupts = read_text(&root.join("proc/interrupts"))?;
    let chips = chips_by_irq(&interrupts);
    let mut lines = functions(root, &chips);
    if lines.is_empty() {
        lines = controllers(&chips);
    }
    if lines.is_empty() {
        return Err(CannotTell(format!(
            "no level interrupt controller that is known stands in {}/proc/interrupts; name one with --chip",
            root.display()
        ))
        .into());
    }
    Ok(Host { release, kernel, lines })
}

fn read_text(path: &FilePath) -> Result<String> {
    let bytes =
        fs::read(path).with_context(|| format!("cannot read {}; give a directory that has it", path.display()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The kernel of the model that behaves like this release. Only the version is looked at: a distribution may have put
/// the fix into an older one.
#[must_use]
pub fn kernel_of(release: &str) -> Option<&'static Kernel> {
    let mut numbers = release.split(|c: char| !c.is_ascii_digit()).map(|part| part.parse::<u32>().ok());
    let major = numbers.next()??;
    let minor = numbers.next().flatten().unwrap_or(0);
    let patch = numbers.next().flatten().unwrap_or(0);
    let name = match (major, minor, patch) {
        (0..=4, ..) | (5, ..) | (6, 0, _) => "linux-5.10",
        (6, 1..=11, _) => "linux-6.1",
        (6, 12, 58..) | (6, 17, 8..) => "linux-6.12.107",
        (6, 12..=17, _) => "linux-6.12.57",
        _ => "linux-7.3",
    };
    kernels::by_name(name)
}

/// Irq and chip of each line of /proc/interrupts whose chip is known. The layout differs between 6.x and 7.x and
/// between architectures; the chip is the first known name among the words.
fn chips_by_irq(interrupts: &str) -> Vec<(u32, Vec<&'static Irqchip>)> {
    interrupts
        .lines()
        .filter_map(|line| {
            let (irq, rest) = line.split_once(':')?;
            let irq = irq.trim().parse().ok()?;
            let chips = chips_printed(rest);
            (!chips.is_empty()).then_some((irq, chips))
        })
        .collect()
}

/// The rows of the model whose name stands in the text as words. Rows for emulators are left out: a real host is asked.
fn chips_printed(text: &str) -> Vec<&'static Irqchip> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let stands = |name: &str| {
        let name: Vec<&str> = name.split_whitespace().collect();
        words.windows(name.len()).any(|window| window == name.as_slice())
    };
    irqchip::ALL.iter().copied().filter(|chip| !chip.name.ends_with("-qemu") && stands(chip.prints)).collect()
}

fn functions(root: &FilePath, chips: &[(u32, Vec<&'static Irqchip>)]) -> Vec<Line> {
    let no_mask = fs::read_to_string(root.join("sys/module/vfio_pci/parameters/nointxmask"))
        .is_ok_and(|value| value.trim() == "Y");
    let Ok(entries) = fs::read_dir(root.join("sys/bus/pci/devices")) else { return Vec::new() };
    let mut lines: Vec<Line> =
        entries.filter_map(|entry| function(&entry.ok()?.path(), root, chips, no_mask)).collect();
    lines.sort_by(|a, b| a.address.cmp(&b.address));
    lines
}

/// A function with an interrupt pin and an irq of its own on a known controller.
fn function(dir: &FilePath, root: &FilePath, chips: &[(u32, Vec<&'static Irqchip>)], no_mask: bool) -> Option<Line> {
    let config = fs::read(dir.join("config")).ok()?;
    let (pin, command) = (*config.get(0x3d)?, u16::from_le_bytes([*config.get(4)?, *config.get(5)?]));
    let irq: u32 = fs::read_to_string(dir.join("irq")).ok()?.trim().parse().ok()?;
    if pin == 0 || pin > 4 || irq == 0 || command == u16::MAX {
        return None;
    }
    let by_line = chips.iter().find(|(number, _)| *number == irq).map(|(_, chips)| chips.clone());
    let by_sysfs = || {
        let name = fs::read_to_string(root.join(format!("sys/kernel/irq/{irq}/chip_name"))).ok()?;
        Some(chips_printed(&name))
    };
    let (devices, because) = match (no_mask, command & 0x400 != 0) {
        (true, _) => (vec![Device::NoDisintx], "vfio_pci.nointxmask is set"),
        (_, true) => (vec![Device::Disintx], "DisINTx is set, so that it can be written"),
        _ => (vec![Device::Disintx, Device::NoDisintx], "DisINTx is clear, which tells nothing"),
    };
    let chips = by_line.or_else(by_sysfs).filter(|chips| !chips.is_empty())?;
    Some(Line { address: dir.file_name()?.to_string_lossy().into_owned(), irq, chips, devices, because })
}

/// Each known controller once, where no function has a line.
fn controllers(chips: &[(u32, Vec<&'static Irqchip>)]) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for (irq, chips) in chips {
        if !lines.iter().any(|line| line.chips[0].prints == chips[0].prints) {
            let devices = vec![Device::Disintx, Device::NoDisintx];
            let because = "no PCI function has a line on it";
            lines.push(Line { address: String::new(), irq: *irq, chips: chips.clone(), devices, because });
        }
    }
    lines
}
