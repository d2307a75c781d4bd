//! Questions that stay open, and files that could not be seen.

use eoi_model::kernels::{self, Kernel};
use eoi_model::version::Version;

use super::diagnosis::{Undecided, Unseen};
use super::seen::Seen;
use crate::host::function::DEVICES;
use crate::host::os::{self, Os};
use crate::host::pci::Pin;
use crate::host::reading::{RELEASE, unreadable};
use crate::host::{Chips, Function, Host, Tree, interrupts, line, pci};

/// Functions and irqs that were asked about, or are handed to a guest, and of which nothing could be told.
#[must_use]
pub fn undecided(seen: &Seen<'_>) -> Vec<Undecided> {
    let host = seen.host;
    let mut undecided = of_the_host(seen);
    let strangers = seen
        .request
        .addresses
        .iter()
        .filter(|address| host.function(address).is_none());
    undecided.extend(
        strangers.map(|address| of_function(address, "there is no such function on this host")),
    );
    let open = |&irq: &u32| {
        Some(Undecided {
            function: None,
            irq: Some(irq),
            reason: of_irq(seen, irq)?,
        })
    };
    undecided.extend(seen.request.irqs.iter().filter_map(open));
    let bridges = host
        .functions
        .iter()
        .filter(|function| function.asked && function.is_bridge());
    undecided.extend(bridges.map(|bridge| of_function(&bridge.address, BRIDGE)));
    let judged = host
        .functions
        .iter()
        .filter(|function| seen.wanted(function) && seen.judged(function));
    undecided.extend(
        judged.filter_map(|function| Some(of_function(&function.address, doubt(host, function)?))),
    );
    undecided
}

/// vfio-pci takes functions whose header is of type 0 alone (`vfio_pci_core_register_device`).
const BRIDGE: &str = "it is a bridge, which vfio-pci refuses: nothing of it can be handed to a guest; name a function behind it";

/// Why nothing can be told of an irq that was asked about; `None` where its controller is known.
fn of_irq(seen: &Seen<'_>, irq: u32) -> Option<String> {
    let host = seen.host;
    if host.chip(irq).is_some() {
        return None;
    }
    let by_message = host
        .functions
        .iter()
        .find(|function| function.irq == Some(irq) && function.uses_messages());
    if let Some(reason) = cut(host, irq) {
        return Some(reason);
    }
    if let Some(function) = by_message.filter(|_| seen.function_on(irq).is_none()) {
        return Some(format!(
            "it is a message (MSI or MSI-X) of {}, and no line",
            function.address
        ));
    }
    if host.irqs.is_empty() {
        return Some(
            "its controller and its owners: there is no /proc/interrupts to tell them".to_string(),
        );
    }
    let leads = seen.function_on(irq).is_some();
    (!leads).then(|| {
        "/proc/interrupts has no line for it, and no function's pin is known to lead to it"
            .to_string()
    })
}

fn of_function(address: &str, reason: impl Into<String>) -> Undecided {
    Undecided {
        function: Some(address.to_string()),
        irq: None,
        reason: reason.into(),
    }
}

fn of_the_host(seen: &Seen<'_>) -> Vec<Undecided> {
    let host = seen.host;
    let mut reasons = Vec::new();
    if !host.devices_listed && seen.request.irqs.is_empty() {
        reasons.push(format!("its PCI functions: {DEVICES} cannot be listed"));
    }
    if seen.request.is_everything() && host.devices_listed && !host.functions.is_empty() {
        if host.release.is_none() {
            reasons.push("every line: the kernel's release is not known".to_string());
        }
        if host.irqs.is_empty() {
            reasons.push("every line: /proc/interrupts does not tell its controller".to_string());
        }
    }
    reasons
        .into_iter()
        .map(|reason| Undecided {
            function: None,
            irq: None,
            reason,
        })
        .collect()
}

/// Why there can be no verdict about a function that is judged as handed to a guest; `None` if there can be one.
fn doubt(host: &Host, function: &Function) -> Option<String> {
    let Some(config) = function.config else {
        return Some("its configuration space cannot be read".to_string());
    };
    if config.all_ones {
        return None;
    }
    let open = match (config.pin, function.irq) {
        (Pin::NoneOrBad, _) => {
            "its pin is 0 or 255: lspci prints '?' for both, and neither leads to a line"
        }
        (Pin::Unknown, None) => "its pin and its irq are not known",
        (Pin::Unknown, Some(0)) => {
            "it has no irq, and its pin is not known: there is none, or it leads nowhere"
        }
        (_, None) if config.has_pin() => "its irq cannot be read",
        _ => "",
    };
    if !open.is_empty() {
        return Some(open.to_string());
    }
    let irq = function.intx_irq().filter(|_| !function.uses_messages())?;
    if let Some(reason) = cut(host, irq) {
        return Some(reason);
    }
    match Chips::of(host, function) {
        None => Some("the controller of its line is not known".to_string()),
        Some(chips) if chips.rows.is_empty() => Some(format!(
            "the model does not have the controller {}",
            chips.shown
        )),
        Some(_) => None,
    }
}

/// The row of /proc/interrupts that would tell of an irq, where it cannot be used.
fn cut(host: &Host, irq: u32) -> Option<String> {
    let row = host
        .cut
        .get(&irq)
        .filter(|_| !host.irqs.contains_key(&irq))?;
    Some(format!(
        "row {row} of /proc/interrupts, irq {irq}'s, is cut off or came apart: its owners are not known"
    ))
}

fn item(subject: impl Into<String>, reason: impl Into<String>, matters: &str) -> Unseen {
    Unseen {
        subject: subject.into(),
        reason: reason.into(),
        matters: Some(matters.to_string()),
    }
}

/// Files that could not be seen, in one short list.
#[must_use]
pub fn unseen(tree: &Tree, host: &Host) -> Vec<Unseen> {
    let mut list = Vec::new();
    let owners = "it tells each line's controller and owners";
    if !host.interrupts_read {
        list.push(item(
            interrupts::PATH,
            "it is missing or cannot be read",
            owners,
        ));
    } else if host.irqs.is_empty() {
        list.push(item(
            interrupts::PATH,
            "no row of it could be understood",
            owners,
        ));
    }
    match host.release.as_deref() {
        None => {
            let of = host.os.as_ref().map_or(String::new(), |os| {
                format!(" ({} says {})", os.path, os.name)
            });
            let reason = format!("it is missing or cannot be read{of}");
            list.push(item(RELEASE, reason, "it tells which kernel this is"));
        }
        Some(release) if kernels::of_release(release).is_none() => {
            list.push(item(
                RELEASE,
                "it names no release of Linux",
                "it tells which kernel this is",
            ));
        }
        Some(release) => list.extend(extrapolated(release, host.os.as_ref())),
    }
    if host.emulated {
        let reason =
            "QEMU emulates this host: its controllers are judged as QEMU's, where those differ";
        list.push(item("the host", reason, "real hardware may do otherwise"));
    }
    let short = |function: &&Function| {
        (1..pci::SIZE).contains(&function.config_bytes)
            && function
                .config
                .is_some_and(|config| !config.capabilities.complete && config.has_pin())
    };
    let cut = host.functions.iter().filter(short).count();
    if cut > 0 {
        let subject = format!("{DEVICES}/*/config beyond byte 64, of {cut} functions");
        list.push(item(
            subject,
            "only root may read it",
            "it tells MSI, MSI-X and PCI Express",
        ));
    }
    list.extend(denied(tree));
    list
}

/// A release that no kernel of the model stands for as it is: beyond them on either side, or a distribution's own.
fn extrapolated(release: &str, os: Option<&Os>) -> Option<Unseen> {
    let version = Version::of(release)?;
    let of = |kernel: &Kernel| Version::of(kernel.name.trim_start_matches("linux-"));
    let known: Vec<(Version, &str)> = kernels::ALL
        .iter()
        .filter_map(|kernel| Some((of(kernel)?, kernel.name)))
        .collect();
    let (oldest, newest) = (known.iter().min()?, known.iter().max()?);
    let row = kernels::of_release(release).map_or(oldest.1, |kernel| kernel.name);
    let judged = format!("it is judged by {row}");
    let reason = if version < oldest.0 {
        format!("{release} is older than the oldest kernel that the model has; {judged}")
    } else if (version.0, version.1) > (newest.0.0, newest.0.1) {
        format!("{release} is newer than the newest kernel that the model has; {judged}")
    } else if let Some(whose) = os::keeper(release, os) {
        format!(
            "{release} is a kernel of {whose}: it takes changes of later kernels under this number; {judged}"
        )
    } else if os::hides_its_stable_number(release) {
        format!(
            "{release} does not say which stable release it is, and a later one may have the fix; {judged}"
        )
    } else {
        return None;
    };
    Some(item(
        RELEASE,
        reason,
        "every verdict on its lines is an extrapolation",
    ))
}

/// One entry for each kind of file that was there and could not be read.
fn denied(tree: &Tree) -> Vec<Unseen> {
    let kinds = [
        (
            line::DEBUG,
            "it tells whether the kernel disabled a line, and what vfio-pci asked of it",
        ),
        (line::XIVE, "it tells the controller's state of a line"),
        (
            "lib/modules/",
            "vfio-pci-core.ko tells whether the kernel has the fix",
        ),
        (DEVICES, "it tells of a function"),
        (
            "proc/irq/",
            "it tells of interrupts that no handler accepted",
        ),
    ];
    let denied = unreadable(tree);
    let mut list = Vec::new();
    for (prefix, matters) in kinds {
        let mut these = denied.iter().filter(|(path, _)| path.starts_with(prefix));
        if let Some((path, why)) = these.next() {
            let more = these.count();
            let subject = if more == 0 {
                path.clone()
            } else {
                format!("{path} and {more} more")
            };
            list.push(item(subject, why, matters));
        }
    }
    list
}
