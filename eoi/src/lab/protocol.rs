//! The record of a machine: everything that its first process has said on the console, case by case.

use anyhow::{Context, Result, bail};
use eoi_lab_protocol::{Counts, End, Key, Message, Outcome, Step, Task};

/// The machine's words about one case.
#[derive(Clone, Debug, Default)]
pub struct Heard {
    /// The case's name.
    pub name: String,
    /// For each step that looks for something, whether it was found.
    pub found: Vec<bool>,
    /// The counts of a race, a fault, or the chain with a guest.
    pub counts: Counts,
    /// The controller's name in `/proc/interrupts`.
    pub chip: Option<String>,
    /// The state of the device where an interrupt did not come.
    pub state: Vec<String>,
    /// Signals that the first process read.
    pub signals: u64,
    /// The case's count in `/proc/interrupts`.
    pub proc: u64,
    /// The findings of `eoi doctor`, in its Prometheus form.
    pub findings: String,
    /// The capture of `eoi doctor`.
    pub capture: Vec<u8>,
    /// The recording, as ftrace's text.
    pub trace: String,
    /// Entries that the recording lost.
    pub lost: u64,
    /// Errors.
    pub errors: Vec<String>,
    /// How it ended; `None` if the machine ended first.
    pub end: Option<End>,
}

/// Everything that a machine said.
#[derive(Clone, Debug, Default)]
pub struct Session {
    /// The kernel's release.
    pub release: Option<String>,
    /// The machine's CPUs.
    pub cpus: Option<u32>,
    /// Each case.
    pub cases: Vec<Heard>,
    /// The reason why the machine gave up.
    pub fatal: Option<String>,
    /// It said good-bye.
    pub bye: bool,
    /// The first line of the console that says that the kernel panicked, from these words on.
    pub panic: Option<String>,
    /// Lines of the console that are neither protocol nor empty, the last few.
    pub last_words: Vec<String>,
}

impl Session {
    /// Takes one message in.
    ///
    /// # Errors
    /// A message of a case where none has begun.
    pub fn hear(&mut self, message: Message) -> Result<()> {
        match message {
            Message::Hello { linux, cpus, .. } => {
                self.release = Some(linux.to_string());
                self.cpus = Some(cpus);
            }
            Message::Fatal(why) => self.fatal = Some(why.to_string()),
            Message::Bye => self.bye = true,
            Message::Device { .. } | Message::Functions { .. } | Message::Progress(_) => {}
            Message::Begin(case) => self.cases.push(Heard {
                name: case.to_string(),
                ..Heard::default()
            }),
            message => match self.cases.last_mut() {
                Some(case) => case.hear(message),
                None => bail!("the machine said '{message}' before any case had begun"),
            },
        }
        Ok(())
    }
}

impl Heard {
    /// The number of a key. A number that was not said is not zero.
    ///
    /// # Errors
    /// It was not said, or is no number.
    pub fn count(&self, key: Key) -> Result<u64> {
        let Some(value) = self.counts.get(key) else {
            bail!("the machine did not say '{key}='")
        };
        value
            .parse()
            .ok()
            .with_context(|| format!("the machine said '{key}={value}', which is no number"))
    }

    fn hear(&mut self, message: Message) {
        match message {
            Message::Step {
                index,
                task,
                outcome,
                counts,
            } => self.step(index, task, outcome, &counts),
            Message::Refused { .. } => self.errors.push(message.to_string()),
            Message::Irq(irq) => self.chip = Some(irq.chip.as_str().replace('_', " ")),
            Message::State(state) => self.state.push(state.to_string()),
            Message::Debug(text) => self.state.push(text.to_string()),
            Message::Count { signals, proc } => (self.signals, self.proc) = (signals, proc),
            Message::Chain(counts) => self.counts.extend(&counts),
            Message::Doctor(line) => self.findings += &format!("{line}\n"),
            Message::Capture(bytes) => self.capture.extend(bytes),
            Message::Trace(line) => self.trace += &format!("{line}\n"),
            Message::Lost(entries) => self.lost = entries,
            Message::Error(why) => self.errors.push(why.to_string()),
            Message::End { end, .. } => self.end = Some(end),
            Message::Hello { .. }
            | Message::Device { .. }
            | Message::Functions { .. }
            | Message::Begin(_)
            | Message::Progress(_)
            | Message::Fatal(_)
            | Message::Bye => {} // they belong to the machine
        }
    }

    fn step(&mut self, index: u32, task: Task, outcome: Outcome, counts: &Counts) {
        match task {
            Task::Step(Step::Wait | Step::Idle | Step::Doctor) => {
                self.found.push(outcome == Outcome::Got);
            }
            Task::Step(Step::Race(_)) | Task::Chain | Task::Soak => {
                self.found.push(outcome == Outcome::Done);
                self.counts.extend(counts);
            }
            Task::Step(_) | Task::Fault(_) if outcome == Outcome::Done => {
                self.counts.extend(counts);
            }
            Task::Step(_) | Task::Fault(_) => {
                self.state.push(format!("step {index} {task} {outcome}"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hear(session: &mut Session, payload: &str) -> Result<()> {
        session.hear(payload.parse().expect("a message"))
    }

    #[test]
    fn steps_that_look_for_something_tell_whether_it_was_there() {
        let mut session = Session::default();
        assert!(
            hear(&mut session, "step 0 enable ok us=1").is_err(),
            "no case has begun"
        );
        for said in [
            "begin clear-unmask/no-disintx/ioctl",
            "step 0 wait got us=5 n=1",
            "step 1 idle none us=5",
            "step 2 race:5 none us=9 rounds=3 late=0 masks=8",
            "step 3 mask error EINVAL Invalid argument",
            "step 4 killed none us=7",
            "end clear-unmask/no-disintx/ioctl stall",
        ] {
            hear(&mut session, said).expect(said);
        }
        let heard = &session.cases[0];
        assert_eq!(
            (&heard.found[..], heard.end),
            (&[true, false, false][..], Some(End::Stall))
        );
        assert_eq!(heard.count(Key::Rounds).expect("said"), 3);
        assert!(
            heard.count(Key::Signals).is_err(),
            "the signals of one wait are not those of the case"
        );
        assert_eq!(heard.errors, ["step 3 mask error EINVAL Invalid argument"]);
        assert_eq!(heard.state, ["step 4 killed none"]);
    }
}
