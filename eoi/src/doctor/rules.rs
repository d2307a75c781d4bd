//! Every rule, by its stable name; one file a family.
//!
//! A rule is a pure function of what was seen. To add one: a function in its family's file, a line in [`ALL`].

use super::finding::{Finding, Severity};
use super::seen::Seen;
use crate::host::Device;

pub mod messages;
pub mod routing;
pub mod sharing;
pub mod spurious;
pub mod stall;
pub mod system;

/// One rule.
pub struct Rule {
    /// The name of its findings. It never changes its meaning.
    pub name: &'static str,
    /// The most that one of its findings can be.
    pub severity: Severity,
    /// The least: what it is where it would matter less, or may not be so.
    pub least: Severity,
    /// What it finds, in a few words.
    pub about: &'static str,
    /// How.
    pub judge: Judge,
}

/// What a rule looks at.
pub enum Judge {
    /// The whole host.
    Host(fn(&Seen<'_>) -> Option<Finding>),
    /// Each function that is asked about.
    Device(fn(&Seen<'_>, &Device) -> Option<Finding>),
    /// Each irq that a function with a pin leads to, or that is asked about.
    Irq(fn(&Seen<'_>, u32) -> Option<Finding>),
    /// A line over time; the name is reserved.
    Watch,
}

const fn rule(name: &'static str, severity: Severity, about: &'static str, judge: Judge) -> Rule {
    Rule { name, severity, least: severity, about, judge }
}

impl Rule {
    /// Some of its findings matter less.
    const fn or(self, least: Severity) -> Self {
        Self { least, ..self }
    }
}

use Judge::{Device as Each, Host, Irq, Watch};
use Severity::{Error, Info, Warning};

/// Every rule, in the order of reports.
pub static ALL: &[Rule] = &[
    rule("kernel-fix", Info, "whether this kernel masks a DisINTx- line at once", Host(system::kernel_fix)),
    rule("forced-threading", Info, "interrupt handlers run in threads", Host(system::forced_threading)),
    rule("nointxmask", Warning, "vfio-pci is told not to use DisINTx", Host(system::nointxmask)),
    rule("config-all-ones", Error, "the function does not answer", Each(routing::config_all_ones)),
    rule("no-pin", Info, "the function has no interrupt pin", Each(routing::no_pin)),
    rule("bad-pin", Error, "the pin is none of INTA# to INTD#", Each(routing::bad_pin)).or(Info),
    rule("no-route", Error, "the pin leads to no irq", Each(routing::no_route)).or(Info),
    rule("irq-not-connected", Error, "the firmware says that the pin leads nowhere", Each(routing::irq_not_connected))
        .or(Info),
    rule("stall-expected", Error, "the line is lost, whatever cannot be told", Each(stall::expected)),
    rule("stall-possible", Warning, "the line is lost, or not, by what cannot be told", Each(stall::possible)),
    rule("mask-race", Warning, "a mask that meets an interrupt loses the line", Each(stall::mask_race)).or(Info),
    rule("line-owners", Info, "who is on an irq that was asked about", Irq(sharing::line_owners)),
    rule("line-not-exclusive", Error, "a DisINTx- function's line has other owners", Each(sharing::line_not_exclusive))
        .or(Warning),
    rule("line-shared", Info, "the line has other owners", Each(sharing::line_shared)),
    rule("group-shared", Warning, "a DisINTx- function shares its IOMMU group", Each(sharing::group_shared)),
    rule(
        "intx-bits-not-trusted",
        Warning,
        "the kernel does not trust its INTx bits",
        Each(messages::intx_bits_not_trusted),
    )
    .or(Info),
    rule("msi-present", Info, "it has MSI or MSI-X", Each(messages::msi_present)),
    rule("nobody-cared", Error, "the kernel gave the line up, or is about to", Irq(spurious::nobody_cared)),
    rule("unhandled-interrupts", Warning, "interrupts that no handler wanted", Irq(spurious::unhandled)).or(Info),
    rule(
        "kvm-false-resample",
        Warning,
        "KVM accepts a resample that it never signals",
        Each(system::kvm_false_resample),
    ),
    rule("line-stuck", Error, "a line that stays asserted while nothing is taken", Watch).or(Warning),
    rule("storm", Error, "host interrupts without end", Watch).or(Warning),
];

/// Asks every rule.
#[must_use]
pub fn judge(seen: &Seen<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for rule in ALL {
        match rule.judge {
            Host(judge) => findings.extend(judge(seen)),
            Each(judge) => {
                let wanted = seen.host.devices.iter().filter(|device| seen.wanted(device));
                findings.extend(wanted.filter_map(|device| judge(seen, device)));
            }
            Irq(judge) => {
                let asked = |irq: u32| seen.request.is_everything() || seen.wanted_irq(irq);
                findings.extend(seen.host.lines.keys().filter(|&&irq| asked(irq)).filter_map(|&irq| judge(seen, irq)));
            }
            Watch => {}
        }
    }
    findings
}
