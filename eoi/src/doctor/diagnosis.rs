//! One run: what was found, and what could not be seen.

use std::time::Duration;

use anyhow::Result;
use serde::Serialize;

use super::finding::{Finding, Severity};
use super::rules;
use super::seen::Seen;
use super::watch;
use crate::error::Status;
use crate::host::device::DEVICES;
use crate::host::reading::{RELEASE, unreadable};
use crate::host::release::kernel_of;
use crate::host::{Chips, Device, Disintx, Host, Request, Tree, interrupts, line, pci};

/// The host in a few numbers.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// The kernel's release.
    pub release: Option<String>,
    /// CPUs online.
    pub cpus: usize,
    /// PCI functions.
    pub devices: usize,
    /// Of these, those with an interrupt pin.
    pub with_pin: usize,
    /// Of these, those that were judged as handed to a guest: bound to vfio-pci, or asked about.
    pub judged: Vec<Judged>,
    /// Whether this kernel masks a DisINTx- line at once, in one sentence.
    pub kernel: String,
}

/// A function that was judged as handed to a guest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Judged {
    /// `0000:01:00.0`
    pub address: String,
    /// The driver that is bound.
    pub driver: Option<String>,
    /// Its pin's irq.
    pub irq: Option<u32>,
    /// The irq's controller, as Linux calls it.
    pub chip: Option<String>,
    /// `DisINTx+`, `DisINTx-`, `DisINTx?`, or `no INTx`
    pub disintx: &'static str,
    /// MSI or MSI-X is in use.
    pub messages: bool,
}

impl Judged {
    fn of(seen: &Seen<'_>, device: &Device) -> Self {
        Self {
            address: device.address.clone(),
            driver: device.driver.clone(),
            irq: device.intx_irq(),
            chip: Chips::of(seen.host, device).map(|chips| chips.shown),
            disintx: match Disintx::of(seen.host, device) {
                Disintx::Has(_) => "DisINTx+",
                Disintx::Lacks(_) => "DisINTx-",
                Disintx::Unknown(_) => "DisINTx?",
                Disintx::NoIntx(_) => "no INTx",
            },
            messages: device.uses_messages(),
        }
    }
}

/// Something that could not be seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unseen {
    /// What.
    pub what: String,
    /// Why not.
    pub why: String,
    /// Why it matters.
    pub matters: String,
}

/// What came out.
#[derive(Clone, Debug, Serialize)]
pub struct Diagnosis {
    /// The host.
    pub host: Summary,
    /// In the order of [`rules::ALL`], and of addresses and irqs.
    pub findings: Vec<Finding>,
    /// What `--watch` saw of each line, in sentences; empty without it.
    pub watched: Vec<String>,
    /// What could not be seen, and why that matters.
    pub unseen: Vec<Unseen>,
    /// Functions and irqs that were asked about or are handed to a guest, of which nothing could be told, and why.
    pub undecided: Vec<String>,
    /// Files that were there and could not be read.
    pub unreadable_files: usize,
}

impl Diagnosis {
    /// 1 if a warning or an error was found; 3 if not, and something could not be told; else 0.
    #[must_use]
    pub fn status(&self) -> Status {
        if self.findings.iter().any(|finding| finding.severity >= Severity::Warning) {
            Status::Found
        } else if self.undecided.is_empty() {
            Status::Holds
        } else {
            Status::Unknown
        }
    }
}

/// Reads the host and asks every rule.
///
/// # Errors
/// A search of the model that cannot be made; nothing that the host shows.
pub fn diagnose(tree: &Tree, request: &Request) -> Result<Diagnosis> {
    diagnose_over(tree, request, None)
}

/// As [`diagnose`], and looks at the lines that are in use for so long.
///
/// # Errors
/// As [`diagnose`].
pub fn diagnose_over(tree: &Tree, request: &Request, time: Option<Duration>) -> Result<Diagnosis> {
    let host = Host::read(tree, request)?;
    let seen = Seen::new(tree, &host, request);
    let mut findings = rules::judge(&seen);
    let mut watched = Vec::new();
    if let Some(time) = time {
        let looks = watch::watch(tree, &seen, time);
        findings.extend(watch::judge(&seen, &looks));
        watched = watch::tell(&looks);
    }
    let with_pin = host.devices.iter().filter(|device| device.config.is_some_and(|config| config.has_pin()));
    let judged = host.devices.iter().filter(|device| seen.wanted(device) && seen.judged(device));
    let summary = Summary {
        release: host.release.clone(),
        cpus: host.cpus,
        devices: host.devices.len(),
        with_pin: with_pin.count(),
        judged: judged.map(|device| Judged::of(&seen, device)).collect(),
        kernel: rules::system::kernel_fix(&seen).map_or_else(String::new, |finding| finding.cause),
    };
    Ok(Diagnosis {
        host: summary,
        findings,
        watched,
        unseen: unseen(tree, &host),
        undecided: undecided(&seen),
        unreadable_files: unreadable(tree).len(),
    })
}

fn undecided(seen: &Seen<'_>) -> Vec<String> {
    let mut undecided = Vec::new();
    let host = seen.host;
    if !host.devices_listed && seen.request.irqs.is_empty() {
        undecided.push(format!("no function: {DEVICES} cannot be listed"));
    }
    if seen.request.is_everything() && host.devices_listed && !host.devices.is_empty() {
        if host.release.is_none() {
            undecided.push("any line: the kernel's release is not known".to_string());
        }
        if host.irqs.is_empty() {
            undecided.push("any line: /proc/interrupts does not tell its controller".to_string());
        }
    }
    let strangers = seen.request.addresses.iter().filter(|address| host.device(address).is_none());
    undecided.extend(strangers.map(|address| format!("{address}: there is no such function on this host")));
    for &irq in &seen.request.irqs {
        let known = host.chip(irq).is_some() || seen.device_on(irq).is_some();
        if !known {
            undecided.push(format!("irq {irq}: there is no such irq on this host"));
        }
    }
    for device in host.devices.iter().filter(|device| seen.wanted(device) && seen.judged(device)) {
        let address = &device.address;
        if device.config.is_none() {
            undecided.push(format!("{address}: its configuration space cannot be read"));
        } else if device.irq.is_none() && device.config.is_some_and(|config| config.has_pin()) {
            undecided.push(format!("{address}: its irq cannot be read"));
        } else if device.intx_irq().is_some() && !device.uses_messages() {
            match Chips::of(seen.host, device) {
                None => undecided.push(format!("{address}: the controller of its line is not known")),
                Some(chips) if chips.rows.is_empty() => {
                    undecided.push(format!("{address}: the controller {} is not modelled", chips.shown));
                }
                Some(_) => {}
            }
        }
    }
    undecided
}

/// In one short list.
fn unseen(tree: &Tree, host: &Host) -> Vec<Unseen> {
    let mut list = Vec::new();
    let mut add = |what: &str, why: &str, matters: &str| {
        list.push(Unseen { what: what.to_string(), why: why.to_string(), matters: matters.to_string() });
    };
    if !host.interrupts_read {
        add(interrupts::PATH, "it is missing or cannot be read", "it tells each line's controller and owners");
    }
    if host.interrupts_read && host.irqs.is_empty() {
        add(interrupts::PATH, "no line of it could be understood", "it tells each line's controller and owners");
    }
    match host.release.as_deref() {
        None => add(RELEASE, "it is missing or cannot be read", "it tells which kernel this is"),
        Some(release) if kernel_of(release).is_none() => {
            add(RELEASE, "it names no release of Linux", "it tells which kernel this is");
        }
        Some(_) => {}
    }
    let short = |bytes: usize| bytes > 0 && bytes < pci::SIZE;
    let cut = host.devices.iter().filter(|device| {
        short(device.config_bytes)
            && device.config.is_some_and(|config| !config.capabilities.complete && config.has_pin())
    });
    let cut = cut.count();
    if cut > 0 {
        let what = format!("{DEVICES}/*/config beyond byte 64, of {cut} functions");
        add(&what, "only root may read it", "it tells MSI, MSI-X and PCI Express");
    }
    let denied = unreadable(tree);
    let kinds = [
        (line::DEBUG, "it tells whether the kernel gave a line up, and what vfio-pci asked of it"),
        (line::XIVE, "it tells what the controller thinks of a line"),
        ("lib/modules/", "vfio-pci-core.ko tells whether the kernel has the fix"),
        (DEVICES, "it tells of a function"),
        ("proc/irq/", "it tells of interrupts that no handler wanted"),
    ];
    for (prefix, matters) in kinds {
        let mut these = denied.iter().filter(|(path, _)| path.starts_with(prefix));
        if let Some((path, why)) = these.next() {
            let more = these.count();
            let what = if more == 0 { path.clone() } else { format!("{path} and {more} more") };
            add(&what, why, matters);
        }
    }
    list
}
