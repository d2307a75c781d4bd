//! One case: opens the function, goes through the steps, says what came of each.

use std::fs;
use std::time::Instant;

use anyhow::{Context, Result, anyhow};
use eoi_intx::{Failure, Input};
use rustix::io::Errno;

use super::bench::Bench;
use super::pci::Function;
use super::plan::{Case, Plan, Step};
use super::tracing::Tracer;
use super::{doctor, errno, get, interrupts, race};
use crate::{Refusal, vfio};

/// Between two steps, this part of the time for which silence is listened to.
const SETTLE: u32 = 50;

/// How a case ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Every step was done.
    Done,
    /// A signal that was waited for did not come.
    Stall,
    /// A step was refused, or the device was never heard.
    Error,
}

impl End {
    /// As the protocol says it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Done => "ok",
            Self::Stall => "stall",
            Self::Error => "error",
        }
    }
}

/// Why a step was not done.
pub(super) enum Failed {
    /// The kernel refused it; the case ends.
    Refused(Errno),
    /// The case cannot go on or says nothing; it ends, and the next one may be better.
    Spoilt(anyhow::Error),
    /// Nothing that follows would mean anything.
    Fatal(anyhow::Error),
}

impl From<Errno> for Failed {
    fn from(errno: Errno) -> Self {
        Self::Refused(errno)
    }
}

impl From<Failure<Refusal>> for Failed {
    fn from(failure: Failure<Refusal>) -> Self {
        Self::Refused(failure.error.errno())
    }
}

impl From<anyhow::Error> for Failed {
    fn from(error: anyhow::Error) -> Self {
        Self::Fatal(error)
    }
}

/// Runs the case; what there is to say is appended to `lines`, also when it fails. What takes long tells `alive` now and then.
pub(super) fn run(
    vfio: &vfio::Device,
    plan: &Plan,
    case: &Case,
    function: &Function,
    tracer: Option<&Tracer>,
    lines: &mut Vec<String>,
    alive: &dyn Fn(&str),
) -> Result<End> {
    let bench = Bench::new(vfio, function, case.unmask, plan.wait)?;
    in_peace(bench.clear_all(), "before the case")?;
    in_peace(bench.flush(plan.idle / SETTLE), "before the case")?;
    let before = interrupts::count(bench.irq)?;
    tracer.map_or(Ok(()), Tracer::start)?;
    let mut run = Run { bench: &bench, plan, function, up: false, lines, alive };
    let end = run.steps(&case.steps);
    tracer.map_or(Ok(()), Tracer::stop)?;
    let (end, up) = (end?, run.up);
    if end == End::Stall {
        lines.extend(state(&bench, function)?);
    }
    let (signals, served) = (bench.signals(), interrupts::count(bench.irq)? - before);
    lines.push(format!("count signals={signals} proc={served}"));
    if let Some(tracer) = tracer {
        let (entries, lost) = tracer.take()?;
        lines.extend(entries.iter().map(|entry| format!("trace {entry}")));
        if lost > 0 {
            lines.push(format!("lost {lost}"));
        }
    }
    // The line falls while somebody has requested it: an emulated controller may not see it otherwise, and the next case
    // would begin with a level that is not there.
    in_peace(bench.clear_all(), "after the case")?;
    if up {
        in_peace(bench.disable(), "after the case")?;
    }
    if (case.raises() || end == End::Stall) && signals == 0 && served == 0 {
        lines.push(format!("error irq {} was never taken: the case says nothing about its line", bench.irq));
        return Ok(End::Error);
    }
    Ok(end)
}

fn in_peace(result: Result<(), Failed>, when: &str) -> Result<()> {
    result
        .map_err(|failed| match failed {
            Failed::Fatal(error) | Failed::Spoilt(error) => error,
            Failed::Refused(errno) => errno.into(),
        })
        .with_context(|| format!("cannot bring the device to rest {when}"))
}

/// What can be seen of a line on which nothing came.
fn state(bench: &Bench<'_>, function: &Function) -> Result<Vec<String>> {
    let status = bench.device.pending(&bench.bar).context("cannot read the device's status")?;
    let (intx, disintx) = function.intx()?;
    let served = interrupts::count(bench.irq)?;
    let (intx, disintx) = (u8::from(intx), u8::from(disintx));
    let mut lines = vec![format!("state status={status:#x} intx={intx} disintx={disintx} proc={served}")];
    // Only with CONFIG_GENERIC_IRQ_DEBUGFS.
    let debug = fs::read_to_string(format!("/sys/kernel/debug/irq/irqs/{}", bench.irq)).unwrap_or_default();
    lines.extend(debug.lines().map(|line| format!("debug {line}")));
    Ok(lines)
}

type Outcome = (&'static str, String, Option<End>);

struct Run<'a, 'b> {
    bench: &'a Bench<'b>,
    plan: &'a Plan,
    function: &'a Function,
    /// INTx is set up.
    up: bool,
    lines: &'a mut Vec<String>,
    alive: &'a dyn Fn(&str),
}

impl Run<'_, '_> {
    fn steps(&mut self, steps: &[Step]) -> Result<End> {
        for (index, &step) in steps.iter().enumerate() {
            let start = Instant::now();
            let outcome = self.step(step);
            let us = start.elapsed().as_micros();
            let said = format!("step {index} {}", step.word());
            let (word, more, end) = match outcome {
                Ok(outcome) => outcome,
                Err(Failed::Refused(errno)) => {
                    self.lines.push(format!("{said} error {} {errno}", errno::name(errno)));
                    return Ok(End::Error);
                }
                Err(Failed::Spoilt(error)) => {
                    self.lines.push(format!("error {said}: {error:#}"));
                    return Ok(End::Error);
                }
                Err(Failed::Fatal(error)) => return Err(error.context(said)),
            };
            self.lines.push(format!("{said} {word} us={us}{more}"));
            if step == Step::Enable {
                self.describe_irq()?;
            }
            if let Some(end) = end {
                return Ok(end);
            }
            // The other CPU gets the time to do what the step set off, so that a script leaves no choice.
            std::thread::sleep(self.plan.idle / SETTLE);
        }
        Ok(End::Done)
    }

    /// The outcome's word, what else there is to say of it, and how the case ends if it ends here.
    fn step(&mut self, step: Step) -> Result<Outcome, Failed> {
        match step {
            Step::Enable => {
                self.bench.enable()?;
                self.up = true;
            }
            Step::Disable => {
                self.bench.disable()?;
                self.up = false;
            }
            Step::Raise(cause) => self.bench.raise(cause)?,
            Step::Clear(cause) => self.bench.clear(cause)?,
            Step::ClearAll => self.bench.clear_all()?,
            Step::Mask => self.bench.lines().mask()?,
            Step::Unmask => self.bench.unmask()?,
            Step::Rearm => self.bench.input(Input::Rearm)?,
            Step::Fault(_) => return Err(Failed::Spoilt(anyhow!("a fault is a case of its own"))),
            Step::Wait => {
                let count = self.bench.listen(self.plan.wait)?;
                return Ok(heard(count, true));
            }
            Step::Idle => {
                let count = self.bench.listen(self.plan.idle)?;
                return Ok(heard(count, false));
            }
            Step::Race(rounds) => {
                let raced = race::run(self.bench, rounds, self.alive)?;
                let (word, end) = if raced.delivered { ("ok", None) } else { ("none", Some(End::Stall)) };
                return Ok((word, format!(" rounds={} late={} masks={}", raced.rounds, raced.late, raced.masks), end));
            }
            Step::Doctor => {
                let word = if doctor::ask(&self.function.address, self.lines)? { "got" } else { "none" };
                return Ok((word, String::new(), None));
            }
            Step::Kvm { .. } | Step::Soak(_) => {
                let (word, end) = if self.kvm(step)? { ("ok", None) } else { ("none", Some(End::Stall)) };
                return Ok((word, String::new(), end));
            }
        }
        Ok(("ok", String::new(), None))
    }

    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    fn kvm(&mut self, step: Step) -> Result<bool, Failed> {
        super::chain::run(self.bench, step, self.plan.idle, self.alive, self.lines)
    }

    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    fn kvm(&mut self, _: Step) -> Result<bool, Failed> {
        Err(Failed::Spoilt(anyhow!("no KVM chain for this architecture")))
    }

    fn describe_irq(&mut self) -> Result<()> {
        let address = &self.function.address;
        let row = interrupts::row(&get("/proc/interrupts")?, address)
            .with_context(|| format!("no row of /proc/interrupts names vfio-intx({address})"))?;
        if row.irq != self.bench.irq {
            return Err(anyhow!("{address} has irq {} in sysfs and {} in /proc/interrupts", self.bench.irq, row.irq));
        }
        if !self.lines.iter().any(|line| line.starts_with("irq ")) {
            self.lines.push(interrupts::payload(&row));
        }
        Ok(())
    }
}

/// `must`: the case ends without a signal.
fn heard(count: u64, must: bool) -> Outcome {
    if count == 0 { ("none", String::new(), must.then_some(End::Stall)) } else { ("got", format!(" n={count}"), None) }
}
