//! The input of a rule: the host, the question, what is known of the kernel, and the model's verdicts.

use std::collections::BTreeMap;

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
    /// The functions whose pin leads to each irq.
    on_irq: BTreeMap<u32, Vec<&'a Function>>,
}

impl<'a> Seen<'a> {
    /// Reads what tells of the kernel; verdicts of the model are asked for later, by the rules.
    #[must_use]
    pub fn new(tree: &Tree, host: &'a Host, request: &'a Request) -> Self {
        let mut on_irq: BTreeMap<u32, Vec<&Function>> = BTreeMap::new();
        for function in &host.functions {
            if let Some(irq) = function.intx_irq() {
                on_irq.entry(irq).or_default().push(function);
            }
        }
        Self {
            host,
            request,
            kernel: Kernel::judge(tree, host),
            models: Models::default(),
            on_irq,
        }
    }

    /// The functions whose pin leads to this irq, in the order of their addresses.
    #[must_use]
    pub fn functions_on(&self, irq: u32) -> &[&'a Function] {
        self.on_irq.get(&irq).map_or(&[], Vec::as_slice)
    }

    /// The others on this irq.
    pub fn neighbours(&self, function: &Function, irq: u32) -> impl Iterator<Item = &'a Function> {
        self.functions_on(irq)
            .iter()
            .copied()
            .filter(move |other| other.address != function.address)
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
        self.request.is_everything()
            || self.request.irqs.contains(&irq)
            || self.functions_on(irq).iter().any(|on| on.asked)
    }

    /// The function that findings about an irq name: the one that is handed to a guest, else the first with that irq.
    #[must_use]
    pub fn function_on(&self, irq: u32) -> Option<&'a Function> {
        let on = self.functions_on(irq);
        let judged = on.iter().find(|function| self.judged(function));
        judged.or_else(|| on.first()).copied()
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
        let only = unclear == 1 && owners.names.len() == 1 && actions.len() == 1;
        let is_neighbours = || {
            irq.into_iter()
                .flat_map(|irq| self.neighbours(function, irq))
                .any(|other| owner::of(other, &owners.names[0]) == Owner::Own)
        };
        owners.unclear = only && !is_neighbours();
        owners
    }
}
