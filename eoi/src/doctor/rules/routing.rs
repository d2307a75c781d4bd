//! From the pin to an irq: functions that do not answer, have no pin, or whose pin leads nowhere.

use crate::doctor::finding::{Finding, Severity};
use crate::doctor::seen::Seen;
use crate::host::device::NOT_CONNECTED;
use crate::host::pci::Config;
use crate::host::{Device, Evidence};

/// An error where the function is handed to a guest, else good to know.
fn severity(seen: &Seen<'_>, device: &Device) -> Severity {
    if seen.judged(device) { Severity::Error } else { Severity::Info }
}

fn config(device: &Device) -> Option<Config> {
    device.config.filter(|config| !config.all_ones)
}

/// `config-all-ones`
pub fn config_all_ones(_: &Seen<'_>, device: &Device) -> Option<Finding> {
    device.config.filter(|config| config.all_ones)?;
    let cold = device.power_state.as_deref() == Some("D3cold");
    let (cause, remedy) = if cold {
        (
            "The function is in D3cold and does not answer",
            "wake it: write 'on' to its power/control, or load vfio_pci with disable_idle_d3=1",
        )
    } else {
        (
            "The function does not answer: it is gone, its link is down, or it is switched off",
            "remove it and rescan the bus, or reset its slot",
        )
    };
    let mut evidence = vec![Evidence::new(device.path("config"), "all ones")];
    evidence.extend(device.power_state.as_ref().map(|state| Evidence::new(device.path("power_state"), state)));
    let finding = Finding::new("config-all-ones", Severity::Error, cause).of(device).because(evidence).remedy(remedy);
    Some(finding.reference("PCI Local Bus 3.0, 6.1: a read that nobody answers returns all ones"))
}

/// `no-pin`
pub fn no_pin(_: &Seen<'_>, device: &Device) -> Option<Finding> {
    config(device).filter(|config| config.pin == 0)?;
    let cause = "The function has no interrupt pin: INTx is nothing to it";
    let finding = Finding::new("no-pin", Severity::Info, cause).of(device);
    let evidence = Evidence::new(device.path("config"), "Interrupt Pin (0x3d) is 0");
    Some(finding.because([evidence]).reference("PCI Local Bus 3.0, 6.2.4, Interrupt Pin"))
}

/// `bad-pin`
pub fn bad_pin(seen: &Seen<'_>, device: &Device) -> Option<Finding> {
    let pin = config(device).filter(|config| config.pin > 4)?.pin;
    let cause = format!("Interrupt Pin is {pin}, which is none of INTA# to INTD# (1 to 4)");
    // A host's driver that gets along with MSI does not look at the pin.
    let severity = if device.uses_messages() && !seen.judged(device) { Severity::Info } else { Severity::Error };
    let finding = Finding::new("bad-pin", severity, cause).of(device);
    let evidence = Evidence::new(device.path("config"), format!("Interrupt Pin (0x3d) is {pin}"));
    Some(
        finding
            .because([evidence])
            .remedy("a guest can use the function's MSI or MSI-X only; update its firmware")
            .reference("PCI Local Bus 3.0, 6.2.4: values 5 to 255 are reserved"),
    )
}

/// `no-route`
pub fn no_route(seen: &Seen<'_>, device: &Device) -> Option<Finding> {
    config(device).filter(|config| config.has_pin() && !config.is_bridge())?;
    // 255 in Interrupt Line is "unknown or no connection" on x86, and an irq like others where Linux has such a one.
    let nowhere = |irq: u32| irq == 0 || (irq == 255 && seen.host.chip(irq).is_none());
    let irq = device.irq.filter(|&irq| nowhere(irq))?;
    let routed_later = device.driver.is_none();
    let (cause, severity) = if routed_later {
        ("The pin leads to no irq yet; Linux looks for one when a driver is bound", Severity::Info)
    } else {
        (
            "The pin leads to no irq: the firmware's tables say nothing of it, or the driver did not enable the function",
            severity(seen, device),
        )
    };
    let finding = Finding::new("no-route", severity, cause).of(device);
    let finding = finding.because([Evidence::new(device.path("irq"), irq.to_string())]);
    let remedy = "look for 'can't derive routing' or 'no GSI' in the kernel's log; a guest can use MSI or MSI-X only";
    let remedy = if routed_later { "" } else { remedy };
    Some(
        finding
            .remedy(remedy)
            .reference("pci_assign_irq (drivers/pci/irq.c); acpi_pci_irq_enable (drivers/acpi/pci_irq.c)"),
    )
}

/// `irq-not-connected`
pub fn irq_not_connected(seen: &Seen<'_>, device: &Device) -> Option<Finding> {
    let irq = device.irq.filter(|&irq| irq == NOT_CONNECTED)?;
    let cause = "The firmware says that the pin is connected to nothing";
    let finding = Finding::new("irq-not-connected", severity(seen, device), cause).of(device);
    Some(
        finding
            .because([Evidence::new(device.path("irq"), format!("{irq} (IRQ_NOTCONNECTED)"))])
            .remedy("a guest can use the function's MSI or MSI-X only; or another slot")
            .reference("IRQ_NOTCONNECTED (include/linux/interrupt.h); acpi_pci_irq_enable (drivers/acpi/pci_irq.c)"),
    )
}
