//! One case: opens the function, goes through the steps, says what came of each.

use std::cell::Cell;
use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::io::{self, Errno, read, write};

use super::pci::Function;
use super::plan::{Case, Plan, Step, Unmask};
use super::tracing::Tracer;
use super::{doctor, errno, get, interrupts, race};
use crate::device::Device;
use crate::vfio::{self, Bar, Intx};

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

impl From<anyhow::Error> for Failed {
    fn from(error: anyhow::Error) -> Self {
        Self::Fatal(error)
    }
}

/// The masks of one function, for any thread.
#[derive(Clone, Copy)]
pub(super) struct Lines<'a> {
    vfio: &'a vfio::Device,
    eventfd: Option<BorrowedFd<'a>>,
}

impl Lines<'_> {
    /// Masks.
    pub fn mask(&self) -> io::Result<()> {
        self.vfio.intx(Intx::Mask)
    }

    /// Unmasks, in the case's way.
    pub fn unmask(&self) -> io::Result<()> {
        match self.eventfd {
            Some(eventfd) => write(eventfd, &1u64.to_ne_bytes()).map(drop),
            None => self.vfio.intx(Intx::Unmask),
        }
    }
}

/// An open function with its eventfds.
pub(super) struct Bench<'a> {
    /// The function.
    pub vfio: &'a vfio::Device,
    /// The function's registers.
    pub bar: Bar<'a>,
    /// What the function is.
    pub device: &'static dyn Device,
    /// What VFIO signals.
    pub trigger: OwnedFd,
    unmask: Option<OwnedFd>,
    signals: Cell<u64>,
    /// The Linux irq.
    pub irq: u32,
    /// The longest that an interrupt may take.
    pub wait: Duration,
}

impl<'a> Bench<'a> {
    fn new(vfio: &'a vfio::Device, function: &Function, unmask: Unmask, wait: Duration) -> Result<Self> {
        vfio.enable_memory()?;
        let new_eventfd = || eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK).context("no eventfd");
        Ok(Self {
            vfio,
            bar: vfio.bar0()?,
            device: function.device,
            trigger: new_eventfd()?,
            unmask: if unmask == Unmask::Eventfd { Some(new_eventfd()?) } else { None },
            signals: Cell::new(0),
            irq: function.irq()?,
            wait,
        })
    }

    /// What unmasks when it is written, where the case unmasks like that.
    pub fn unmask_eventfd(&self) -> Option<BorrowedFd<'_>> {
        self.unmask.as_ref().map(AsFd::as_fd)
    }

    /// The masks.
    pub fn lines(&self) -> Lines<'_> {
        Lines { vfio: self.vfio, eventfd: self.unmask_eventfd() }
    }

    fn enable(&self) -> io::Result<()> {
        self.vfio.intx(Intx::Enable(self.trigger.as_fd()))?;
        self.unmask.as_ref().map_or(Ok(()), |eventfd| self.vfio.intx(Intx::UnmaskOn(eventfd.as_fd())))
    }

    /// What the case before left pending in the controller, as one that stalled does, comes now and not in this case.
    fn flush(&self, settle: Duration) -> Result<(), Failed> {
        self.enable()?;
        std::thread::sleep(settle);
        self.take()?;
        self.vfio.intx(Intx::Disable)?;
        self.signals.set(0);
        Ok(())
    }

    /// Unmasks, in the case's way.
    pub fn unmask(&self) -> io::Result<()> {
        self.lines().unmask()
    }

    /// Raises cause 1 or 2 and sees that it is up.
    pub fn raise(&self, cause: u8) -> Result<(), Failed> {
        let bit = self.device.bit(cause);
        self.device.raise(&self.bar, bit)?;
        self.expect(bit, bit, "raised")
    }

    /// Clears cause 1 or 2 and sees that it is gone.
    pub fn clear(&self, cause: u8) -> Result<(), Failed> {
        let bit = self.device.bit(cause);
        self.device.clear(&self.bar, bit)?;
        self.expect(bit, 0, "cleared")
    }

    fn clear_all(&self) -> Result<(), Failed> {
        self.device.clear(&self.bar, u32::MAX)?;
        self.expect(u32::MAX, 0, "cleared")
    }

    /// Also what brings a posted write to the device.
    fn expect(&self, bits: u32, value: u32, what: &str) -> Result<(), Failed> {
        let pending = self.device.pending(&self.bar)?;
        if pending & bits == value && pending != u32::MAX {
            return Ok(());
        }
        let name = self.device.name();
        Err(Failed::Fatal(anyhow!(
            "{name}: {bits:#x} was {what} and its status is {pending:#x}; is its memory decoded?"
        )))
    }

    /// The signals since the last time, without waiting.
    pub fn take(&self) -> io::Result<u64> {
        let count = take(&self.trigger)?;
        self.signals.set(self.signals.get() + count);
        Ok(count)
    }

    fn listen(&self, longest: Duration) -> Result<u64, Failed> {
        let timeout = Timespec::try_from(longest).context("a wait longer than a timespec")?;
        poll(&mut [PollFd::new(&self.trigger, PollFlags::IN)], Some(&timeout))?;
        Ok(self.take()?)
    }
}

/// What was written to an eventfd since the last time, without waiting.
pub(super) fn take(eventfd: &OwnedFd) -> io::Result<u64> {
    let mut count = [0; 8];
    match read(eventfd, &mut count) {
        Ok(_) => Ok(u64::from_ne_bytes(count)),
        Err(Errno::AGAIN) => Ok(0),
        Err(errno) => Err(errno),
    }
}

/// Runs the case; what there is to say is appended to `lines`, also when it fails. What takes long tells `alive` now and then.
pub(super) fn run(
    plan: &Plan,
    case: &Case,
    function: &Function,
    tracer: Option<&Tracer>,
    lines: &mut Vec<String>,
    alive: &dyn Fn(&str),
) -> Result<End> {
    let vfio = vfio::Device::open(&function.address, plan.container)?;
    lines.extend(vfio.remarks.iter().map(|remark| format!("debug {remark}")));
    let bench = Bench::new(&vfio, function, case.unmask, plan.wait)?;
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
    let (signals, served) = (bench.signals.get(), interrupts::count(bench.irq)? - before);
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
        vfio.intx(Intx::Disable).context("cannot tear INTx down after the case")?;
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
        .with_context(|| format!("cannot clear the device's causes {when}"))
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

struct Run<'a> {
    bench: &'a Bench<'a>,
    plan: &'a Plan,
    function: &'a Function,
    /// INTx is set up.
    up: bool,
    lines: &'a mut Vec<String>,
    alive: &'a dyn Fn(&str),
}

impl Run<'_> {
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
                self.bench.vfio.intx(Intx::Disable)?;
                self.up = false;
            }
            Step::Raise(cause) => self.bench.raise(cause)?,
            Step::Clear(cause) => self.bench.clear(cause)?,
            Step::ClearAll => self.bench.clear_all()?,
            Step::Mask => self.bench.lines().mask()?,
            Step::Unmask => self.bench.unmask()?,
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
