//! What a recording shows of an interrupt, counted: what may be somebody else's is not.

use std::collections::{BTreeMap, BTreeSet};

use super::entry::is_flow_handler;
use super::recording::Part;
use super::words::Words;

/// The counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Runs of the flow handler that called the action.
    pub taken: usize,
    /// Runs that the flow handler ended by itself.
    pub ignored: usize,
    /// Actions that returned `IRQ_HANDLED`.
    pub handled: usize,
    /// Actions that returned `IRQ_NONE`.
    pub unhandled: usize,
    /// Signals of the trigger eventfd.
    pub signals: usize,
    /// Masks, by ioctl or by the guest's DisINTx.
    pub masks: usize,
    /// Unmasks, by ioctl, eventfd or the guest's DisINTx.
    pub unmasks: usize,
    /// Masks and unmasks that may be this interrupt's, or another's.
    pub possible: usize,
    /// The line of the last signal.
    pub last_signal: Option<usize>,
    /// The line of the last unmask.
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
        runs.entry(entry.run).or_default().insert(words.name(entry.number));
    }
    let took = |names: &&BTreeSet<&str>| names.contains("irq_handler_entry") || names.contains("vfio_intx_handler");
    let ended = |names: &&BTreeSet<&str>| names.iter().any(|name| words.is_chip(name) && !is_flow_handler(name));
    let switches = |number| ["vfio_pci_intx_mask", "vfio_pci_intx_unmask_handler"].contains(&words.name(number));
    Counts {
        taken: runs.values().filter(took).count(),
        ignored: runs.values().filter(|names| !took(names) && ended(names)).count(),
        handled: entries("irq_handler_exit handled").count(),
        unhandled: entries("irq_handler_exit unhandled").count(),
        signals: entries("eventfd_signal_mask").count(),
        masks: entries("vfio_pci_intx_mask").count(),
        unmasks: entries("vfio_pci_intx_unmask_handler").count(),
        possible: part.entries.iter().filter(|entry| entry.is_open() && switches(entry.number)).count(),
        last_signal: entries("eventfd_signal_mask").next_back().map(|entry| entry.line),
        last_unmask: entries("vfio_pci_intx_unmask_handler").next_back().map(|entry| entry.line),
    }
}
