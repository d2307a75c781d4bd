//! `eoi.flows/1`: flow handlers by the callbacks of controllers and by flags. Does a level that is still high interrupt again
//! after `enable_irq()`?
//!
//! Nothing here is written by hand. Of each system every reachable state is looked at. A transition counts that ends with
//! the line enabled (`IRQD_IRQ_DISABLED` goes from set to clear) and high. From there on only what goes on by itself may
//! happen: interrupt context, threads, work items, the VMM. The level is presented again if that leads to a host interrupt.
//!
//! The doc comments of these types are the descriptions in the JSON schema.

use anyhow::{Context, Result};
use eoi_model::cost::Metric;
use eoi_model::device::Device;
use eoi_model::event::Event;
use eoi_model::fixes::{self, Fix};
use eoi_model::irqchip::{self, Irqchip, LINE};
use eoi_model::kernels::{self, Kernel};
use eoi_model::scenario::Scenario;
use eoi_model::state::State;
use eoi_model::system::{Path, System, Vmm};
use eoi_search::{Graph, Law, Role, Verdicts};
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::Serialize;

use super::configuration::{Configuration, GuestChoice};
use super::follow::{Follow, access};
use super::kernel;
use super::names::pick;
use super::run::{Access, Run};
use super::searched::explore;
use super::select::Wanted;
use crate::error::{CannotTell, Status};

mod rows;

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
struct Answer {
    configuration: Configuration,
    flags: Flags,
    stalls: bool,
    enables: Vec<Enable>,
    /// The shortest run to a transition that is answered by `Never`.
    never: Option<Run>,
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

/// Searches every controller, kernel and combination of flags that is wanted.
///
/// # Errors
/// An unknown name, a fix that fits nowhere, or more states than the limit.
pub fn flows(wanted: &Wanted) -> Result<Flows> {
    let systems = systems(wanted)?;
    let answer = |(configuration, flags)| answer(configuration, flags, wanted.limit);
    let answers: Vec<Option<Answer>> =
        systems.into_par_iter().map(answer).collect::<Result<_>>()?;
    let answers: Vec<Answer> = answers.into_iter().flatten().collect();
    Ok(Flows {
        schema: Schema::Flows1,
        eoi: env!("CARGO_PKG_VERSION").to_string(),
        device: Device::NoDisintx.name().to_string(),
        path: Path::Vmm.name().to_string(),
        rows: rows::of(answers),
    })
}

/// The configurations, in the order of the tables. Each has its flags by a fix where its kernel has not.
fn systems(wanted: &Wanted) -> Result<Vec<(Configuration, Flags)>> {
    let chips = pick(
        "controller",
        &wanted.chip,
        irqchip::ALL,
        |chip| chip.name,
        irqchip::ALL,
    )?;
    let (named, _) = kernel::pick(&wanted.kernel, false)?;
    let on_top = pick("fix", &wanted.fix, fixes::ALL, |fix| fix.name, &[])?;
    let all: Vec<(&'static Kernel, Vec<&'static Fix>)> = if named.is_empty() {
        kernels::ALL
            .iter()
            .map(|kernel| (kernel, Vec::new()))
            .collect()
    } else {
        named
            .into_iter()
            .map(|named| (named.kernel, named.fixes))
            .collect()
    };
    let mut systems = Vec::new();
    for &chip in &chips {
        for (kernel, fixes) in all.iter().filter(|(kernel, _)| chip.kernels.has(kernel)) {
            for (oneshot, disable_unlazy) in
                [(false, false), (false, true), (true, false), (true, true)]
            {
                let flags = Flags {
                    disable_unlazy,
                    oneshot,
                };
                let fixes = with_flag(kernel, [fixes.as_slice(), &on_top].concat(), disable_unlazy);
                systems.push((configuration(chip, kernel, fixes, oneshot, wanted), flags));
            }
        }
    }
    Ok(systems)
}

/// The fixes that give a kernel the flag `IRQ_DISABLE_UNLAZY`, or take it.
const FLAGS: [&str; 2] = ["none", "vfio-unlazy"];

/// The fixes that make this kernel unlazy, or lazy.
fn with_flag(kernel: &Kernel, mut fixes: Vec<&'static Fix>, unlazy: bool) -> Vec<&'static Fix> {
    fixes.retain(|fix| !FLAGS.contains(&fix.name));
    let flag = match (kernel.vfio_unlazy, unlazy) {
        (true, false) => fixes::by_name("none"),
        (false, true) => fixes::by_name("vfio-unlazy"),
        _ => None,
    };
    fixes.extend(flag);
    fixes
}

fn configuration(
    chip: &'static Irqchip,
    kernel: &'static Kernel,
    fixes: Vec<&'static Fix>,
    threadirqs: bool,
    wanted: &Wanted,
) -> Configuration {
    Configuration {
        chip,
        kernel,
        fixes,
        device: Device::NoDisintx,
        path: Path::Vmm,
        vmm: Vmm::EoiIntx,
        guest: GuestChoice::default(),
        scenario: Scenario::Steady,
        cpus: wanted.cpus,
        causes: wanted.causes,
        threadirqs,
    }
}

/// The answer of a system; `None` where no real system is like this.
fn answer(configuration: Configuration, flags: Flags, limit: usize) -> Result<Option<Answer>> {
    let Ok(system) = configuration.system() else {
        return Ok(None);
    };
    let Ok(explored) = explore(&system, limit) else {
        let title = configuration.title();
        return Err(CannotTell(format!(
            "{title} has more than {limit} states; raise --limit"
        ))
        .into());
    };
    let interrupts = leads_to_an_interrupt(&explored.graph);
    let (mut enables, mut never): (Vec<Enable>, Option<Vec<Event>>) = (Vec::new(), None);
    for (from, edge) in explored.graph.edges() {
        let (before, after) = (
            explored.states[from as usize],
            explored.states[edge.to as usize],
        );
        let [half, after] = [before, after].map(|state| state.halves()[0]);
        if !half.disabled() || after.disabled() || after.pin() & LINE == 0 {
            continue;
        }
        let presents = if (configuration.chip.signals)(after.pin()) {
            Presents::AtOnce
        } else if interrupts[edge.to as usize] {
            Presents::Later
        } else {
            Presents::Never
        };
        let event = explored.events[usize::from(edge.label)];
        if presents == Presents::Never && never.is_none() {
            let before = explored.graph.path(from).into_iter();
            let path = before
                .map(|label| explored.events[usize::from(label)])
                .chain([event]);
            never = Some(path.collect());
        }
        note(&mut enables, &system, before, event, presents).context(NOT_FOLLOWED)?;
    }
    let follow = Follow::new(&system);
    let never = never
        .map(|path| follow.run_to_the_end(&path).context(NOT_FOLLOWED))
        .transpose()?;
    let stalls = !Verdicts::new(&explored.graph).of(Law::Stall).holds();
    Ok(Some(Answer {
        configuration,
        flags,
        stalls,
        enables,
        never,
    }))
}

const NOT_FOLLOWED: &str =
    "the model cannot follow a path that the search found in it: please report this";

/// The states from which events that go on by themselves lead to a host interrupt.
fn leads_to_an_interrupt(graph: &Graph) -> Vec<bool> {
    let mut before: Vec<Vec<u32>> = vec![Vec::new(); graph.states()];
    let (mut leads, mut open) = (vec![false; graph.states()], Vec::new());
    for (from, edge) in graph.edges() {
        let class = graph.class(edge);
        if class.is_system() {
            before[edge.to as usize].push(from);
        }
        if class.role == Role::HostIrq && !leads[from as usize] {
            leads[from as usize] = true;
            open.push(from);
        }
    }
    while let Some(state) = open.pop() {
        for &from in &before[state as usize] {
            if !leads[from as usize] {
                leads[from as usize] = true;
                open.push(from);
            }
        }
    }
    leads
}

/// Counts one more transition that enables the line.
fn note(
    enables: &mut Vec<Enable>,
    system: &System,
    before: State,
    event: Event,
    presents: Presents,
) -> Option<()> {
    let (_, log) = system.step_logged(before, event)?;
    let accesses = || {
        log.operations()
            .iter()
            .filter(|operation| is_of_the_chip(operation.metric))
    };
    let same = |known: &&mut Enable| {
        known.presents == presents
            && known.calls.iter().eq(log.calls())
            && known
                .accesses
                .iter()
                .map(|access| access.name.as_str())
                .eq(accesses().map(|one| one.name))
    };
    match enables.iter_mut().find(same) {
        Some(known) => known.transitions += 1,
        None => enables.push(Enable {
            calls: log.calls().iter().map(|call| (*call).to_string()).collect(),
            accesses: accesses().map(access).collect(),
            presents,
            transitions: 1,
        }),
    }
    Some(())
}

const fn is_of_the_chip(metric: Metric) -> bool {
    matches!(
        metric,
        Metric::ChipReads | Metric::ChipWrites | Metric::FirmwareCalls
    )
}
