//! `eoi.trace/2`: the result of `eoi trace`, complete, as data. Every format is rendered from it.
//!
//! The doc comments of these types are the descriptions in the JSON schema.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::count::Counts;
use super::recording::Kvm;
use super::way::{Candidate, Way};

mod build;

/// The result of `eoi trace`: a recording of a kernel, compared with the model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// The name and the version of this format.
    pub schema: Schema,
    /// The version of the `eoi` that wrote it.
    pub eoi: String,
    /// The name of the recording, as it was given.
    pub recording: String,
    /// The result for each INTx function that the recording shows. If no entry names a function, there is one result, for
    /// the only one.
    pub functions: Vec<Function>,
    /// The number of CPUs that the recording shows.
    pub cpus: usize,
    /// The number of entries that no part of the model has.
    pub unknown: usize,
    /// The number of places in which the kernel lost entries, or in which somebody left lines out and wrote `[...]`.
    /// Anything may have happened there.
    pub lost: usize,
    /// The events of KVM in the recording. They name a pin of the guest, not a function.
    pub kvm: Kvm,
    /// The changes of other programs that were undone in the recording's text before it was read. `null` if there were
    /// none.
    pub undone: Option<String>,
    /// The kinds of entries that the recording has none of, and that would have shown more.
    pub missing: Vec<Missing>,
    /// The command, for a shell of root, that records everything which the model knows of these controllers. `null` if
    /// nothing was missing, or if too many controllers are possible.
    pub record: Option<String>,
}

/// The name and the version of the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Schema {
    /// This version.
    #[serde(rename = "eoi.trace/2")]
    Trace2,
}

/// The result for one INTx function.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Function {
    /// The Linux number of its interrupt. `null` if the recording does not show it.
    pub irq: Option<u32>,
    /// The name of its handler, as `/proc/interrupts` prints it: `vfio-intx(0000:01:00.0)`. `null` if the recording does
    /// not show it.
    pub action: Option<String>,
    /// The names of all handlers that this interrupt called, in alphabetical order.
    pub handlers: Vec<String>,
    /// The result in one word.
    pub outcome: Outcome,
    /// The reason for which the outcome is `unclear`. `null` if it is not.
    pub unclear: Option<String>,
    /// The place at which every configuration departs from the recording. `null` if one explains it to its end.
    pub departs: Option<Departs>,
    /// The configurations that explain the entries from the first to the last or, if none does, those that come
    /// furthest.
    pub configurations: Vec<Candidate>,
    /// The stretches in which no interrupt could be delivered any more.
    pub dead: Vec<Dead>,
    /// The last hand-off on the way of an interrupt that the recording shows. `null` if it shows none.
    pub last_handoff: Option<Handoff>,
    /// The hand-off that had not come when the recording ended, though it was due. `null` if nothing was due.
    pub due: Option<String>,
    /// The interrupts, counted.
    pub interrupts: Counts,
    /// The entries, counted.
    pub entries: Entries,
    /// The functions of these configurations that never occur in the recording. This is taken to mean that the kernel did
    /// not call them.
    pub never_seen: Vec<String>,
    /// The steps of the system, one way to explain the recording. `null` if no configuration could be followed.
    pub way: Option<Way>,
}

/// The result in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// A configuration explains all entries, and after each of them another interrupt could be delivered.
    Follows,
    /// A configuration explains all entries. For a while, no interrupt could be delivered.
    WasDead,
    /// A configuration explains all entries. At the end, no interrupt can be delivered any more.
    Stuck,
    /// No configuration explains the entries.
    Departs,
    /// The recording does not show enough to tell.
    Unclear,
}

/// The place at which the configurations depart from a recording.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Departs {
    /// The line (of a trace.dat, the number of the entry).
    #[schemars(range(min = 1))]
    pub line: usize,
    /// The function or the event that the recording has there.
    pub seen: String,
    /// Everything that the model could have had there instead, in the same context: the CPU in interrupt context, or the
    /// task.
    pub expected: Vec<Expected>,
}

/// A call that could have come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Expected {
    /// The function or the event, as the recording would show it.
    pub call: String,
    /// The event of the model that it would be a part of. `null` if it belongs to a step that began before.
    pub event: Option<String>,
}

/// A stretch of a recording in which no interrupt could be delivered, in at least one configuration that explains it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Dead {
    /// The line after which it begins.
    #[schemars(range(min = 1))]
    pub from: usize,
    /// The line after which it ends. `null` if it lasts to the end of the recording.
    pub until: Option<usize>,
    /// The hand-off that was lost, and the later unmasks that did not help, in words.
    pub lost_handoff: String,
    /// Configurations that explain the recording as well, and in which an interrupt could be delivered all the time.
    pub not_with: Vec<Candidate>,
}

/// A hand-off on the way of an interrupt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Handoff {
    /// The hand-off, in words.
    pub what: String,
    /// The line that shows it.
    #[schemars(range(min = 1))]
    pub line: usize,
}

/// The entries of one function, counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Entries {
    /// Entries that were compared with the model: those of the function, and those that may be.
    pub followed: usize,
    /// Entries among them that may be another function's. Both possibilities were compared.
    pub possible: usize,
    /// Entries of other interrupts and other callers, which were set aside.
    pub aside: usize,
}

/// A kind of entries that a recording has none of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Missing {
    /// The events or functions.
    pub what: String,
    /// The thing that they would have shown.
    pub would_show: String,
}

impl Function {
    /// Whether a configuration explains its entries from the first to the last.
    #[must_use]
    pub const fn follows(&self) -> bool {
        self.departs.is_none() && !self.configurations.is_empty()
    }

    /// Whether there is a dead stretch.
    #[must_use]
    pub const fn is_dead(&self) -> bool {
        !self.dead.is_empty()
    }
}
