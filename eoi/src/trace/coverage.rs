//! Which kinds of entries a recording has, and which it lacks.

use std::collections::BTreeSet;

use anyhow::Result;
use eoi_model::irqchip::Irqchip;

use super::entry::is_flow_handler;
use super::record;
use super::recording::Recording;
use super::words::Words;
use crate::check::configuration::Configuration;
use crate::error::CannotTell;

/// Functions that are always called before something that was recorded, and do not occur: the filter left them out.
#[must_use]
pub fn hidden(shown: &BTreeSet<&str>, words: &Words) -> BTreeSet<&'static str> {
    let mut hidden = BTreeSet::new();
    let interrupted = shown.contains("irq_handler_entry") || shown.contains("vfio_intx_handler");
    if interrupted && !shown.iter().any(|name| is_flow_handler(name)) {
        hidden.extend(words.all().filter(|name| is_flow_handler(name)));
    }
    if shown.contains("irq_handler_entry") && !shown.contains("vfio_intx_handler") {
        hidden.insert("vfio_intx_handler");
    }
    hidden
}

/// Refuses a recording that cannot answer.
///
/// # Errors
/// [`CannotTell`] if it shows no path, or no function of a controller's driver; the error says what to record.
pub fn shows_enough(
    shown: &BTreeSet<&str>,
    words: &Words,
    configurations: &[Configuration],
) -> Result<()> {
    let path = shown
        .iter()
        .any(|name| is_flow_handler(name) || name.starts_with("vfio_"));
    let driver = shown
        .iter()
        .any(|name| words.is_chip(name) && !is_flow_handler(name));
    let lacks = match (path, driver) {
        (true, true) => return Ok(()),
        (false, _) => "no flow handler and no function of vfio-pci",
        (true, false) => "no function of an interrupt controller's driver",
    };
    let mut chips: Vec<&'static Irqchip> = Vec::new();
    for chip in configurations
        .iter()
        .map(|configuration| configuration.chip)
    {
        if !chips.iter().any(|known| known.name == chip.name) {
            chips.push(chip);
        }
    }
    let how = match record::commands(&chips).as_slice() {
        [command] => {
            format!(
                "record again, as root and with vfio-pci loaded, with\n{}\n",
                record::broken(&command.line)
            )
        }
        _ => "`eoi trace --record --chip NAME` says what to record for a controller".to_string(),
    };
    Err(CannotTell(format!(
        "the recording shows {lacks}, so there is nothing to follow; {how}"
    ))
    .into())
}

/// The kinds of entries that a recording does not have, each with what it would have shown.
#[must_use]
pub fn missing(
    recording: &Recording,
    shown: &BTreeSet<&str>,
    words: &Words,
) -> Vec<(&'static str, &'static str)> {
    let has = |wanted: &dyn Fn(&str) -> bool| shown.iter().any(|name| wanted(name));
    let kvm = recording.kvm.acks + recording.kvm.resamples + recording.kvm.injections > 0;
    let kinds = [
        (
            recording.has_entries(),
            "irq:irq_handler_entry",
            "whose interrupt a flow handler runs for",
        ),
        (
            recording.exits,
            "irq:irq_handler_exit",
            "whether vfio-pci handled it",
        ),
        (
            has(&is_flow_handler),
            "flow handlers",
            "interrupts that were ignored",
        ),
        (
            has(&|name| words.is_chip(name) && !is_flow_handler(name)),
            "controller functions",
            "masks, unmasks and EOIs",
        ),
        (
            shown.contains("vfio_pci_intx_unmask_handler"),
            "vfio_pci_intx_unmask_handler",
            "who unmasks",
        ),
        (
            shown.contains("eventfd_signal_mask"),
            "eventfd_signal_mask",
            "signals of the trigger",
        ),
        (kvm, "kvm:kvm_set_irq, kvm:kvm_ack_irq", "the guest's EOI"),
    ];
    kinds
        .into_iter()
        .filter(|(has, ..)| !has)
        .map(|(_, kind, shows)| (kind, shows))
        .collect()
}
