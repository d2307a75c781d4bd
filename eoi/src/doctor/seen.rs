//! What a rule is given: the host, the question, what is known of the kernel, and the model's verdicts.

use super::models::Models;
use crate::host::{Device, Host, Kernel, Request, Tree};

/// Everything a rule may look at.
pub struct Seen<'a> {
    /// The host.
    pub host: &'a Host,
    /// What was asked.
    pub request: &'a Request,
    /// Its kernel.
    pub kernel: Kernel,
    /// The model's verdicts.
    pub models: Models,
}

impl<'a> Seen<'a> {
    /// Concludes.
    #[must_use]
    pub fn new(tree: &Tree, host: &'a Host, request: &'a Request) -> Self {
        Self { host, request, kernel: Kernel::judge(tree, host), models: Models::default() }
    }

    /// Whether the function is judged as one that is handed to a guest: it is bound to vfio-pci, whose action shows as well,
    /// or was asked about.
    #[must_use]
    pub fn judged(&self, device: &Device) -> bool {
        let on_asked_line = || device.intx_irq().is_some_and(|irq| self.request.irqs.contains(&irq));
        let handed = || device.is_vfio() || self.host.in_use(device);
        !device.is_bridge() && (handed() || device.asked || (device.driver.is_none() && on_asked_line()))
    }

    /// Whether findings about this function were asked for.
    #[must_use]
    pub fn wanted(&self, device: &Device) -> bool {
        let on_asked_line = || device.intx_irq().is_some_and(|irq| self.request.irqs.contains(&irq));
        self.request.is_everything() || device.asked || on_asked_line()
    }

    /// As [`Seen::wanted`], of an irq.
    #[must_use]
    pub fn wanted_irq(&self, irq: u32) -> bool {
        let leads_there = |device: &&Device| device.asked && device.intx_irq() == Some(irq);
        self.request.irqs.contains(&irq) || self.host.devices.iter().any(|device| leads_there(&device))
    }

    /// The function that an irq's findings are told of: the one that is handed to a guest, else the first with that irq.
    #[must_use]
    pub fn device_on(&self, irq: u32) -> Option<&'a Device> {
        let on = || self.host.devices.iter().filter(|device| device.intx_irq() == Some(irq));
        on().find(|device| self.judged(device)).or_else(|| on().next())
    }

    /// INTx is what the function will interrupt by: it does so now, or it has nothing else.
    #[must_use]
    pub fn will_use_intx(&self, device: &Device) -> bool {
        let messages = device.config.is_none_or(|config| {
            let capabilities = config.capabilities;
            !capabilities.complete || capabilities.msi.is_some() || capabilities.msix.is_some()
        });
        self.host.in_use(device) || (!messages && !device.uses_messages())
    }

    /// The owners of the function's line beside itself. A single action of its own driver is its own.
    #[must_use]
    pub fn other_owners(&self, device: &Device) -> Vec<String> {
        let owners = device.intx_irq().map(|irq| self.host.owners(irq)).unwrap_or_default();
        let own = device.action();
        let others: Vec<String> = owners.iter().filter(|owner| **owner != own).cloned().collect();
        let host_driver = device.driver.is_some() && !device.is_vfio() && !device.uses_messages();
        if host_driver && others.len() == 1 { Vec::new() } else { others }
    }
}
