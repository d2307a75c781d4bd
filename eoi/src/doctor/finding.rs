//! A finding: what a rule found, with the rule's name, its severity and the evidence for it.

use schemars::JsonSchema;
use serde::Serialize;

use crate::host::{Evidence, Function};

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Good to know.
    Info,
    /// Interrupts may be lost, or the function may not start in a guest.
    Warning,
    /// Interrupts are lost, or the function does not work in a guest.
    Error,
}

impl Severity {
    /// The name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// One finding about the host, a function or an irq.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Finding {
    /// The name of the rule, which never changes its meaning. `eoi doctor --explain NAME` explains it.
    pub name: &'static str,
    /// How much it matters here.
    pub severity: Severity,
    /// The address of the PCI function that it is about, as `0000:01:00.0`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub function: Option<String>,
    /// The Linux irq that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub irq: Option<u32>,
    /// The finding in one or two sentences.
    pub summary: String,
    /// The files that show it.
    pub evidence: Vec<Evidence>,
    /// The remedy: a thing that the administrator can do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    /// The command of `eoi check` that proves it, with the shortest example.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// Kernel functions, commits and specifications to read.
    pub reference: String,
}

/// The return value of a rule's function. The table of rules adds the name, the severity and the reference.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The rule has two severities, and here the lesser one holds.
    pub lesser: bool,
    /// The function that it is about.
    pub function: Option<String>,
    /// The irq that it is about.
    pub irq: Option<u32>,
    /// The finding in one or two sentences.
    pub summary: String,
    /// The files that show it.
    pub evidence: Vec<Evidence>,
    /// The remedy: a thing that the administrator can do.
    pub remedy: Option<String>,
    /// The command of `eoi check` that proves it.
    pub command: Option<String>,
}

impl Found {
    /// Something that was found.
    pub fn new(summary: impl Into<String>) -> Self {
        Self {
            summary: summary.into(),
            ..Self::default()
        }
    }

    /// Under this condition it has the lesser of the rule's two severities.
    #[must_use]
    pub fn lesser_if(mut self, lesser: bool) -> Self {
        self.lesser = lesser;
        self
    }

    /// It is about this function, and about the irq of its pin.
    #[must_use]
    pub fn of(mut self, function: &Function) -> Self {
        self.function = Some(function.address.clone());
        self.irq = function.intx_irq();
        self
    }

    /// It is about this irq.
    #[must_use]
    pub const fn on(mut self, irq: u32) -> Self {
        self.irq = Some(irq);
        self
    }

    /// These files show it.
    #[must_use]
    pub fn because(mut self, evidence: impl IntoIterator<Item = Evidence>) -> Self {
        self.evidence.extend(evidence);
        self
    }

    /// This helps.
    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// This command proves it.
    #[must_use]
    pub fn command(mut self, command: impl Into<String>) -> Self {
        self.command = Some(command.into());
        self
    }
}
