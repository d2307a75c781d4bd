//! Collects the entries that may belong to interrupts of vfio-pci: everything else is set aside, and counted.
//!
//! A recording is read once, and what may matter is kept in 24 bytes an entry ([`Recording`]). The interrupt that an entry
//! belongs to may be known only later: a flow handler's run belongs to the interrupt that a handler's entry in it names. A
//! recording with function arguments (`irq=`, `desc=`) tells this of more entries.

use std::collections::BTreeSet;

use anyhow::Result;

use super::entry::{Entry, Summary, What, argument, field, is_flow_handler};
use super::recording::Recording;
use super::relevant::{Phase, Relevant, Whose};
use super::runs::{self, Context, End};
use super::words::{Words, is_event};

fn is_kvm(name: &str) -> bool {
    matches!(name, "kvm_ack_irq" | "kvm_set_irq")
}

/// Entries that are kept before those of other interrupts are looked for and dropped.
const MANY: usize = 1 << 20;

/// Collects a recording's entries, one by one.
pub struct Collector<'w> {
    words: &'w Words,
    recording: Recording,
    /// For each CPU, how many entries were kept when it printed last.
    last: rustc_hash::FxHashMap<u32, usize>,
    /// Interrupts of which entries were dropped, and where.
    dropped: rustc_hash::FxHashMap<u32, usize>,
    many: usize,
}

fn entry(args: &str) -> Option<(u32, &str)> {
    Some((
        field(args, "irq=")?.parse().ok()?,
        args.split_once("name=")?.1.trim(),
    ))
}

fn is_vfios(caller: Option<&str>) -> bool {
    caller.is_none_or(|caller| {
        ["vfio", "virqfd"]
            .iter()
            .any(|start| caller.trim_start_matches('_').starts_with(start))
    })
}

/// Whether the caller is one of genirq's own functions between `disable_irq` and the controller's driver.
fn is_inner(caller: Option<&str>) -> bool {
    let inner = [
        "disable_irq",
        "disable_irq_nosync",
        "enable_irq",
        "irq_disable",
        "irq_enable",
        "irq_startup",
    ];
    caller.is_some_and(|caller| inner.contains(&caller.trim_start_matches('_')))
}

/// Whether a controller's driver is called on behalf of what is not on the path: a flow handler that no level line has
/// (of CPU-local interrupts), or a change of affinity, which is hidden from the line by the lock that it holds.
fn is_elsewhere(caller: &str, words: &Words) -> bool {
    (is_flow_handler(caller) && words.canonical(caller).is_none())
        || caller.ends_with("_set_affinity")
}

/// A call that was recorded.
#[derive(Clone, Copy)]
struct Call<'a> {
    function: &'a str,
    caller: Option<&'a str>,
    args: &'a str,
}

impl<'w> Collector<'w> {
    /// Nothing yet.
    #[must_use]
    pub fn new(words: &'w Words) -> Self {
        let (last, dropped) = Default::default();
        Self {
            words,
            recording: Recording::default(),
            last,
            dropped,
            many: MANY,
        }
    }

    fn event(
        &mut self,
        context: Context,
        line: usize,
        event: &str,
        args: &str,
    ) -> Result<Option<&'static str>> {
        let Recording {
            runs,
            functions,
            owners,
            kvm,
            exits,
            ..
        } = &mut self.recording;
        match event {
            "irq_handler_entry" => {
                let Some((irq, name)) = entry(args) else {
                    return Ok(None);
                };
                owners.add(irq, name);
                let action = runs::function(functions, irq, name)?;
                runs.handler_entry(context, irq, action);
                return Ok(if action > 0 {
                    self.words.canonical("irq_handler_entry")
                } else {
                    None
                });
            }
            "irq_handler_exit" => {
                let handled = field(args, "ret=") == Some("handled");
                let name = if handled {
                    "irq_handler_exit handled"
                } else {
                    "irq_handler_exit unhandled"
                };
                *exits = true;
                let ours = runs.going(context).action > 0;
                return Ok(if ours {
                    self.words.canonical(name)
                } else {
                    None
                });
            }
            "kvm_ack_irq" => (kvm.acks, kvm.last_ack) = (kvm.acks + 1, Some(line)),
            "kvm_set_irq" if args.contains("source 1") => {
                (kvm.resamples, kvm.last_resample) = (kvm.resamples + 1, Some(line));
            }
            "kvm_set_irq" => kvm.injections += usize::from(args.contains("level 1")),
            _ => {}
        }
        Ok(None)
    }

    /// The model's name of a function's call, unless the call is somebody else's or a part of one that counts already.
    fn call(&mut self, context: Context, call: Call<'_>) -> Result<Option<&'static str>> {
        let Call {
            function,
            caller,
            args,
        } = call;
        let (irq, desc) = (argument(args, "irq="), argument(args, "desc="));
        let runs = &mut self.recording.runs;
        if is_flow_handler(function) {
            runs.start(context, true, desc);
        }
        let Some(name) = self.words.canonical(function) else {
            return Ok(None);
        };
        let calling = caller.and_then(|caller| self.words.canonical(caller));
        let both_drivers = |caller: &str| self.words.is_chip(name) && self.words.is_chip(caller);
        let inside = calling.is_some_and(|caller| {
            caller == name || (both_drivers(caller) && !is_flow_handler(caller))
        });
        if inside || caller.is_some_and(|caller| is_elsewhere(caller, self.words)) {
            return Ok(None);
        }
        let tears_down =
            name == "irq_shutdown" || caller.is_some_and(|caller| caller.ends_with("free_irq"));
        let begins = name.starts_with("vfio_") || caller == Some("__setup_irq") || tears_down;
        if begins && name != "vfio_intx_handler" && matches!(context, Context::Task(..)) {
            runs.start(context, false, desc);
        }
        let switches = matches!(name, "disable_irq_nosync" | "enable_irq");
        let going = runs.going(context);
        going.end = going.end.after(name);
        let foreign = (going.foreign && is_inner(caller))
            || (switches && !is_vfios(caller) && caller != Some(""));
        going.foreign = foreign;
        let signal = name == "eventfd_signal_mask" && !is_vfios(caller) && caller != Some("");
        if foreign || signal {
            return Ok(None);
        }
        if let Some(irq) = irq.filter(|_| switches || name == "vfio_intx_handler") {
            let action = name == "vfio_intx_handler";
            let action = if action {
                runs::nameless(&mut self.recording.functions, irq as u32)?
            } else {
                0
            };
            runs.names(context, irq as u32, action);
        }
        runs.describes(context, desc);
        Ok(Some(name))
    }

    /// Takes the next entry.
    ///
    /// # Errors
    /// [`crate::error::CannotTell`] if there are more functions or runs than are kept.
    pub fn take(&mut self, entry: &Entry<'_>) -> Result<()> {
        let context = match entry.irq {
            Some(true) => Context::Irq(entry.cpu),
            _ => Context::Task(entry.pid, if entry.pid == 0 { entry.cpu } else { 0 }),
        };
        let (name, caller, known) = match entry.what {
            What::Function(function, caller) => {
                let name = self.call(
                    context,
                    Call {
                        function,
                        caller,
                        args: "",
                    },
                )?;
                (name, caller, self.words.canonical(function).is_some())
            }
            What::Call(function, caller, args) => {
                let name = self.call(
                    context,
                    Call {
                        function,
                        caller,
                        args,
                    },
                )?;
                (name, caller, self.words.canonical(function).is_some())
            }
            What::Event(event, args) => (
                self.event(context, entry.number, event, args)?,
                None,
                is_event(event) || is_kvm(event),
            ),
            What::Lost => {
                let from = self.last.get(&entry.cpu).copied().unwrap_or(0);
                let stretch = (from, self.recording.entries.len());
                if self.recording.blind.last() != Some(&stretch) {
                    self.recording.blind.push(stretch);
                }
                self.recording.lost += 1;
                (None, None, false)
            }
            What::Other => (None, None, false),
        };
        match (name, entry.what) {
            (Some(name), _) => self.keep(entry, context, name, caller),
            (None, What::Lost | What::Other) => {}
            (None, _) if known => self.recording.aside += 1,
            (None, _) => self.recording.unknown += 1,
        }
        if matches!(entry.what, What::Event("irq_handler_exit", _)) {
            self.recording.runs.going(context).action = 0;
        }
        self.last.insert(entry.cpu, self.recording.entries.len());
        Ok(())
    }

    fn keep(
        &mut self,
        entry: &Entry<'_>,
        context: Context,
        name: &'static str,
        caller: Option<&str>,
    ) {
        let going = self.recording.runs.going(context);
        let (run, action, context, end) = (going.run, going.action, going.number, going.end);
        let Some(number) = self.words.number(name) else {
            return;
        };
        let phase = if caller == Some("__setup_irq") || self.words.only_sets_up(name) {
            Phase::SetUp
        } else if end == End::Before {
            Phase::AfterEnd
        } else {
            Phase::Any
        };
        let somebody = matches!(
            name,
            "disable_irq_nosync" | "enable_irq" | "eventfd_signal_mask"
        );
        let whose = if somebody && caller == Some("") {
            Whose::Open
        } else {
            Whose::Ours
        };
        let (line, irq) = (entry.number, entry.irq);
        self.recording.entries.push(Relevant {
            line,
            context,
            run,
            number,
            action,
            irq,
            phase,
            whose,
        });
        if self.recording.entries.len() >= self.many {
            self.drop_others();
        }
    }

    /// Drops the entries of interrupts that are none of vfio-pci's so far.
    fn drop_others(&mut self) {
        let recording = &mut self.recording;
        let vfios: BTreeSet<u32> = recording
            .functions
            .iter()
            .map(|function| function.irq)
            .collect();
        let mut kept_before = Vec::new();
        let mut kept = Vec::new();
        for entry in &recording.entries {
            kept_before.push(kept.len() as u32);
            match recording
                .runs
                .irq(entry.run)
                .filter(|irq| !vfios.contains(irq))
            {
                Some(irq) => {
                    self.dropped.insert(irq, 0);
                    recording.aside += 1;
                }
                None => kept.push(*entry),
            }
        }
        let position = |at: usize| kept_before.get(at).map_or(kept.len(), |&at| at as usize);
        for (from, to) in &mut recording.blind {
            (*from, *to) = (position(*from), position(*to));
        }
        recording.blind.dedup();
        self.last.values_mut().for_each(|at| *at = position(*at));
        for (irq, at) in &mut self.dropped {
            *at = if vfios.contains(irq) {
                position(*at)
            } else {
                kept.len()
            };
        }
        recording.entries = kept;
        recording.runs.keep_only(&mut recording.entries);
        self.many = (2 * recording.entries.len()).max(MANY);
    }

    /// The recording, after its last entry.
    #[must_use]
    pub fn finish(mut self, summary: Summary) -> Recording {
        self.recording.unknown += summary.unwanted as usize;
        self.recording.perf = summary.perf;
        self.recording.undone = summary.undone;
        self.recording.cpus = self.last.len();
        self.recording.runs.settle();
        // Entries of an interrupt that became vfio-pci's later are gone: nobody knows what they did.
        for function in &mut self.recording.functions {
            function.from = self.dropped.get(&function.irq).copied();
        }
        self.recording
    }
}
