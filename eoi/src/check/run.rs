//! A run of a system: a first state, and steps one after the other, with everything that a reader or a picture needs.
//!
//! The doc comments of these types are the descriptions in the JSON schemas.

use std::collections::BTreeMap;

use eoi_model::cost::Metric;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::by_name::ByName;

/// A run: a first state, and steps one after the other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Run {
    /// The state before the first step, one entry for each function of the configuration.
    pub initial: Vec<FunctionState>,
    /// The steps, in their order. The first has the number 1.
    pub steps: Vec<Step>,
    /// The number of the step with which a cycle begins: from there to the last step, the run repeats for ever. `null` if
    /// the run has no cycle.
    #[schemars(range(min = 1))]
    pub cycle_from: Option<usize>,
    /// Everything that still happens by itself after the last step. `null` if this was not asked: only a stall has it.
    pub afterwards: Option<Afterwards>,
}

/// Everything that still happens by itself after a run, without a new event from the device, the operator or the VMM's
/// user.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Afterwards {
    /// The steps, in their order. Their numbers continue those of the run. They are one possible order of turns: the host
    /// acts first, then its work items, the VMM, the guest, timers.
    pub steps: Vec<Step>,
    /// How it ends.
    pub end: End,
}

/// How the steps that happen by themselves end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// After the last step nothing can happen by itself any more.
    Nothing,
    /// More steps would follow; only the first ones are listed.
    More,
}

/// One step: one critical section, or one transaction on a bus.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Step {
    /// The number of the step in the run, from 1.
    #[schemars(range(min = 1))]
    pub number: usize,
    /// The name of the event, `who.what`. Names never change their meaning.
    pub event: String,
    /// The function that the event happens to: 0, or 1 in a configuration of two functions. An event of a line that both
    /// functions share has 0.
    #[schemars(range(max = 1))]
    pub function: u8,
    /// Who acts: a part of the system, by the first word of the event's name.
    pub participant: String,
    /// The kind of participant that acts. It decides whether the event happens by itself.
    pub turn: Turn,
    /// The role of the event in the laws. `null` if it has none.
    pub role: Option<Role>,
    /// The lock or the wire that makes the step indivisible.
    pub atomic_by: String,
    /// Where the mechanism stands: a file of Linux 6.12 and a function in it, a file of QEMU 10.0 (`hw/...`), a part of
    /// `eoi-intx`, or a section of PCI 2.3.
    pub cites: String,
    /// The fields of the state that the step changed, in the order of the state's fields.
    pub changes: Vec<Change>,
    /// The kernel functions that the step called and that a function tracer shows, in their order.
    pub calls: Vec<String>,
    /// The registers, configuration registers, firmware calls, eventfds and ioctls that the step touched, in their order.
    pub accesses: Vec<Access>,
    /// The cost of the step. A metric that is not there is 0.
    pub cost: BTreeMap<ByName<Metric>, u32>,
    /// The state after the step, one entry for each function of the configuration.
    pub state: Vec<FunctionState>,
    /// The other events that could have happened in the place of this one.
    pub others: Vec<Possible>,
}

/// One load, store, firmware call, eventfd signal or ioctl.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Access {
    /// The cost that it raises by one, which says what it is: a read or a write of the controller, and so on.
    pub metric: ByName<Metric>,
    /// The register, call or ioctl, by the name that its manual or driver has for it.
    pub name: String,
    /// The kernel function that did it. `null` if no function that a tracer can show did.
    pub by: Option<String>,
    /// The value that was read. `null` if nobody looked at it.
    pub value: Option<u8>,
}

/// The kind of participant that acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Turn {
    /// The host's CPUs in interrupt context. Happens by itself.
    Host,
    /// The host kernel's threads, eventfds and work items. Happens by itself.
    Work,
    /// The VMM, and KVM for the VMM or the guest. Happens by itself.
    Vmm,
    /// The guest's CPU. Happens by itself.
    Guest,
    /// The device. Nobody can rely on it.
    Device,
    /// A timer of the VMM. Happens by itself, later than anything else.
    Timer,
    /// A wish of the VMM's user, the guest's set-up or the operator. Nobody can rely on it.
    Control,
}

/// The role of an event in the laws.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// The device gets a reason to interrupt.
    Cause,
    /// The host takes an interrupt.
    HostIrq,
    /// The kernel gives the line up ("nobody cared").
    NobodyCared,
    /// The guest takes an interrupt.
    GuestIrq,
    /// The guest serves the device: it clears the cause.
    Service,
}

/// One field that a step changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Change {
    /// The function that the field is about: 0 or 1.
    #[schemars(range(max = 1))]
    pub function: u8,
    /// The name of the field.
    pub field: String,
    /// The value before the step.
    pub old: Value,
    /// The value after the step.
    pub new: Value,
}

/// Everything that is remembered about one function and its line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FunctionState {
    /// The function: 0 or 1.
    #[schemars(range(max = 1))]
    pub function: u8,
    /// The value of every field, by the name of the field.
    pub fields: BTreeMap<String, Value>,
}

/// The value of a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Value {
    /// A flag: `true` if it is set.
    Flag(bool),
    /// A number from 0.
    Number(u64),
    /// One of several named values.
    Name(String),
    /// The names of the bits that are set; an empty list if none is.
    Bits(Vec<String>),
}

/// An event that could have happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Possible {
    /// The name of the event.
    pub event: String,
    /// The function that it would have happened to: 0 or 1.
    #[schemars(range(max = 1))]
    pub function: u8,
}

impl Run {
    /// How many steps of the run serve the device.
    #[must_use]
    pub fn served(&self) -> usize {
        self.steps
            .iter()
            .filter(|step| step.role == Some(Role::Service))
            .count()
    }

    /// The names of the events, in their order.
    #[must_use]
    pub fn events(&self) -> Vec<&str> {
        self.steps.iter().map(|step| step.event.as_str()).collect()
    }

    /// The steps of the cycle; none if the run has no cycle.
    #[must_use]
    pub fn cycle(&self) -> &[Step] {
        let before = self
            .cycle_from
            .map_or(self.steps.len(), |number| number.saturating_sub(1));
        self.steps.get(before..).unwrap_or_default()
    }
}
