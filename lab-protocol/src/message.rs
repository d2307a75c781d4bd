//! The messages of a machine: one for each payload on the console.

use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use crate::counts::Counts;
use crate::error::{Error, refuse};
use crate::function::{Irq, State};
use crate::pairs::Pairs;
use crate::text::{Text, Word};
use crate::words::{Container, End, Outcome, hexadecimal, number};
use crate::work::Task;

/// One message. Those from [`Message::Step`] to [`Message::End`] belong to the case that the last [`Message::Begin`] named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// `hello linux=RELEASE cpus=N cmdline=TEXT`: the machine has booted.
    Hello {
        /// The kernel's release.
        linux: Word,
        /// Its CPUs.
        cpus: u32,
        /// Its command line.
        cmdline: Text,
    },
    /// `device ADDRESS VENDOR:DEVICE container=NAME`: the function under test.
    Device {
        /// Its PCI address.
        address: Word,
        /// Its PCI vendor ID.
        vendor: u16,
        /// Its PCI device ID.
        device: u16,
        /// The IOMMU driver of VFIO that holds it.
        container: Container,
    },
    /// `functions set=N missing=NAME,…`: the functions that are traced.
    Functions {
        /// How many of those in the plan this kernel has.
        set: u32,
        /// Those that it does not have.
        missing: Vec<Word>,
    },
    /// `begin NAME`: a case begins.
    Begin(Word),
    /// `progress KEY=VALUE …`: a long step is not over yet.
    Progress(Counts),
    /// `step I TASK OUTCOME KEY=VALUE …`: a task of the case was done. `I` counts from 0 within the case.
    Step {
        /// Its number in the case.
        index: u32,
        /// The task.
        task: Task,
        /// How it ended.
        outcome: Outcome,
        /// Its counts.
        counts: Counts,
    },
    /// `step I TASK error ERRNO TEXT`: the kernel refused it.
    Refused {
        /// Its number in the case.
        index: u32,
        /// The task.
        task: Task,
        /// The error's name, as errno(3) has it.
        errno: Word,
        /// The error in words.
        text: Text,
    },
    /// `irq N …`: the interrupt of the function.
    Irq(Irq),
    /// `state …`: the function where an interrupt did not come.
    State(State),
    /// `debug TEXT`: more about that, or about something else that is not as usual.
    Debug(Text),
    /// `count signals=N proc=N`: the case's interrupts.
    Count {
        /// Signals of the trigger that were read.
        signals: u64,
        /// Interrupts that the host took (`/sys/kernel/irq/N/per_cpu_count`).
        proc: u64,
    },
    /// `chain KEY=VALUE …`: what a guest behind KVM came to. It stands before the line of its task.
    Chain(Counts),
    /// `doctor TEXT`: one line of what `eoi doctor` found.
    Doctor(Text),
    /// `capture HEX`: the next bytes of what `eoi doctor` captured.
    Capture(Vec<u8>),
    /// `trace TEXT`: one line of the kernel's recording.
    Trace(Text),
    /// `lost N`: entries for which the recording had no room.
    Lost(u64),
    /// `error TEXT`: the case says nothing.
    Error(Text),
    /// `end NAME HOW`: the case is over.
    End {
        /// Its name.
        case: Word,
        /// How it ended.
        end: End,
    },
    /// `fatal TEXT`: the machine gives up.
    Fatal(Text),
    /// `bye`: everything was done, and the machine powers off.
    Bye,
}

/// A word and the rest of the line, without a space at the end.
fn with(
    f: &mut fmt::Formatter<'_>,
    word: &str,
    rest: &dyn fmt::Display,
    is_empty: bool,
) -> fmt::Result {
    if is_empty {
        f.write_str(word)
    } else {
        write!(f, "{word} {rest}")
    }
}

fn text(f: &mut fmt::Formatter<'_>, word: &str, text: &Text) -> fmt::Result {
    with(f, word, text, text.is_empty())
}

fn counted(f: &mut fmt::Formatter<'_>, word: &str, counts: &Counts) -> fmt::Result {
    with(f, word, counts, counts.iter().next().is_none())
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hello {
                linux,
                cpus,
                cmdline,
            } => {
                write!(f, "hello linux={linux} cpus={cpus}")?;
                if cmdline.is_empty() {
                    Ok(())
                } else {
                    write!(f, " cmdline={cmdline}")
                }
            }
            Self::Device {
                address,
                vendor,
                device,
                container,
            } => {
                write!(
                    f,
                    "device {address} {vendor:04x}:{device:04x} container={container}"
                )
            }
            Self::Functions { set, missing } => {
                write!(f, "functions set={set} missing={}", missing.len())?;
                missing.iter().try_for_each(|name| write!(f, " {name}"))
            }
            Self::Begin(case) => write!(f, "begin {case}"),
            Self::Progress(counts) => counted(f, "progress", counts),
            Self::Step {
                index,
                task,
                outcome,
                counts,
            } => {
                write!(f, "step {index} {task} ")?;
                counted(f, outcome.name(), counts)
            }
            Self::Refused {
                index,
                task,
                errno,
                text: why,
            } => {
                write!(f, "step {index} {task} error ")?;
                text(f, errno.as_str(), why)
            }
            Self::Irq(irq) => write!(f, "irq {irq}"),
            Self::State(state) => write!(f, "state {state}"),
            Self::Debug(more) => text(f, "debug", more),
            Self::Count { signals, proc } => write!(f, "count signals={signals} proc={proc}"),
            Self::Chain(counts) => counted(f, "chain", counts),
            Self::Doctor(line) => text(f, "doctor", line),
            Self::Capture(bytes) => {
                with(f, "capture", &"", bytes.is_empty())?;
                bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
            Self::Trace(line) => text(f, "trace", line),
            Self::Lost(entries) => write!(f, "lost {entries}"),
            Self::Error(why) => text(f, "error", why),
            Self::End { case, end } => write!(f, "end {case} {end}"),
            Self::Fatal(why) => text(f, "fatal", why),
            Self::Bye => f.write_str("bye"),
        }
    }
}

impl FromStr for Message {
    type Err = Error;

    fn from_str(payload: &str) -> Result<Self, Error> {
        let (word, rest) = payload.split_once(' ').unwrap_or((payload, ""));
        Ok(match word {
            "hello" => hello(rest)?,
            "device" => device(rest)?,
            "functions" => functions(rest)?,
            "begin" => Self::Begin(rest.parse()?),
            "progress" => Self::Progress(rest.parse()?),
            "step" => step(rest)?,
            "irq" => Self::Irq(rest.parse()?),
            "state" => Self::State(rest.parse()?),
            "debug" => Self::Debug(rest.into()),
            "count" => count(rest)?,
            "chain" => Self::Chain(rest.parse()?),
            "doctor" => Self::Doctor(rest.into()),
            "capture" => Self::Capture(bytes(rest)?),
            "trace" => Self::Trace(rest.into()),
            "lost" => Self::Lost(number("number of entries", rest)?),
            "error" => Self::Error(rest.into()),
            "end" => match rest.rsplit_once(' ') {
                Some((case, end)) => Self::End {
                    case: case.parse()?,
                    end: end.parse()?,
                },
                None => return refuse!("'{}' is no end of a case", payload.escape_debug()),
            },
            "fatal" => Self::Fatal(rest.into()),
            "bye" if rest.is_empty() => Self::Bye,
            _ => return refuse!("'{}' begins no message", word.escape_debug()),
        })
    }
}

fn hello(rest: &str) -> Result<Message, Error> {
    let (words, cmdline) = rest.split_once(" cmdline=").unwrap_or((rest, ""));
    let mut pairs = Pairs::new(words.split_whitespace())?;
    let linux = pairs.take("linux")?.parse()?;
    let cpus = number("number of CPUs", pairs.take("cpus")?)?;
    pairs.end()?;
    Ok(Message::Hello {
        linux,
        cpus,
        cmdline: cmdline.into(),
    })
}

fn device(rest: &str) -> Result<Message, Error> {
    let id = |digits: &str| match hexadecimal(digits).map(u16::try_from) {
        Ok(Ok(id)) => Ok(id),
        _ => refuse!("'{}' is no PCI ID", digits.escape_debug()),
    };
    let mut words = rest.split_whitespace();
    let (Some(address), Some(ids)) = (words.next(), words.next()) else {
        return refuse!("the device has no address, or no IDs");
    };
    let Some((vendor, device)) = ids.split_once(':') else {
        return refuse!("'{}' is not VENDOR:DEVICE", ids.escape_debug());
    };
    let mut pairs = Pairs::new(words)?;
    let container = pairs.take("container")?.parse()?;
    pairs.end()?;
    Ok(Message::Device {
        address: address.parse()?,
        vendor: id(vendor)?,
        device: id(device)?,
        container,
    })
}

fn functions(rest: &str) -> Result<Message, Error> {
    let mut words = rest.split_whitespace();
    let mut pairs = Pairs::new(words.by_ref().take(2))?;
    let set = number("number of functions", pairs.take("set")?)?;
    let count: usize = number("number of functions", pairs.take("missing")?)?;
    let missing = words.map(str::parse).collect::<Result<Vec<_>, _>>()?;
    if missing.len() != count {
        return refuse!(
            "{count} functions are said to be missing, and {} are named",
            missing.len()
        );
    }
    Ok(Message::Functions { set, missing })
}

fn step(rest: &str) -> Result<Message, Error> {
    let mut words = rest.splitn(4, ' ');
    let (Some(index), Some(task), Some(outcome)) = (words.next(), words.next(), words.next())
    else {
        return refuse!("a step has a number, a task and an outcome");
    };
    let (index, task, rest) = (
        number("number of a step", index)?,
        task.parse()?,
        words.next().unwrap_or_default(),
    );
    if outcome == "error" {
        let (errno, text) = rest.split_once(' ').unwrap_or((rest, ""));
        return Ok(Message::Refused {
            index,
            task,
            errno: errno.parse()?,
            text: text.into(),
        });
    }
    Ok(Message::Step {
        index,
        task,
        outcome: outcome.parse()?,
        counts: rest.parse()?,
    })
}

fn count(rest: &str) -> Result<Message, Error> {
    let mut pairs = Pairs::new(rest.split_whitespace())?;
    let signals = number("number of signals", pairs.take("signals")?)?;
    let proc = number("number of interrupts", pairs.take("proc")?)?;
    pairs.end()?;
    Ok(Message::Count { signals, proc })
}

fn bytes(digits: &str) -> Result<Vec<u8>, Error> {
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    let byte = |pair: &[u8]| match pair {
        [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    };
    match digits.as_bytes().chunks(2).map(byte).collect() {
        Some(bytes) => Ok(bytes),
        None => refuse!(
            "'{}' is not bytes in hexadecimal digits",
            digits.escape_debug()
        ),
    }
}
