//! Functions whose INTx the kernel does not trust, and functions that have MSI.

use crate::doctor::finding::{Finding, Severity};
use crate::doctor::seen::Seen;
use crate::host::pci::Config;
use crate::host::quirks::{self, Distrust};
use crate::host::{Device, Evidence};

/// `intx-bits-not-trusted`
pub fn intx_bits_not_trusted(seen: &Seen<'_>, device: &Device) -> Option<Finding> {
    let config = device.config.filter(Config::has_pin)?;
    let (vendor, id) = config.id;
    let distrust = quirks::of(config.id)?;
    let cause = match distrust {
        Distrust::Masking => {
            "Linux does not trust its DisINTx: vfio-pci disables its line at the controller, and needs it alone"
        }
        Distrust::Intx => "Linux does not trust its INTx: vfio-pci shows the guest no interrupt pin",
        Distrust::OldFirmware => {
            "Linux does not trust its DisINTx before firmware 12.14.1100 (ConnectX-4) or 14.14.1100 (ConnectX-4 Lx)"
        }
    };
    let remedy = match distrust {
        Distrust::OldFirmware => "look for 'doesn't support INTx masking' in the kernel's log, and update the firmware",
        _ => "let the guest use its MSI or MSI-X",
    };
    let severity = if seen.judged(device) { Severity::Warning } else { Severity::Info };
    let finding = Finding::new("intx-bits-not-trusted", severity, cause).of(device).remedy(remedy);
    let evidence = Evidence::new(device.path("config"), format!("{vendor:04x}:{id:04x}"));
    let reference = match distrust {
        Distrust::Intx => "vfio_pci_nointx (drivers/vfio/pci/vfio_pci_core.c)",
        _ => "quirk_broken_intx_masking, mellanox_check_broken_intx_masking (drivers/pci/quirks.c)",
    };
    Some(finding.because([evidence]).reference(reference))
}

/// `msi-present`
pub fn msi_present(seen: &Seen<'_>, device: &Device) -> Option<Finding> {
    let config = device.config.filter(|_| seen.judged(device))?;
    let capabilities = config.capabilities;
    let mut has = Vec::new();
    has.extend(capabilities.msi.map(|enabled| if enabled { "MSI, enabled" } else { "MSI, not enabled" }));
    has.extend(capabilities.msix.map(|enabled| if enabled { "MSI-X, enabled" } else { "MSI-X, not enabled" }));
    if has.is_empty() && device.msi_irqs.is_empty() {
        return None;
    }
    let (cause, text) = if device.uses_messages() {
        ("The function interrupts by messages: its line is not in use", "in use")
    } else {
        (
            "The function can interrupt by messages: its line matters where the guest has no driver for that",
            "not in use",
        )
    };
    let text = if has.is_empty() { text.to_string() } else { has.join("; ") };
    let finding = Finding::new("msi-present", Severity::Info, cause).of(device);
    let evidence = Evidence::new(device.path("config"), text);
    Some(finding.because([evidence]).reference("PCI Local Bus 3.0, 6.8"))
}
