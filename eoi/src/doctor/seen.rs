//! The input of a rule: the host, the question, what is known of the kernel, and the model's verdicts.

use super::models::Models;
use crate::host::{Function, Host, Kernel, Request, Tree};

/// Everything a rule may look at.
pub struct Seen<'a> {
    /// The host.
    pub host: &'a Host,
    /// The question.
    pub request: &'a Request,
    /// Its kernel.
    pub kernel: Kernel,
    /// The model's verdicts.
    pub models: Models,
}

impl<'a> Seen<'a> {
    /// Reads what tells of the kernel; verdicts of the model are asked for later, by the rules.
    #[must_use]
    pub fn new(tree: &Tree, host: &'a Host, request: &'a Request) -> Self {
        Self { host, request, kernel: Kernel::judge(tree, host), models: Models::default() }
    }

    /// Whether the function is judged as one that is handed to a guest: it is bound to vfio-pci, whose action shows as
    /// well, or it was asked about.
    #[must_use]
    pub fn judged(&self, function: &Function) -> bool {
        let handed = function.is_vfio() || self.host.in_use(function);
        let free_on_asked_line = function.driver.is_none() && self.on_asked_line(function);
        !function.is_bridge() && (handed || function.asked || free_on_asked_line)
    }

    /// Whether findings about this function were asked for.
    #[must_use]
    pub fn wanted(&self, function: &Function) -> bool {
        self.request.is_everything() || function.asked || self.on_asked_line(function)
    }

    fn on_asked_line(&self, function: &Function) -> bool {
        function.intx_irq().is_some_and(|irq| self.request.irqs.contains(&irq))
    }

    /// Whether findings about this irq were asked for.
    #[must_use]
    pub fn wanted_irq(&self, irq: u32) -> bool {
        let leads_there = |function: &Function| function.asked && function.intx_irq() == Some(irq);
        self.request.is_everything() || self.request.irqs.contains(&irq) || self.host.functions.iter().any(leads_there)
    }

    /// The function that findings about an irq name: the one that is handed to a guest, else the first with that irq.
    #[must_use]
    pub fn function_on(&self, irq: u32) -> Option<&'a Function> {
        let on = || self.host.functions.iter().filter(|function| function.intx_irq() == Some(irq));
        on().find(|function| self.judged(function)).or_else(|| on().next())
    }

    /// Whether the function will interrupt by INTx: it does so now, or it has nothing else.
    #[must_use]
    pub fn will_use_intx(&self, function: &Function) -> bool {
        let messages = function.config.is_none_or(|config| {
            let capabilities = config.capabilities;
            !capabilities.complete || capabilities.msi.is_some() || capabilities.msix.is_some()
        });
        self.host.in_use(function) || (!messages && !function.uses_messages())
    }

    /// The owners of the function's line beside itself. A single action is taken for its own driver's.
    #[must_use]
    pub fn other_owners(&self, function: &Function) -> Vec<String> {
        let owners = function.intx_irq().map(|irq| self.host.owners(irq)).unwrap_or_default();
        let own = function.action();
        let others: Vec<String> = owners.iter().filter(|owner| **owner != own).cloned().collect();
        let host_driver = function.driver.is_some() && !function.is_vfio() && !function.uses_messages();
        if host_driver && others.len() == 1 { Vec::new() } else { others }
    }
}
