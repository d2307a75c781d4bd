//! One case on an open function: goes through its tasks and says what came of each.

use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use eoi_forward::vfio;
use eoi_intx::Input;
use eoi_kvm_guest::host_irq;
use eoi_lab_protocol::{
    Case, Cause, Counts, End, How, Key, Message, Outcome, Plan, Step, Switch, Task, Word, Work,
};

use crate::bench::Bench;
use crate::failed::Failed;
use crate::files::get;
use crate::pci::Function;
use crate::second::Second;
use crate::tracing::Tracer;
use crate::{doctor, errno, interrupts, race};

/// Between two steps, this part of the time for which the machine listens where nothing should come.
const SETTLE: u32 = 50;

/// One interrupt without KVM, after a chain or a soak.
const AFTERWARDS: [Step; 5] = [
    Step::Enable,
    Step::Raise(Cause::One),
    Step::Wait,
    Step::Clear(Cause::One),
    Step::Unmask,
];

/// Everything that a case is run with.
pub struct Bed<'a> {
    /// The open function.
    pub vfio: &'a vfio::Device,
    /// The whole plan.
    pub plan: &'a Plan,
    /// The function in sysfs.
    pub function: &'a Function,
    /// The tracer, if the case is traced.
    pub tracer: Option<&'a Tracer>,
    /// A step that takes long tells now and then how far it is.
    pub alive: &'a dyn Fn(Counts),
}

impl Bed<'_> {
    /// The longest time that an interrupt may take.
    pub fn wait(&self) -> Duration {
        Duration::from_millis(self.plan.wait_ms.into())
    }

    /// The time for which the machine listens where nothing should come.
    pub fn idle(&self) -> Duration {
        Duration::from_millis(self.plan.idle_ms.into())
    }
}

/// Whether the kernel's functions are traced.
pub fn is_traced(case: &Case) -> bool {
    matches!(
        case.work,
        Work::Script {
            trace: Switch::On,
            ..
        }
    )
}

/// How the case unmasks.
fn how(case: &Case) -> How {
    if let Work::Script { how, .. } = case.work {
        how
    } else {
        How::Eventfd
    }
}

/// The tasks of the case, in order.
fn tasks(case: &Case) -> Vec<Task> {
    let then = |first: Task| {
        [first]
            .into_iter()
            .chain(AFTERWARDS.map(Task::Step))
            .collect()
    };
    match &case.work {
        Work::Script { steps, .. } => steps.iter().copied().map(Task::Step).collect(),
        Work::Fault(fault) => vec![Task::Fault(*fault)],
        Work::Chain { .. } => then(Task::Chain),
        Work::Soak(_) => then(Task::Soak),
    }
}

/// Whether the device is ever told to interrupt.
fn raises(tasks: &[Task]) -> bool {
    tasks.iter().any(
        |task| !matches!(task, Task::Step(step) if !matches!(step, Step::Raise(_) | Step::Race(_))),
    )
}

/// Whether another function on the line takes part.
fn needs_second(tasks: &[Task]) -> bool {
    let needs = |task: &Task| matches!(task, Task::Step(step) if step.needs_second());
    tasks.iter().any(needs)
}

/// Runs the case. Its messages are appended to `messages`, also when it fails.
pub fn run(bed: &Bed<'_>, case: &Case, messages: &mut Vec<Message>) -> Result<End> {
    let bench = Bench::new(bed.vfio, bed.function, how(case), bed.wait())?;
    in_peace(bench.clear_all(), "before the case")?;
    in_peace(bench.flush(bed.idle() / SETTLE), "before the case")?;
    let before = host_irq::count(bench.irq)?;
    let tasks = tasks(case);
    // Opened before the trace begins, which is about the line's owner.
    let second = match needs_second(&tasks) {
        true => Some(Second::open(bed.function, bed.vfio, bed.plan.container)?),
        false => None,
    };
    bed.tracer.map_or(Ok(()), Tracer::start)?;
    let mut run = Run {
        bench: &bench,
        second: second.as_ref(),
        bed,
        work: &case.work,
        up: false,
        messages,
    };
    let end = run.tasks(&tasks);
    bed.tracer.map_or(Ok(()), Tracer::stop)?;
    let (end, up) = (end?, run.up);
    if end == End::Stall {
        messages.extend(bench.state(bed.function)?);
    }
    let (signals, proc) = (bench.signals(), host_irq::count(bench.irq)? - before);
    messages.push(Message::Count { signals, proc });
    if let Some(tracer) = bed.tracer {
        let (entries, lost) = tracer.take()?;
        messages.extend(entries.into_iter().map(Message::Trace));
        if lost > 0 {
            messages.push(Message::Lost(lost));
        }
    }
    // The line falls while somebody has requested it: an emulated controller may not see it otherwise, and the next case
    // would begin with a level that is not there.
    in_peace(bench.clear_all(), "after the case")?;
    if up {
        in_peace(bench.disable(), "after the case")?;
    }
    if (raises(&tasks) || end == End::Stall) && signals == 0 && proc == 0 {
        let why = format!(
            "irq {} was never taken: the case says nothing about its line",
            bench.irq
        );
        messages.push(Message::Error(why.as_str().into()));
        return Ok(End::Error);
    }
    Ok(end)
}

fn in_peace(result: Result<(), Failed>, when: &str) -> Result<()> {
    result
        .map_err(anyhow::Error::from)
        .with_context(|| format!("cannot bring the device to rest {when}"))
}

/// How a task ended, its counts, and the end of the case if it ends here.
type Ended = (Outcome, Counts, Option<End>);

struct Run<'a, 'b> {
    bench: &'a Bench<'b>,
    /// The other function on the line, in a case that has one.
    second: Option<&'a Second>,
    bed: &'a Bed<'a>,
    work: &'a Work,
    /// INTx is set up.
    up: bool,
    messages: &'a mut Vec<Message>,
}

impl Run<'_, '_> {
    fn tasks(&mut self, tasks: &[Task]) -> Result<End> {
        for (index, &task) in (0..).zip(tasks) {
            let start = Instant::now();
            let ended = self.task(task);
            let us = start.elapsed().as_micros() as u64;
            let (outcome, more, end) = match ended {
                Ok(ended) => ended,
                Err(Failed::Refused(errno)) => {
                    let (name, text) = (
                        Word::from_any(&errno::name(errno)),
                        errno.to_string().as_str().into(),
                    );
                    self.messages.push(Message::Refused {
                        index,
                        task,
                        errno: name,
                        text,
                    });
                    return Ok(End::Error);
                }
                Err(Failed::Spoilt(error)) => {
                    self.messages.push(Message::Error(
                        format!("step {index} {task}: {error:#}").as_str().into(),
                    ));
                    return Ok(End::Error);
                }
                Err(Failed::Fatal(error)) => {
                    return Err(error.context(format!("step {index} {task}")));
                }
            };
            let mut counts = Counts::new().with(Key::Us, us);
            counts.extend(&more);
            self.messages.push(Message::Step {
                index,
                task,
                outcome,
                counts,
            });
            if task == Task::Step(Step::Enable) {
                self.describe_irq()?;
            }
            if let Some(end) = end {
                return Ok(end);
            }
            // The other CPU gets the time to do what the step set off, so that a script leaves no choice.
            sleep(self.bed.idle() / SETTLE);
        }
        Ok(End::Done)
    }

    fn task(&mut self, task: Task) -> Result<Ended, Failed> {
        match task {
            Task::Step(step) => self.step(step),
            Task::Chain | Task::Soak => Ok(delivered(self.guest()?, Counts::new())),
            Task::Fault(_) => Err(Failed::Spoilt(anyhow!("a fault is a case of its own"))),
        }
    }

    fn step(&mut self, step: Step) -> Result<Ended, Failed> {
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
            Step::Second => self.second()?.is_refused()?,
            Step::HandOver => self.second()?.hands_back(self.bench)?,
            Step::Rearm => self.bench.input(Input::Rearm)?,
            Step::Wait => return Ok(heard(self.bench.listen(self.bed.wait())?, Some(End::Stall))),
            Step::Idle => return Ok(heard(self.bench.listen(self.bed.idle())?, None)),
            Step::Race(rounds) => {
                let raced = race::run(self.bench, rounds.get(), self.bed.alive)?;
                return Ok(delivered(raced.delivered, raced.counts()));
            }
            Step::Doctor => {
                let is_dead = doctor::ask(&self.bed.function.address, self.messages)?;
                return Ok((
                    if is_dead {
                        Outcome::Got
                    } else {
                        Outcome::Nothing
                    },
                    Counts::new(),
                    None,
                ));
            }
        }
        Ok((Outcome::Done, Counts::new(), None))
    }

    fn second(&self) -> Result<&Second> {
        self.second.context("the other function is not open")
    }

    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    fn guest(&mut self) -> Result<bool, Failed> {
        match self.work {
            Work::Chain { rounds, again } => crate::chain::run(
                self.bench,
                rounds.get(),
                *again,
                self.bed.idle(),
                self.messages,
            ),
            Work::Soak(soak) => crate::soak::run(
                self.bench,
                *soak,
                self.bed.idle(),
                self.bed.alive,
                self.messages,
            ),
            _ => Err(Failed::Spoilt(anyhow!("this case has no guest"))),
        }
    }

    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    fn guest(&mut self) -> Result<bool, Failed> {
        Err(Failed::Spoilt(anyhow!(
            "no KVM for this architecture; the work was {:?}",
            self.work
        )))
    }

    fn describe_irq(&mut self) -> Result<()> {
        let address = &self.bed.function.address;
        let row = interrupts::row(&get("/proc/interrupts")?, address)
            .with_context(|| format!("no row of /proc/interrupts names vfio-intx({address})"))?;
        if row.irq != self.bench.irq {
            return Err(anyhow!(
                "{address} has irq {} in sysfs and {} in /proc/interrupts",
                self.bench.irq,
                row.irq
            ));
        }
        if !self
            .messages
            .iter()
            .any(|message| matches!(message, Message::Irq(_)))
        {
            self.messages.push(Message::Irq(row));
        }
        Ok(())
    }
}

/// A step that looked for a signal; `without` is the end of the case where there was none.
fn heard(signals: u64, without: Option<End>) -> Ended {
    match signals {
        0 => (Outcome::Nothing, Counts::new(), without),
        _ => (
            Outcome::Got,
            Counts::new().with(Key::Signals, signals),
            None,
        ),
    }
}

/// A task that took many interrupts; the line stalls where one did not come.
fn delivered(all: bool, counts: Counts) -> Ended {
    if all {
        (Outcome::Done, counts, None)
    } else {
        (Outcome::Nothing, counts, Some(End::Stall))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(line: &str) -> Case {
        line.parse().expect("a case")
    }

    #[test]
    fn a_chain_and_a_soak_end_in_an_interrupt_without_kvm() {
        let chain = case("kvm a device=no-disintx rounds=200 again=2");
        let soak = case("soak a device=disintx path=eoi interrupts=100000 vcpus=2");
        for (case, first) in [(&chain, Task::Chain), (&soak, Task::Soak)] {
            let tasks = tasks(case);
            assert_eq!(
                (tasks[0], &tasks[1..]),
                (first, &AFTERWARDS.map(Task::Step)[..])
            );
            assert!(raises(&tasks) && how(case) == How::Eventfd && !is_traced(case));
        }
    }

    #[test]
    fn a_script_that_never_raises_is_known() {
        let quiet =
            case("case a device=disintx how=ioctl trace=on steps=enable,mask,unmask,disable");
        assert!(!raises(&tasks(&quiet)) && is_traced(&quiet) && how(&quiet) == How::Ioctl);
        assert!(raises(&tasks(&case(
            "case a device=disintx how=ioctl trace=off steps=enable,race:5"
        ))));
        assert!(raises(&tasks(&case(
            "case a device=disintx how=ioctl trace=off steps=enable,raise:2"
        ))));
    }
}
