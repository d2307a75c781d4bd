//! One case of the plan: its name, its kind of device, and the work that it is.

use alloc::vec::Vec;
use core::fmt;
use core::num::NonZeroU32;
use core::str::FromStr;

use crate::error::{Error, refuse};
use crate::pairs::Pairs;
use crate::step::Step;
use crate::text::Word;
use crate::words::{DeviceKind, Fault, How, SoakPath, Switch, Vcpus, number};

/// One case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Its name.
    pub name: Word,
    /// Whether vfio-pci uses the function's DisINTx.
    pub device: DeviceKind,
    /// The work.
    pub work: Work,
}

/// The work of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Work {
    /// A script.
    Script {
        /// How it unmasks.
        how: How,
        /// Whether the kernel's functions are traced meanwhile.
        trace: Switch,
        /// Its steps, one or more.
        steps: Vec<Step>,
    },
    /// Something goes wrong, and then five interrupts must come.
    Fault(Fault),
    /// Rounds of interrupts through KVM to a guest.
    Chain {
        /// The causes, each raised when the last one is served.
        rounds: NonZeroU32,
        /// How many interrupts of each cause the guest ends before it clears the cause.
        again: u32,
    },
    /// Causes at random times, through KVM or through the VMM's own controller.
    Soak(Soak),
}

/// Causes at random times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Soak {
    /// The way of an interrupt to the guest.
    pub path: SoakPath,
    /// How many interrupts the guest takes.
    pub interrupts: NonZeroU32,
    /// The guest's CPUs.
    pub vcpus: Vcpus,
}

impl Case {
    /// Whether its machine needs KVM.
    #[must_use]
    pub const fn needs_kvm(&self) -> bool {
        matches!(self.work, Work::Chain { .. } | Work::Soak(_))
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, device, work } = self;
        match work {
            Work::Script { how, trace, steps } => {
                write!(
                    f,
                    "case {name} device={device} how={how} trace={trace} steps="
                )?;
                steps.iter().enumerate().try_for_each(|(at, step)| {
                    let comma = if at == 0 { "" } else { "," };
                    write!(f, "{comma}{step}")
                })
            }
            Work::Fault(fault) => write!(f, "fault {name} device={device} what={fault}"),
            Work::Chain { rounds, again } => write!(
                f,
                "kvm {name} device={device} rounds={rounds} again={again}"
            ),
            Work::Soak(Soak {
                path,
                interrupts,
                vcpus,
            }) => {
                write!(
                    f,
                    "soak {name} device={device} path={path} interrupts={interrupts} vcpus={vcpus}"
                )
            }
        }
    }
}

impl FromStr for Case {
    type Err = Error;

    fn from_str(line: &str) -> Result<Self, Error> {
        let mut words = line.split_whitespace();
        let kind = words.next().unwrap_or_default();
        if !KINDS.contains(&kind) {
            return refuse!(
                "'{}' is none of case, fault, kvm and soak",
                kind.escape_debug()
            );
        }
        let Some(name) = words.next() else {
            return refuse!("this {kind} has no name");
        };
        let mut pairs = Pairs::new(words)?;
        let device = pairs.take("device")?.parse()?;
        let work = work(kind, &mut pairs)?;
        pairs.end()?;
        Ok(Self {
            name: name.parse()?,
            device,
            work,
        })
    }
}

/// The first words of the lines that are cases.
pub(crate) const KINDS: [&str; 4] = ["case", "fault", "kvm", "soak"];

fn work(kind: &str, pairs: &mut Pairs<'_>) -> Result<Work, Error> {
    Ok(match kind {
        "fault" => Work::Fault(pairs.take("what")?.parse()?),
        "kvm" => Work::Chain {
            rounds: number("number of rounds", pairs.take("rounds")?)?,
            again: number("number of interrupts", pairs.take("again")?)?,
        },
        "soak" => Work::Soak(Soak {
            path: pairs.take("path")?.parse()?,
            interrupts: number("number of interrupts", pairs.take("interrupts")?)?,
            vcpus: pairs.take("vcpus")?.parse()?,
        }),
        _ => Work::Script {
            how: pairs.take("how")?.parse()?,
            trace: pairs.take("trace")?.parse()?,
            steps: pairs
                .take("steps")?
                .split(',')
                .map(str::parse)
                .collect::<Result<_, _>>()?,
        },
    })
}

/// One task of a case, for which the console has a line when it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// A step of a script, or of the one interrupt that follows a chain.
    Step(Step),
    /// [`Work::Fault`].
    Fault(Fault),
    /// The rounds of [`Work::Chain`].
    Chain,
    /// The causes of [`Work::Soak`].
    Soak,
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Step(step) => step.fmt(f),
            Self::Fault(fault) => fault.fmt(f),
            Self::Chain => f.write_str("kvm"),
            Self::Soak => f.write_str("soak"),
        }
    }
}

impl FromStr for Task {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "kvm" => Ok(Self::Chain),
            "soak" => Ok(Self::Soak),
            _ => match text.parse() {
                Ok(fault) => Ok(Self::Fault(fault)),
                Err(_) => text.parse().map(Self::Step),
            },
        }
    }
}
