//! Functions whose INTx the kernel does not trust, and functions that have MSI.

use crate::doctor::finding::Found;
use crate::doctor::seen::Seen;
use crate::host::pci::Config;
use crate::host::quirks::{self, Distrust};
use crate::host::{Evidence, Function};

/// `intx-bits-not-trusted`
pub fn intx_bits_not_trusted(seen: &Seen<'_>, function: &Function) -> Option<Found> {
    // Of a pin that is not known, an irq tells that there is one.
    let has_pin = |config: &Config| config.has_pin() || function.intx_irq().is_some();
    let (vendor, device) = function.config.filter(has_pin)?.id?;
    let by_messages = "Let the guest use the function's MSI or MSI-X";
    let (summary, remedy) = match quirks::of((vendor, device))? {
        Distrust::Masking => (
            "The kernel lists this function as one with a DisINTx bit that does not work: vfio-pci disables its line at the \
             interrupt controller, and it needs a line that nobody else uses",
            by_messages,
        ),
        Distrust::Intx => (
            "The kernel lists this function as one with an INTx that does not work: vfio-pci shows the guest no interrupt pin",
            by_messages,
        ),
        Distrust::OldFirmware => (
            "The kernel trusts the DisINTx bit of this function only from firmware 12.14.1100 (ConnectX-4) or 14.14.1100 \
             (ConnectX-4 Lx) on",
            "Look for 'doesn't support INTx masking' in the kernel's log, and update the firmware",
        ),
    };
    let evidence = Evidence::new(
        function.path("config"),
        format!("{vendor:04x}:{device:04x}"),
    );
    Some(
        Found::new(summary)
            .lesser_if(!seen.judged(function))
            .because([evidence])
            .remedy(remedy),
    )
}

/// `msi-present`
pub fn msi_present(seen: &Seen<'_>, function: &Function) -> Option<Found> {
    let capabilities = function.config?.capabilities;
    if !seen.judged(function) {
        return None;
    }
    let mut has = Vec::new();
    has.extend(capabilities.msi.map(|enabled| {
        if enabled {
            "MSI, enabled"
        } else {
            "MSI, not enabled"
        }
    }));
    has.extend(capabilities.msix.map(|enabled| {
        if enabled {
            "MSI-X, enabled"
        } else {
            "MSI-X, not enabled"
        }
    }));
    if has.is_empty() && function.msi_irqs.is_empty() {
        return None;
    }
    let (summary, state) = if function.uses_messages() {
        (
            "The function interrupts by MSI or MSI-X, so that its INTx line is not in use",
            "in use",
        )
    } else {
        (
            "The function has MSI or MSI-X and does not use it now: its INTx line matters if the guest's driver uses INTx",
            "not in use",
        )
    };
    let text = if has.is_empty() {
        state.to_string()
    } else {
        has.join("; ")
    };
    Some(Found::new(summary).because([Evidence::new(function.path("config"), text)]))
}
