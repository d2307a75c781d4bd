//! Attributes a flow handler's run, or a task's call into vfio-pci, to an interrupt.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use rustc_hash::FxHashMap;

use super::relevant::Relevant;
use crate::error::CannotTell;

/// INTx functions that are told apart at most; a run has one bit for each.
const MOST_FUNCTIONS: usize = 64;
/// Interrupts, and names of one, that are listed at most.
const MOST_OWNERS: usize = 4096;
/// Descriptors that are remembered at most.
const MOST_DESCS: usize = 1 << 16;

/// Who runs: a CPU in interrupt context, or a task (of the idle tasks, each CPU's own).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Context {
    /// A CPU in interrupt context.
    Irq(u32),
    /// A task, or a CPU's idle task.
    Task(u64, u32),
}

/// An INTx function: an action of vfio-pci on an interrupt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// Linux' number of the interrupt.
    pub irq: u32,
    /// The action's name, `vfio-intx(0000:01:00.0)`; empty if no handler's entry was recorded.
    pub name: String,
    /// Before this line, as an index, lines of the interrupt were dropped.
    pub(super) from: Option<usize>,
}

fn number(functions: &[Function], found: Option<usize>) -> Result<u8> {
    let index = found.unwrap_or(functions.len());
    if index >= MOST_FUNCTIONS {
        let what = format!(
            "the recording has more than {MOST_FUNCTIONS} INTx functions; cut it into shorter ones"
        );
        return Err(CannotTell(what).into());
    }
    Ok(index as u8 + 1)
}

/// The number of the function whose handler was entered, from 1; 0 if it is not vfio-pci's.
///
/// # Errors
/// [`CannotTell`] if there are too many.
pub(super) fn function(functions: &mut Vec<Function>, irq: u32, name: &str) -> Result<u8> {
    if !name.starts_with("vfio-intx(") {
        return Ok(0);
    }
    if let Some(nameless) = functions
        .iter_mut()
        .find(|known| known.irq == irq && known.name.is_empty())
    {
        nameless.name = name.to_string();
    }
    let found = functions
        .iter()
        .position(|known| known.irq == irq && known.name == name);
    let number = number(functions, found)?;
    if found.is_none() {
        functions.push(Function {
            irq,
            name: name.to_string(),
            from: None,
        });
    }
    Ok(number)
}

/// The number of a function of this interrupt, whose name is not known if it is a new one.
///
/// # Errors
/// [`CannotTell`] if there are too many.
pub(super) fn nameless(functions: &mut Vec<Function>, irq: u32) -> Result<u8> {
    let found = functions.iter().position(|known| known.irq == irq);
    let number = number(functions, found)?;
    if found.is_none() {
        functions.push(Function {
            irq,
            name: String::new(),
            from: None,
        });
    }
    Ok(number)
}

/// The names of each interrupt's actions.
#[derive(Clone, Debug, Default)]
pub struct Owners(BTreeMap<u32, BTreeSet<String>>);

impl Owners {
    pub(super) fn add(&mut self, irq: u32, name: &str) {
        if self.0.len() >= MOST_OWNERS && !self.0.contains_key(&irq) {
            return;
        }
        let names = self.0.entry(irq).or_default();
        if !names.contains(name) && names.len() < MOST_OWNERS {
            names.insert(name.to_string());
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Those of one interrupt, in order.
    pub fn of(&self, irq: u32) -> impl Iterator<Item = &str> {
        self.0.get(&irq).into_iter().flatten().map(String::as_str)
    }
}

/// One run.
#[derive(Clone, Copy)]
pub(super) struct Run {
    /// The interrupt, once it is known.
    pub irq: Option<u32>,
    /// A flow handler's; else a task's.
    pub flow: bool,
    /// Whether anybody's handler was entered in it.
    pub entered: bool,
    /// The INTx functions whose handlers were entered in it, a bit each.
    pub actions: u64,
    /// The descriptor's address; 0 if it is not known.
    desc: u64,
}

/// The state of one context.
#[derive(Default)]
pub(super) struct Going {
    /// The context's number, from 1.
    pub number: u32,
    /// The run that it is in; 0 if none.
    pub run: u32,
    /// The INTx function whose handler was entered last.
    pub action: u8,
    /// Somebody else called `disable_irq` or the like.
    pub foreign: bool,
    /// Whether the run has ended its interrupt.
    pub end: End,
}

/// Whether a run has ended its interrupt at the controller. A handler that is entered after the end belongs to another run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum End {
    /// It has not.
    #[default]
    ToCome,
    /// It did with its last entry.
    JustNow,
    /// It did before its last entry.
    Before,
}

impl End {
    /// The same after one more entry.
    #[must_use]
    pub fn after(self, name: &str) -> Self {
        match self {
            Self::ToCome if name.ends_with("_eoi") || name.ends_with("_eoi_irq") => Self::JustNow,
            Self::ToCome => Self::ToCome,
            Self::JustNow | Self::Before => Self::Before,
        }
    }
}

/// All runs.
#[derive(Default)]
pub(super) struct Runs {
    runs: Vec<Run>,
    going: FxHashMap<Context, Going>,
    /// The interrupt of a descriptor; `None` if it was several's.
    descs: FxHashMap<u64, Option<u32>>,
}

impl Runs {
    pub fn going(&mut self, context: Context) -> &mut Going {
        let next = self.going.len() as u32 + 1;
        self.going.entry(context).or_insert_with(|| Going {
            number: next,
            ..Going::default()
        })
    }

    /// A run begins.
    pub fn start(&mut self, context: Context, flow: bool, desc: Option<u64>) {
        self.runs.push(Run {
            irq: None,
            flow,
            entered: false,
            actions: 0,
            desc: desc.unwrap_or(0),
        });
        let run = self.runs.len() as u32;
        let going = self.going(context);
        // A task's call may be inside of what somebody else began.
        *going = Going {
            number: going.number,
            run,
            foreign: going.foreign && !flow,
            ..Going::default()
        };
    }

    pub fn get(&self, run: u32) -> Option<Run> {
        self.runs.get((run as usize).checked_sub(1)?).copied()
    }

    /// The interrupt of a run, if it is known.
    pub fn irq(&self, run: u32) -> Option<u32> {
        self.get(run)?.irq
    }

    /// A handler's entry says whose run it is.
    pub fn handler_entry(&mut self, context: Context, irq: u32, action: u8) {
        let going = self.going(context);
        let (run, ended) = (going.run, going.end != End::ToCome);
        let fits = self
            .get(run)
            .is_some_and(|run| run.flow && run.irq.is_none_or(|known| known == irq));
        if ended || !fits {
            self.start(context, true, None);
        }
        self.names(context, irq, action);
        let going = self.going(context);
        going.action = action;
        let index = going.run as usize - 1;
        self.runs[index].entered = true;
    }

    /// The run is this interrupt's.
    pub fn names(&mut self, context: Context, irq: u32, action: u8) {
        let known = self.going(context).run;
        if self.irq(known).is_some_and(|known| known != irq) || known == 0 {
            self.start(context, false, None);
        }
        let index = self.going(context).run as usize - 1;
        let run = &mut self.runs[index];
        run.irq = Some(irq);
        if action > 0 {
            run.actions |= 1 << (action - 1);
        }
        self.learn(index);
    }

    /// The run is about this descriptor.
    pub fn describes(&mut self, context: Context, desc: Option<u64>) {
        let Some(desc) = desc else { return };
        let run = self.going(context).run;
        if self
            .get(run)
            .is_none_or(|run| run.desc != 0 && run.desc != desc)
        {
            self.start(context, false, Some(desc));
        }
        let index = self.going(context).run as usize - 1;
        self.runs[index].desc = desc;
        self.learn(index);
    }

    fn learn(&mut self, index: usize) {
        let Run {
            irq: Some(irq),
            desc,
            ..
        } = self.runs[index]
        else {
            return;
        };
        if desc != 0 && self.descs.len() < MOST_DESCS {
            let known = self.descs.entry(desc).or_insert(Some(irq));
            *known = known.filter(|known| *known == irq);
        }
    }

    /// Names the interrupts of runs whose descriptors became known.
    pub fn settle(&mut self) {
        for run in self
            .runs
            .iter_mut()
            .filter(|run| run.irq.is_none() && run.desc != 0)
        {
            run.irq = self.descs.get(&run.desc).copied().flatten();
        }
    }

    /// Forgets the runs that no entry is in, and numbers the others anew.
    pub fn keep_only(&mut self, entries: &mut [Relevant]) {
        let mut used = vec![false; self.runs.len() + 1];
        let runs = entries
            .iter()
            .map(|entry| entry.run)
            .chain(self.going.values().map(|going| going.run));
        runs.for_each(|run| used[run as usize] = true);
        used[0] = false;
        let mut numbers = vec![0; used.len()];
        let mut kept = Vec::new();
        for (old, run) in self
            .runs
            .iter()
            .enumerate()
            .filter(|(old, _)| used[old + 1])
        {
            kept.push(*run);
            numbers[old + 1] = kept.len() as u32;
        }
        entries
            .iter_mut()
            .for_each(|entry| entry.run = numbers[entry.run as usize]);
        self.going
            .values_mut()
            .for_each(|going| going.run = numbers[going.run as usize]);
        self.runs = kept;
    }
}
