//! The table of flow handlers, and the answers of systems that it is made from.

use schemars::JsonSchema;
use serde::Serialize;

use crate::check::configuration::Configuration;
use crate::check::run::{Access, Run};
use crate::error::Status;

/// The fixes that give a kernel the flag `IRQ_DISABLE_UNLAZY`, or take it.
pub(super) const FLAGS: [&str; 2] = ["none", "vfio-unlazy"];

/// The result of `eoi check --by flow`.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Flows {
    /// The name and the version of this format.
    pub schema: Schema,
    /// The version of the `eoi` that wrote it.
    pub eoi: String,
    /// The device of every system: the one whose line vfio-pci disables at the controller.
    pub device: String,
    /// The path of every system.
    pub path: String,
    /// The combinations of flow handler and callbacks, each once for every way in which its controllers answer.
    pub rows: Vec<Row>,
}

/// The name and the version of the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub enum Schema {
    /// This version.
    #[serde(rename = "eoi.flows/1")]
    Flows1,
}

/// Controllers with the same flow handler and the same callbacks that answer alike.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Row {
    /// The flow handler that the drivers set for a level line (kernel/irq/chip.c).
    pub flow: String,
    /// The callbacks of `struct irq_chip` that the drivers have, of those that bear on a level line.
    pub callbacks: Vec<String>,
    /// The controllers (`--chip`).
    pub controllers: Vec<String>,
    /// One cell for each combination of flags.
    pub cells: Vec<Cell>,
}

/// A combination of flow handler, callbacks and flags.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Cell {
    /// The flags.
    pub flags: Flags,
    /// The worst answer of any system and state.
    pub presents: Presents,
    /// The kernels with which the level is presented again, without what gives them the flags.
    pub again: Vec<String>,
    /// The kernels with which it is not.
    pub never: Vec<String>,
    /// The kernels with which the law `stall` is broken, whether by enabling the line or in another way.
    pub stalls: Vec<String>,
    /// All that enabling the line did while it was high, in any state of these systems.
    pub enables: Vec<Enable>,
    /// The shortest run after which the level is never presented again, in the first system that has one. `null` if none
    /// has.
    pub example: Option<Example>,
}

/// Flags on which disabling and enabling depend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Flags {
    /// The action is threaded with `IRQF_ONESHOT`, as with the boot argument `threadirqs`.
    pub oneshot: bool,
    /// `IRQ_DISABLE_UNLAZY` is set for the line, as vfio-pci does since 8b9f128947dd.
    pub disable_unlazy: bool,
}

/// Whether a level that is still high interrupts again after the line was enabled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Presents {
    /// The line is never enabled while it is high.
    NotAsked,
    /// The controller interrupts at once.
    AtOnce,
    /// A flow handler that still runs, a thread or a work item has to act first, and then the controller interrupts.
    Later,
    /// Nothing that goes on by itself makes the controller interrupt again.
    Never,
}

/// One way in which the line was enabled.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Enable {
    /// The kernel functions that were called, in their order.
    pub calls: Vec<String>,
    /// The accesses to the controller, in their order. An empty list: the controller was left alone.
    pub accesses: Vec<Access>,
    /// The result of it.
    pub presents: Presents,
    /// The number of transitions that do this, in all systems of the cell.
    pub transitions: usize,
}

/// A run that ends with a level that is never presented again.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Example {
    /// The controller (`--chip`).
    pub chip: String,
    /// The kernel (`--kernel`).
    pub kernel: String,
    /// The run. Its last step enables the line.
    pub run: Run,
    /// The command that searches the system, and explains the shortest runs that break a law.
    pub command: String,
}

/// The answer of one system.
pub(super) struct Answer {
    pub(super) configuration: Configuration,
    pub(super) flags: Flags,
    pub(super) stalls: bool,
    pub(super) enables: Vec<Enable>,
    /// The shortest run to a transition that is answered by `Never`.
    pub(super) never: Option<Run>,
}

impl Flows {
    /// 1 if some combination does not present a level again.
    #[must_use]
    pub fn status(&self) -> Status {
        let cells = self.rows.iter().flat_map(|row| &row.cells);
        Status::found(
            cells
                .map(|cell| cell.presents)
                .any(|presents| presents == Presents::Never),
        )
    }
}
