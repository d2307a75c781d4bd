//! `eoi.check/2`: the result of `eoi check`, complete, as data. Every format is rendered from it.
//!
//! The doc comments of these types are the descriptions in the JSON schema.

use anyhow::Result;
use eoi_model::cost::Metric;
use eoi_model::kernels;
use eoi_search::Law;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::by_name::ByName;
use super::run::Run;
use super::select::Shape;
use super::share::Share;
use crate::error::{CannotTell, Status};

mod build;

/// The result of `eoi check`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// The name and the version of this format.
    pub schema: Schema,
    /// The version of the `eoi` that wrote it.
    pub eoi: String,
    /// How tables arrange the configurations.
    pub layout: Shape,
    /// The number of states at which a search gave up (`--limit`).
    pub limit: usize,
    /// With `--here` or `--root`: what the host was found to be, one sentence each.
    pub host: Vec<String>,
    /// Every fix that a configuration has.
    pub fixes: Vec<About>,
    /// The configurations, in the order in which they were asked for.
    pub results: Vec<Entry>,
    /// With `--part`: which part of a check this is. `null` for a whole check.
    pub share: Option<Share>,
}

/// The name and the version of the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Schema {
    /// This version.
    #[serde(rename = "eoi.check/2")]
    Check2,
}

/// A name with a sentence about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct About {
    /// The name.
    pub name: String,
    /// A sentence about it.
    pub about: String,
}

/// One configuration and what was found about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Entry {
    /// The configuration.
    pub configuration: Names,
    /// The result of its search.
    pub result: Answer,
}

/// A configuration, by the names of its parts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Names {
    /// All of it in one line.
    pub title: String,
    /// The host's interrupt controller (`--chip`).
    pub chip: String,
    /// The controller as `/proc/interrupts` prints it.
    pub chip_prints: String,
    /// The host's kernel (`--kernel`), without fixes.
    pub kernel: String,
    /// The fixes that are put into the kernel (`--fix`), in their order.
    pub fixes: Vec<String>,
    /// Whether the host boots with `threadirqs`.
    pub threadirqs: bool,
    /// The device (`--device`).
    pub device: String,
    /// The path from vfio-pci to the guest and back (`--path`).
    pub path: String,
    /// The VMM (`--vmm`).
    pub vmm: String,
    /// The guest's controller and options (`--guest`). `null` if the path has no guest that fits.
    pub guest: Option<String>,
    /// Other things that the guest, the VMM or the operator does meanwhile (`--scenario`).
    pub scenario: String,
    /// The number of host CPUs: 1 or 2.
    #[schemars(range(min = 1, max = 2))]
    pub cpus: u8,
    /// The number of independent reasons to interrupt that the device has: 1 or 2.
    #[schemars(range(min = 1, max = 2))]
    pub causes: u8,
    /// The command that searches this configuration alone and explains it.
    pub command: String,
}

/// The result of the search of a configuration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Answer {
    /// Every law holds, and the guest is served.
    Holds(Searched),
    /// A law is broken, or the guest is never served at all.
    Broken(Searched),
    /// No real system is like this configuration, so that it was not searched.
    Refused(Refused),
    /// The configuration has more states than the limit.
    Undecided(Undecided),
}

/// A configuration that was searched to the end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Searched {
    /// The number of states that can be reached.
    pub states: usize,
    /// The number of transitions between them.
    pub transitions: usize,
    /// How the host keeps the interrupt from coming again while the guest is at work.
    pub masking: Masking,
    /// The names of the bits of the controllers, by the fields of a state that hold them.
    pub bits: BitNames,
    /// Every law, in the order of reports.
    pub laws: Vec<LawResult>,
    /// The number of interrupts that are served while nobody races, before there is never another one. `null` if they go
    /// on for ever.
    pub typical_ends_after: Option<u64>,
    /// The cost of one served interrupt, one entry for each metric, in the order of reports.
    pub costs: Vec<MetricCost>,
}

/// How the host keeps a level interrupt from coming again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Masking {
    /// At the device, by bit 10 of the Command register.
    Disintx,
    /// At the controller, at once.
    Unlazy,
    /// At the controller, but only when the next interrupt comes.
    Lazy,
}

/// The names of the bits of controllers, the lowest bit first. A field that is a list of bits has some of these names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BitNames {
    /// The host controller's bits for the line: the field `pin`.
    pub pin: Vec<String>,
    /// The bits that the controller's driver in the host's kernel remembers: the field `drv`.
    pub drv: Vec<String>,
    /// The guest controller's bits for the line: the field `guest_pin`.
    pub guest_pin: Vec<String>,
}

/// The verdict of one law on a configuration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LawResult {
    /// The law.
    pub law: ByName<Law>,
    /// The fault that breaks the law.
    pub about: String,
    /// Whether the law holds in every state and on every path.
    pub holds: bool,
    /// Whether the law was put to the test: its subject does happen. A law that holds and was never put to the test says
    /// nothing. `false` for the law `stall` means that the guest is never served at all.
    pub sometimes: bool,
    /// A shortest run that breaks the law. `null` if the law holds.
    pub run: Option<Run>,
}

/// The cost of one served interrupt, by one metric.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MetricCost {
    /// The metric: the thing that is counted.
    pub metric: ByName<Metric>,
    /// The least that any endless run counts. `null` if no endless run serves anything.
    pub best: Option<PerServed>,
    /// The count of the endless run in which nobody races: the host acts first, then its work items, the VMM, the guest,
    /// the device. `null` if this run serves nothing.
    pub typical: Option<PerServed>,
    /// The most that any endless run counts. `null` if there is no bound, or if no endless run serves anything.
    pub worst: Option<PerServed>,
    /// Whether there is no bound: an endless run counts more and more and serves nothing meanwhile.
    pub unbounded: bool,
}

/// A cost per served interrupt, exact: a fraction in lowest terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PerServed {
    /// The number that is counted.
    pub count: u64,
    /// The number of served interrupts in which this is counted.
    #[schemars(range(min = 1))]
    pub served: u64,
}

/// Why a configuration was not searched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Refused {
    /// Why no real system is like this.
    pub reason: String,
}

/// A configuration with too many states.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Undecided {
    /// The reason, and everything that can be said all the same.
    pub reason: String,
}

impl Report {
    /// The exit status: what is broken counts more than what is undecided.
    ///
    /// # Errors
    /// [`CannotTell`] if nothing is broken and something is undecided.
    pub fn status(&self) -> Result<Status> {
        // A comparison is asked for what comes of the fixes, the second of each pair.
        let step = if self.layout == Shape::Fix && self.share.is_none() {
            2
        } else {
            1
        };
        let asked: Vec<&Entry> = self.results.iter().skip(step - 1).step_by(step).collect();
        if asked.iter().any(|entry| entry.result.is_broken()) {
            return Ok(Status::Found);
        }
        let all = asked.len();
        let undecided: Vec<&Entry> = asked
            .into_iter()
            .filter(|entry| matches!(entry.result, Answer::Undecided(_)))
            .collect();
        let (count, limit) = (undecided.len(), self.limit);
        Err(CannotTell(match undecided.as_slice() {
            [] => return Ok(Status::Holds),
            [Entry { configuration, result: Answer::Undecided(Undecided { reason }) }] => {
                format!("{} has {reason}", configuration.title)
            }
            _ => format!("{count} of {all} configurations have more than {limit} states; raise --limit to decide them"),
        })
        .into())
    }

    /// The results that were searched to the end.
    pub fn searched(&self) -> impl Iterator<Item = &Searched> {
        self.results
            .iter()
            .filter_map(|entry| entry.result.searched())
    }

    /// Whether the law is broken in one of the configurations.
    #[must_use]
    pub fn breaks(&self, law: Law) -> bool {
        self.searched().any(|searched| {
            searched
                .laws
                .iter()
                .any(|one| one.law.0 == law && !one.holds)
        })
    }
}

/// The name of the fix that was merged.
pub const MERGED: &str = "vfio-unlazy";

impl Names {
    /// Whether the kernel masks the line of a DisINTx- device at once: it is a release that has the merged fix, or has it on
    /// top.
    #[must_use]
    pub fn has_the_merged_fix(&self) -> bool {
        let has = |name: &str| self.fixes.iter().any(|fix| fix == name);
        let released = kernels::by_name(&self.kernel).is_some_and(|kernel| kernel.vfio_unlazy);
        has(MERGED) || (released && !has("none"))
    }

    /// The kernel with everything that is put on top of it, as `--kernel` takes it.
    #[must_use]
    pub fn kernel_and_fixes(&self) -> String {
        let fixes = self
            .fixes
            .iter()
            .fold(self.kernel.clone(), |kernel, fix| kernel + "+" + fix);
        if self.threadirqs {
            fixes + "+threadirqs"
        } else {
            fixes
        }
    }
}

impl Answer {
    /// The answer, if the configuration was searched to the end.
    #[must_use]
    pub const fn searched(&self) -> Option<&Searched> {
        match self {
            Self::Holds(searched) | Self::Broken(searched) => Some(searched),
            Self::Refused(_) | Self::Undecided(_) => None,
        }
    }

    /// Whether something is broken.
    #[must_use]
    pub const fn is_broken(&self) -> bool {
        matches!(self, Self::Broken(_))
    }
}

impl Searched {
    /// The laws that are broken, each with a run that breaks it.
    pub fn broken(&self) -> impl Iterator<Item = (&LawResult, &Run)> {
        self.laws
            .iter()
            .filter_map(|law| Some((law, law.run.as_ref()?)))
    }

    /// Whether the guest is ever served.
    #[must_use]
    pub fn serves(&self) -> bool {
        self.laws
            .iter()
            .all(|law| law.law.0 != Law::Stall || law.sometimes)
    }

    /// The cost by one metric.
    #[must_use]
    pub fn cost(&self, metric: Metric) -> Option<&MetricCost> {
        self.costs.iter().find(|cost| cost.metric.0 == metric)
    }
}
