//! The input of a rule: the host, the question, what is known of the kernel, and the model's verdicts.

use super::models::Models;
use crate::host::owner::{self, Owner};
use crate::host::{Function, Host, Kernel, Request, Tree};

/// Who has a function's line beside itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owners {
    /// The names of their actions.
    pub names: Vec<String>,
    /// The only one may be the function's own driver.
    pub unclear: bool,
}

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
        Self {
            host,
            request,
            kernel: Kernel::judge(tree, host),
            models: Models::default(),
        }
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
        function
            .intx_irq()
            .is_some_and(|irq| self.request.irqs.contains(&irq))
    }

    /// Whether findings about this irq were asked for.
    #[must_use]
    pub fn wanted_irq(&self, irq: u32) -> bool {
        let leads_there = |function: &Function| function.asked && function.intx_irq() == Some(irq);
        self.request.is_everything()
            || self.request.irqs.contains(&irq)
            || self.host.functions.iter().any(leads_there)
    }

    /// The function that findings about an irq name: the one that is handed to a guest, else the first with that irq.
    #[must_use]
    pub fn function_on(&self, irq: u32) -> Option<&'a Function> {
        let on = || {
            self.host
                .functions
                .iter()
                .filter(|function| function.intx_irq() == Some(irq))
        };
        on().find(|function| self.judged(function))
            .or_else(|| on().next())
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

    /// The owners of the function's line beside itself and its own driver.
    #[must_use]
    pub fn other_owners(&self, function: &Function) -> Owners {
        let irq = function.intx_irq();
        let actions = irq.map(|irq| self.host.owners(irq)).unwrap_or_default();
        let own = function.action();
        let mut owners = Owners::default();
        let mut unclear = 0;
        for action in actions.iter().filter(|action| **action != own) {
            let whose = owner::of(function, action);
            unclear += usize::from(whose == Owner::Unclear);
            if whose != Owner::Own {
                owners.names.push(action.clone());
            }
        }
        // The only action whose name tells nothing may be the driver's own, unless another function's driver has it.
        let others = self
            .host
            .functions
            .iter()
            .filter(|other| other.address != function.address);
        let mut others = others.filter(|other| other.intx_irq() == irq);
        let is_others = others.any(|other| {
            owners
                .names
                .iter()
                .any(|name| owner::of(other, name) == Owner::Own)
        });
        owners.unclear =
            unclear == 1 && owners.names.len() == actions.len() && actions.len() == 1 && !is_others;
        owners
    }
}
