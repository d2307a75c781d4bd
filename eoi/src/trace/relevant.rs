//! The lines of a recording that belong to the interrupt: everything else is set aside, and counted.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

use super::ftrace::{Line, What, field};
use super::words::{Words, is_flow_handler};
use crate::error::CannotTell;

/// Who runs: a CPU in interrupt context, or a task (of the idle tasks, each CPU's own).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Context {
    /// A CPU in interrupt context.
    Irq(u32),
    /// A task, or a CPU's idle task.
    Task(u64, u32),
}

/// A line that belongs to the interrupt.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// Its number in the file.
    pub line: usize,
    /// The CPU.
    pub cpu: u32,
    /// In interrupt context, if the recording says so.
    pub irq: Option<bool>,
    /// The context's number, from 1.
    pub context: u32,
    /// The model's name.
    pub name: &'static str,
    /// Who called it, if the recording says so.
    pub caller: Option<&'a str>,
    /// The flow handler's run that it is in; 0 if none.
    pub run: usize,
}

/// The interrupt's part of a recording.
#[derive(Default)]
pub struct Relevant<'a> {
    /// Its lines.
    pub seen: Vec<Seen<'a>>,
    /// After which of them (0 is before the first) something may have happened that was lost.
    pub blind: BTreeSet<usize>,
    /// Its number and the action's name, if a handler's entry was recorded.
    pub irq: Option<(u32, &'a str)>,
    /// CPUs.
    pub cpus: usize,
    /// Lines that the model does not know.
    pub unknown: usize,
    /// Lines of other interrupts, and of others who call the same functions.
    pub aside: usize,
    /// Places where entries were lost.
    pub lost: usize,
}

/// One run of a flow handler.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Run {
    /// No handler's entry yet.
    Open,
    /// This interrupt's.
    Ours,
    /// Another interrupt's.
    Other,
}

/// What is going on in one context.
#[derive(Default)]
struct Going {
    /// The run that it is in; 0 if none.
    run: usize,
    /// The handler that was entered last is vfio-pci's.
    our_handler: bool,
    /// Somebody else called `disable_irq` or the like.
    foreign: bool,
    /// The run ended its interrupt before any handler: what is entered next is not its handler.
    ended: bool,
}

struct Sorter<'a, 'w> {
    words: &'w Words,
    irq: Option<(u32, &'a str)>,
    runs: Vec<Run>,
    going: BTreeMap<Context, Going>,
    numbers: BTreeMap<Context, u32>,
}

/// The interrupt that vfio-pci took.
fn our_irq<'a>(lines: &[Line<'a>]) -> Result<Option<(u32, &'a str)>> {
    let entries = lines.iter().filter_map(|line| match line.what {
        What::Event("irq_handler_entry", args) => entry(args),
        _ => None,
    });
    let ours: BTreeSet<(u32, &str)> = entries.filter(|(_, name)| name.starts_with("vfio-intx(")).collect();
    if ours.len() > 1 {
        let list: Vec<String> = ours.iter().map(|(irq, name)| format!("irq {irq} {name}")).collect();
        let list = list.join(", ");
        return Err(CannotTell(format!(
            "the recording has several INTx functions ({list}), and nothing in it says which of them an unmask is for; \
             record while only one is in use"
        ))
        .into());
    }
    Ok(ours.into_iter().next())
}

fn entry(args: &str) -> Option<(u32, &str)> {
    Some((field(args, "irq=")?.parse().ok()?, args.split_once("name=")?.1.trim()))
}

fn is_vfios(caller: Option<&str>) -> bool {
    caller.is_none_or(|caller| ["vfio", "virqfd"].iter().any(|start| caller.trim_start_matches('_').starts_with(start)))
}

/// Whether the caller is one of genirq's own functions between `disable_irq` and the controller's driver.
fn is_inner(caller: Option<&str>) -> bool {
    let inner = ["disable_irq", "disable_irq_nosync", "enable_irq", "irq_disable", "irq_enable", "irq_startup"];
    caller.is_some_and(|caller| inner.contains(&caller.trim_start_matches('_')))
}

/// Whether a controller's driver is called on behalf of what is not on the path: a flow handler that no level line has
/// (of CPU-local interrupts), or a change of affinity, which is hidden from the line by the lock that it holds.
fn is_elsewhere(caller: &str, words: &Words) -> bool {
    (is_flow_handler(caller) && words.canonical(caller).is_none()) || caller.ends_with("_set_affinity")
}

impl<'a> Sorter<'a, '_> {
    fn start(&mut self, context: Context, run: Run) {
        self.runs.push(run);
        *self.going.entry(context).or_default() = Going { run: self.runs.len(), ..Going::default() };
    }

    fn run(&self, context: Context) -> Option<Run> {
        self.going.get(&context).and_then(|going| self.runs.get(going.run.checked_sub(1)?)).copied()
    }

    fn ended(&self, context: Context) -> bool {
        self.going.get(&context).is_some_and(|going| going.ended)
    }

    /// The handler's entry says whose run it is.
    fn handler_entry(&mut self, context: Context, irq: u32, name: &str) -> Option<&'static str> {
        let ours = self.irq.is_some_and(|(ours, _)| ours == irq);
        match self.run(context) {
            Some(run) if !self.ended(context) && (run == Run::Open || (run == Run::Ours) == ours) => {
                self.runs[self.going[&context].run - 1] = if ours { Run::Ours } else { Run::Other };
            }
            _ => self.start(context, if ours { Run::Ours } else { Run::Other }),
        }
        let going = self.going.entry(context).or_default();
        going.our_handler = ours && self.irq.is_some_and(|(_, ours)| ours == name);
        if going.our_handler { self.words.canonical("irq_handler_entry") } else { None }
    }

    fn event(&mut self, context: Context, event: &str, args: &str) -> Option<&'static str> {
        match event {
            "irq_handler_entry" => entry(args).and_then(|(irq, name)| self.handler_entry(context, irq, name)),
            "irq_handler_exit" => {
                let going = self.going.entry(context).or_default();
                let ours = std::mem::take(&mut going.our_handler);
                let handled = field(args, "ret=") == Some("handled");
                let name = if handled { "irq_handler_exit handled" } else { "irq_handler_exit unhandled" };
                if ours { self.words.canonical(name) } else { None }
            }
            _ => None,
        }
    }

    /// The model's name of a function's call, unless the call is somebody else's or a part of one that counts already.
    fn function(&mut self, context: Context, function: &str, caller: Option<&str>) -> Option<&'static str> {
        if is_flow_handler(function) {
            self.start(context, Run::Open);
        }
        let name = self.words.canonical(function)?;
        let calling = caller.and_then(|caller| self.words.canonical(caller));
        let both_drivers = |caller: &str| self.words.is_chip(name) && self.words.is_chip(caller);
        let inside = calling.is_some_and(|caller| caller == name || (both_drivers(caller) && !is_flow_handler(caller)));
        if inside || caller.is_some_and(|caller| is_elsewhere(caller, self.words)) {
            return None;
        }
        let going = self.going.entry(context).or_default();
        let begins = name.starts_with("vfio_") || caller == Some("__setup_irq");
        if begins && name != "vfio_intx_handler" && matches!(context, Context::Task(..)) {
            going.run = 0;
        }
        let switches = matches!(name, "disable_irq_nosync" | "enable_irq");
        going.ended |= name.ends_with("_eoi") || name.ends_with("_eoi_irq");
        let foreign = (going.foreign && is_inner(caller)) || (switches && !is_vfios(caller));
        going.foreign = foreign;
        let signal = name == "eventfd_signal_mask" && !is_vfios(caller);
        (!foreign && !signal).then_some(name)
    }

    fn number(&mut self, context: Context) -> u32 {
        let next = self.numbers.len() as u32 + 1;
        *self.numbers.entry(context).or_insert(next)
    }

    /// One line; `Err` says whether the model knows its kind at all.
    fn sort(&mut self, line: &Line<'a>) -> Result<Seen<'a>, bool> {
        let context = match line.irq {
            Some(true) => Context::Irq(line.cpu),
            _ => Context::Task(line.pid, if line.pid == 0 { line.cpu } else { 0 }),
        };
        let (name, caller, known) = match line.what {
            What::Function(name, caller) => {
                (self.function(context, name, caller), caller, self.words.canonical(name).is_some())
            }
            What::Event(event, args) => (self.event(context, event, args), None, super::words::is_event(event)),
            What::Lost => (None, None, false),
        };
        let run = self.going.get(&context).map_or(0, |going| going.run);
        let name = name.ok_or(known)?;
        Ok(Seen { line: line.number, cpu: line.cpu, irq: line.irq, context: self.number(context), name, caller, run })
    }
}

/// Sorts a recording.
///
/// # Errors
/// [`CannotTell`] if several INTx functions are mixed in it.
pub fn sort<'a>(lines: &[Line<'a>], words: &Words) -> Result<Relevant<'a>> {
    let irq = our_irq(lines)?;
    let mut sorter = Sorter { words, irq, runs: Vec::new(), going: BTreeMap::new(), numbers: BTreeMap::new() };
    let mut relevant = Relevant { irq, ..Relevant::default() };
    let sorted: Vec<Result<Seen<'_>, bool>> = lines.iter().map(|line| sorter.sort(line)).collect();
    let mut last = BTreeMap::new(); // where each CPU printed last
    for (line, sorted) in lines.iter().zip(sorted) {
        match sorted {
            _ if line.what == What::Lost => {
                relevant.blind.extend(last.get(&line.cpu).copied().unwrap_or(0)..=relevant.seen.len());
                relevant.lost += 1;
            }
            Ok(seen) if seen.run == 0 || sorter.runs[seen.run - 1] != Run::Other => relevant.seen.push(seen),
            Ok(_) | Err(true) => relevant.aside += 1,
            Err(false) => relevant.unknown += 1,
        }
        last.insert(line.cpu, relevant.seen.len());
    }
    relevant.cpus = last.len();
    if !relevant.seen.first().is_some_and(|seen| sets_up(seen, words)) {
        relevant.blind.insert(0);
    }
    Ok(relevant)
}

/// Whether this can only be the start of `vfio_intx_enable`.
fn sets_up(seen: &Seen<'_>, words: &Words) -> bool {
    seen.caller == Some("__setup_irq") || words.only_sets_up(seen.name)
}
