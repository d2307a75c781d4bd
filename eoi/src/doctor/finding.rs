//! What a rule finds, with the evidence for it.

use serde::Serialize;

use crate::host::{Device, Evidence};

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Good to know.
    Info,
    /// It may go wrong.
    Warning,
    /// It goes wrong.
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

/// What a rule found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The rule's name, which never changes its meaning.
    pub name: &'static str,
    /// How much it matters here.
    pub severity: Severity,
    /// The function it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// The Linux irq it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub irq: Option<u32>,
    /// What it rests on.
    pub evidence: Vec<Evidence>,
    /// What is the matter.
    pub cause: String,
    /// What helps; empty where there is nothing to do.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub remedy: String,
    /// Where to read on: a section of docs/findings.md, a kernel function, a commit, a command.
    pub reference: String,
}

impl Finding {
    /// A finding about the whole host.
    pub fn new(name: &'static str, severity: Severity, cause: impl Into<String>) -> Self {
        Self {
            name,
            severity,
            device: None,
            irq: None,
            evidence: Vec::new(),
            cause: cause.into(),
            remedy: String::new(),
            reference: String::new(),
        }
    }

    /// It is about this function, and the irq of its pin.
    #[must_use]
    pub fn of(mut self, device: &Device) -> Self {
        self.device = Some(device.address.clone());
        self.irq = device.intx_irq();
        self
    }

    /// It is about this irq.
    #[must_use]
    pub fn on(mut self, irq: u32) -> Self {
        self.irq = Some(irq);
        self
    }

    /// It rests on this.
    #[must_use]
    pub fn because(mut self, evidence: impl IntoIterator<Item = Evidence>) -> Self {
        self.evidence.extend(evidence);
        self
    }

    /// This helps.
    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = remedy.into();
        self
    }

    /// Read on there.
    #[must_use]
    pub fn reference(mut self, reference: impl Into<String>) -> Self {
        self.reference = reference.into();
        self
    }
}
