//! `eoi.doctor/2`: a diagnosis as data, from which text, JSON and Prometheus are rendered.

use schemars::JsonSchema;
use serde::Serialize;

use super::finding::{Finding, Severity};
use crate::error::Status;
use crate::host::vm::Way;
use crate::host::{Chips, Disintx, Evidence, Fixed, Function};

/// The result of `eoi doctor` about a host.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Diagnosis {
    /// The answer to each thing that was asked about by its name; empty where everything was asked about.
    pub answers: Vec<Answer>,
    /// The changes of other programs that were undone in the given texts, before they were read.
    pub undone: Vec<String>,
    /// The host as a whole.
    pub host: HostSummary,
    /// The facts known about its kernel.
    pub kernel: KernelSummary,
    /// The PCI functions that were asked about, in the order of their addresses. Where everything was asked about: those
    /// with an interrupt pin, and those that are handed to a guest. Bridges are left out.
    pub functions: Vec<FunctionSummary>,
    /// The interrupt lines of these functions, and those that were asked about, in the order of their irqs.
    pub lines: Vec<LineSummary>,
    /// The findings, in the order of the rules, of addresses and of irqs.
    pub findings: Vec<Finding>,
    /// The observations of `--watch`, line by line; `null` without it.
    pub watched: Option<Vec<WatchedSummary>>,
    /// Questions that stay open: functions and irqs of which nothing could be told.
    pub undecided: Vec<Undecided>,
    /// Things that could not be seen, and why that matters.
    pub unseen: Vec<Unseen>,
}

/// The answer to one question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Answer {
    /// The function's address, or `irq 16`.
    pub about: String,
    /// The worst that was found of it; `null` if nothing was, or if it stays open.
    pub severity: Option<Severity>,
    /// The name of that finding.
    pub finding: Option<&'static str>,
    /// The answer in a sentence.
    pub says: String,
}

/// The host in a few numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct HostSummary {
    /// The distribution, as its os-release names it; `null` if it is not known.
    pub os: Option<String>,
    /// QEMU emulates the machine, as its firmware or its device tree says: its controllers are judged as QEMU's.
    pub emulated: bool,
    /// CPUs that are online; 0 if it is not known.
    pub cpus: usize,
    /// PCI functions.
    pub functions: usize,
    /// PCI functions with an interrupt pin.
    pub functions_with_pin: usize,
    /// PCI functions that were judged as handed to a guest.
    pub functions_judged: usize,
    /// The parameter `nointxmask` of the module vfio_pci; `null` if the module is not loaded.
    pub nointxmask: Option<bool>,
    /// The modules of KVM that are loaded.
    pub kvm: Vec<String>,
    /// Files that were there and could not be read.
    pub unreadable_files: usize,
}

/// The facts known about the kernel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct KernelSummary {
    /// The release, as `uname -r` prints it; `null` if it is not known.
    pub release: Option<String>,
    /// The kernel of the model that its version stands for, as `eoi check --kernel` takes it.
    pub stands_for: Option<&'static str>,
    /// Whether it has the INTx fix (commit 8b9f128947dd): it masks the line of a DisINTx- function at once.
    pub fix: Fixed,
    /// The same in a sentence.
    pub says: &'static str,
    /// The files that show it.
    pub evidence: Vec<Evidence>,
    /// Interrupt handlers run in threads (`threadirqs`, or PREEMPT_RT).
    pub threads_interrupts: bool,
    /// The words of the kernel's command line that bear on interrupts.
    pub command_line: Vec<String>,
}

/// One PCI function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FunctionSummary {
    /// The address, as `0000:01:00.0`.
    pub address: String,
    /// It was judged as handed to a guest: it is bound to vfio-pci, or it was asked about.
    pub judged: bool,
    /// Vendor and device, as `8086:1533`; `null` if the configuration space cannot be read.
    pub id: Option<String>,
    /// The interrupt pin: 0 for none, 1 to 4 for INTA to INTD; `null` if it is not known.
    pub pin: Option<u8>,
    /// The Linux irq of the pin; `null` if there is none, or if it is not known.
    pub irq: Option<u32>,
    /// The name of the irq's controller, as Linux prints it.
    pub controller: Option<String>,
    /// The controllers of the model that this name may stand for, as `eoi check --chip` takes them.
    pub stands_for: Vec<&'static str>,
    /// The driver that is bound.
    pub driver: Option<String>,
    /// Whether vfio-pci can mask the function by its DisINTx bit.
    pub disintx: DisintxState,
    /// The file that shows it.
    pub disintx_evidence: Evidence,
    /// The function interrupts by MSI or MSI-X.
    pub uses_messages: bool,
    /// The IOMMU group.
    pub iommu_group: Option<String>,
    /// The path of its interrupt to the machine that is handed it, as `eoi check --path` takes it; `null` where no machine
    /// was seen or given.
    pub path: Option<&'static str>,
    /// The machine, and why that is the path.
    pub machine: Option<String>,
}

/// Whether vfio-pci can mask a function by its DisINTx bit (Command register, bit 10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DisintxState {
    /// It can: the line may be shared.
    Works,
    /// It cannot: the line is disabled at the controller, and vfio-pci has to have it for itself.
    Lacking,
    /// Nothing that can be read without writing tells.
    Unknown,
    /// vfio-pci shows the guest no INTx at all.
    NoIntx,
}

/// One interrupt line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LineSummary {
    /// The Linux irq.
    pub irq: u32,
    /// The name of its controller, as Linux prints it.
    pub controller: Option<String>,
    /// `level` or `edge`; `null` if it is not known.
    pub trigger: Option<String>,
    /// The names under which drivers have requested it.
    pub owners: Vec<String>,
    /// The addresses of the functions with a pin that leads to it.
    pub functions: Vec<String>,
    /// Interrupts taken since boot, on all CPUs; `null` if it is not known.
    pub taken: Option<u64>,
    /// Interrupts in a row that no handler accepted; `null` if it is not known.
    pub unhandled: Option<u32>,
}

/// The observations of `--watch` about one function's line.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct WatchedSummary {
    /// The function's address.
    pub function: String,
    /// How long the line was watched, in seconds.
    pub seconds: f64,
    /// How often it was looked at; 0 if it could not be read.
    pub looks: usize,
    /// At how many looks the function asked for an interrupt.
    pub asserted: usize,
    /// Interrupts that the host took meanwhile.
    pub taken: u64,
}

/// A question that stays open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Undecided {
    /// The function that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub function: Option<String>,
    /// The irq that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub irq: Option<u32>,
    /// Why nothing could be told.
    pub reason: String,
}

/// Something that could not be seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Unseen {
    /// The file, or the function in a report of lspci.
    pub subject: String,
    /// Why it could not be seen.
    pub reason: String,
    /// Why it matters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub matters: Option<String>,
}

impl Diagnosis {
    /// 1 if a warning or an error was found; 3 if not, and a question stays open; else 0.
    #[must_use]
    pub fn status(&self) -> Status {
        if self
            .findings
            .iter()
            .any(|finding| finding.severity >= Severity::Warning)
        {
            Status::Found
        } else if self.undecided.is_empty() {
            Status::Holds
        } else {
            Status::Unknown
        }
    }
}

impl FunctionSummary {
    /// A function, and what follows from the host's files.
    #[must_use]
    pub fn new(
        function: &Function,
        judged: bool,
        chips: Option<Chips>,
        disintx: &Disintx,
        way: Option<Way>,
    ) -> Self {
        let id = |(vendor, device)| format!("{vendor:04x}:{device:04x}");
        let stands_for = chips
            .iter()
            .flat_map(|chips| &chips.rows)
            .map(|chip| chip.name)
            .collect();
        Self {
            address: function.address.clone(),
            judged,
            id: function.config.and_then(|config| config.id).map(id),
            pin: function.config.and_then(|config| config.pin.value()),
            irq: function.intx_irq(),
            controller: chips.map(|chips| chips.shown),
            stands_for,
            driver: function.driver.clone(),
            disintx: disintx.into(),
            disintx_evidence: disintx.evidence().clone(),
            uses_messages: function.uses_messages(),
            iommu_group: function.group.clone(),
            path: way.as_ref().map(|way| way.path.name()),
            machine: way.map(|way| way.because),
        }
    }
}

impl From<&Disintx> for DisintxState {
    fn from(disintx: &Disintx) -> Self {
        match disintx {
            Disintx::Has(_) => Self::Works,
            Disintx::Lacks(_) => Self::Lacking,
            Disintx::Unknown(_) => Self::Unknown,
            Disintx::NoIntx(_) => Self::NoIntx,
        }
    }
}

impl DisintxState {
    /// The text that reports print.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Works => "DisINTx+",
            Self::Lacking => "DisINTx-",
            Self::Unknown => "DisINTx?",
            Self::NoIntx => "no INTx",
        }
    }
}
