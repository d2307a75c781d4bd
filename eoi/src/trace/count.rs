//! Counts the entries of an interrupt. Entries that may be somebody else's are not counted.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::entry::is_flow_handler;
use super::recording::Part;
use super::words::Words;

/// The interrupts of one function, counted. Entries that may belong to another function are not counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Counts {
    /// Interrupts for which the flow handler called the handler.
    pub taken: usize,
    /// Interrupts that the flow handler ended without calling the handler.
    pub ignored: usize,
    /// Interrupts that the handler accepted (`IRQ_HANDLED`).
    pub handled: usize,
    /// Interrupts that the handler did not accept (`IRQ_NONE`).
    pub unhandled: usize,
    /// Signals of the trigger eventfd.
    pub signals: usize,
    /// Masks, by an ioctl or by the guest's DisINTx.
    pub masks: usize,
    /// Unmasks, by an ioctl, by an eventfd or by the guest's DisINTx.
    pub unmasks: usize,
    /// Masks and unmasks that are not counted because they may be another function's.
    pub possible_masks_and_unmasks: usize,
    /// The line of the last signal. `null` if there is none.
    pub last_signal: Option<usize>,
    /// The line of the last unmask. `null` if there is none.
    pub last_unmask: Option<usize>,
}

/// Counts.
#[must_use]
pub fn count(part: &Part, words: &Words) -> Counts {
    let certain = || part.entries.iter().filter(|entry| !entry.is_open());
    let entries = |name: &str| {
        let number = words.number(name);
        certain().filter(move |entry| Some(entry.number) == number)
    };
    let mut runs: BTreeMap<u32, BTreeSet<&str>> = BTreeMap::new();
    for entry in certain().filter(|entry| part.flows.contains(&entry.run)) {
        runs.entry(entry.run)
            .or_default()
            .insert(words.name(entry.number));
    }
    let took = |names: &&BTreeSet<&str>| {
        names.contains("irq_handler_entry") || names.contains("vfio_intx_handler")
    };
    let ended = |names: &&BTreeSet<&str>| {
        names
            .iter()
            .any(|name| words.is_chip(name) && !is_flow_handler(name))
    };
    let switches = |number| {
        ["vfio_pci_intx_mask", "vfio_pci_intx_unmask_handler"].contains(&words.name(number))
    };
    Counts {
        taken: runs.values().filter(took).count(),
        ignored: runs
            .values()
            .filter(|names| !took(names) && ended(names))
            .count(),
        handled: entries("irq_handler_exit handled").count(),
        unhandled: entries("irq_handler_exit unhandled").count(),
        signals: entries("eventfd_signal_mask").count(),
        masks: entries("vfio_pci_intx_mask").count(),
        unmasks: entries("vfio_pci_intx_unmask_handler").count(),
        possible_masks_and_unmasks: part
            .entries
            .iter()
            .filter(|entry| entry.is_open() && switches(entry.number))
            .count(),
        last_signal: entries("eventfd_signal_mask")
            .next_back()
            .map(|entry| entry.line),
        last_unmask: entries("vfio_pci_intx_unmask_handler")
            .next_back()
            .map(|entry| entry.line),
    }
}
