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
use eoi_model::irqchip::{Irqchip, LINE};
use eoi_model::kernels::{self, Kernel};
use eoi_model::state::State;
use eoi_model::system::{Path, System};
use eoi_search::{Graph, Law, Role, Verdicts};
use rayon::prelude::*;

use super::configuration::Configuration;
use super::follow::{Follow, access};
use super::kernel;
use super::names::pick;
use super::picked;
use super::searched::explore;
use super::select::Wanted;
use crate::error::CannotTell;

mod document;
mod rows;

use document::{Answer, FLAGS};
pub use document::{Cell, Enable, Example, Flags, Flows, Presents, Row, Schema};

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
    let chips = picked::chips(&wanted.chip)?;
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
        fixes,
        cpus: wanted.cpus,
        causes: wanted.causes,
        threadirqs,
        ..Configuration::usual(chip, kernel, Path::Vmm)
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
