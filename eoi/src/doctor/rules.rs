//! Every rule, by its stable name; one file a family, and one page of text for each rule.
//!
//! A rule is a pure function of what it is given. To add one: a function in the file of its family, an entry in [`ALL`],
//! and the page `rules/NAME.md` that explains it.

use super::finding::{Finding, Found, Severity};
use super::page::Page;
use super::seen::Seen;
use super::watch::{Look, Watched};
use crate::host::Function;

pub mod log;
pub mod messages;
pub mod routing;
pub mod sharing;
pub mod spurious;
pub mod stall;
pub mod system;
pub mod watched;

/// One rule.
pub struct Rule {
    /// The name of its findings. It never changes its meaning.
    pub name: &'static str,
    /// The severity of its findings.
    pub severity: Severity,
    /// The severity where a finding matters less, or is not certain; for most rules the same.
    pub lesser: Severity,
    /// The page that explains its findings.
    pub page: Page,
    judge: Judge,
}

/// The subject of a rule, and its function.
enum Judge {
    /// The whole host.
    Host(fn(&Seen<'_>) -> Option<Found>),
    /// Each function that is asked about.
    Each(fn(&Seen<'_>, &Function) -> Option<Found>),
    /// The log that was given: one finding for each message that differs.
    Log(fn(&Seen<'_>) -> Vec<Found>),
    /// Each irq that a function with a pin leads to, or that is asked about.
    Irq(fn(&Seen<'_>, u32) -> Option<Found>),
    /// Each function whose line was watched.
    Watch(fn(&Seen<'_>, &Function, &[Look]) -> Option<Found>),
}

/// One entry of the table. The page has the rule's name.
macro_rules! rule {
    ($name:literal, $severity:ident, $judge:expr) => {
        rule!($name, $severity or $severity, $judge)
    };
    ($name:literal, $severity:ident or $lesser:ident, $judge:expr) => {
        Rule {
            name: $name,
            severity: Severity::$severity,
            lesser: Severity::$lesser,
            page: Page::new(include_str!(concat!("rules/", $name, ".md"))),
            judge: $judge,
        }
    };
}

use Judge::{Each, Host, Irq, Log, Watch};

/// Every rule, in the order of reports.
pub static ALL: &[Rule] = &[
    rule!("kernel-fix", Info, Host(system::kernel_fix)),
    rule!("forced-threading", Info, Host(system::forced_threading)),
    rule!("nointxmask", Warning, Host(system::nointxmask)),
    rule!("config-all-ones", Error, Each(routing::config_all_ones)),
    rule!("no-pin", Info, Each(routing::no_pin)),
    rule!("bad-pin", Error or Info, Each(routing::bad_pin)),
    rule!("no-route", Error or Info, Each(routing::no_route)),
    rule!("irq-not-connected", Error or Info, Each(routing::irq_not_connected)),
    rule!("stall-expected", Error, Each(stall::expected)),
    rule!("stall-possible", Warning, Each(stall::possible)),
    rule!("mask-race", Warning or Info, Each(stall::mask_race)),
    rule!("line-owners", Info, Irq(sharing::line_owners)),
    rule!("line-not-exclusive", Error or Warning, Each(sharing::line_not_exclusive)),
    rule!("line-shared", Warning or Info, Each(sharing::line_shared)),
    rule!("group-shared", Warning, Each(sharing::group_shared)),
    rule!("intx-bits-not-trusted", Warning or Info, Each(messages::intx_bits_not_trusted)),
    rule!("msi-present", Info, Each(messages::msi_present)),
    rule!("nobody-cared", Error, Irq(spurious::nobody_cared)),
    rule!("unhandled-interrupts", Warning or Info, Irq(spurious::unhandled)),
    rule!(
        "kvm-false-resample",
        Warning,
        Each(system::kvm_false_resample)
    ),
    rule!("log-irq-refused", Error, Log(log::irq_refused)),
    rule!("log-nobody-cared", Error, Log(log::nobody_cared)),
    rule!("log-no-answer", Warning, Log(log::no_answer)),
    rule!("line-stuck", Error or Warning, Watch(watched::line_stuck)),
    rule!("storm", Error or Warning, Watch(watched::storm)),
];

impl Rule {
    /// The subject of its findings, in a few words.
    #[must_use]
    pub fn about(&self) -> &'static str {
        self.page.title().1
    }

    /// Whether its findings exist only where a log was given.
    #[must_use]
    pub const fn needs_a_log(&self) -> bool {
        matches!(self.judge, Log(_))
    }

    /// Whether its findings exist only where lines were watched.
    #[must_use]
    pub const fn needs_watching(&self) -> bool {
        matches!(self.judge, Watch(_))
    }

    /// The findings of this rule.
    fn ask(&self, seen: &Seen<'_>, watched: &[Watched]) -> Vec<Finding> {
        let found: Vec<Found> = match self.judge {
            Host(judge) => judge(seen).into_iter().collect(),
            Log(judge) => judge(seen),
            Each(judge) => {
                let wanted = seen
                    .host
                    .functions
                    .iter()
                    .filter(|function| seen.wanted(function));
                wanted
                    .filter_map(|function| Some(judge(seen, function)?.of(function)))
                    .collect()
            }
            Irq(judge) => {
                let wanted = seen.host.lines.keys().filter(|&&irq| seen.wanted_irq(irq));
                wanted
                    .filter_map(|&irq| Some(judge(seen, irq)?.on(irq)))
                    .collect()
            }
            Watch(judge) => {
                let lines = watched
                    .iter()
                    .filter_map(|line| Some((seen.host.function(&line.address)?, &line.looks)));
                lines
                    .filter_map(|(function, looks)| {
                        Some(judge(seen, function, looks)?.of(function))
                    })
                    .collect()
            }
        };
        found.into_iter().map(|found| self.stamp(found)).collect()
    }

    /// Gives what was found its name, its severity and its reference.
    fn stamp(&self, found: Found) -> Finding {
        let Found {
            lesser,
            function,
            irq,
            summary,
            evidence,
            remedy,
            command,
        } = found;
        let severity = if lesser { self.lesser } else { self.severity };
        let reference = self.page.reference();
        Finding {
            name: self.name,
            severity,
            function,
            irq,
            summary,
            evidence,
            remedy,
            command,
            reference,
        }
    }
}

/// Asks every rule. `watched` is empty where nothing was watched.
#[must_use]
pub fn judge(seen: &Seen<'_>, watched: &[Watched]) -> Vec<Finding> {
    ALL.iter()
        .flat_map(|rule| rule.ask(seen, watched))
        .collect()
}
