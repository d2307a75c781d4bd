//! The cases: scripts that the guest's program runs on a real kernel and that the model runs beside it.

use std::fmt;

use anyhow::{Result, bail};
use eoi_intx::Path;
use eoi_model::device::Device;

/// One step of a script. The words are those of the plan that the guest's program reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Sets INTx up, with the trigger eventfd and, where it is used, the unmask eventfd.
    Enable,
    /// Tears INTx down.
    Disable,
    /// The device gets this cause, 1 or 2.
    Raise(u8),
    /// This cause, or every one, is cleared at the device.
    Clear(Option<u8>),
    /// The trigger has to come; if it does not, that is a stall, and the script ends.
    Wait,
    /// The trigger is looked for; the script goes on either way.
    Idle,
    /// Masks.
    Mask,
    /// Unmasks, in the case's way: for the machine, the guest ends the interrupt.
    Unmask,
    /// Tells the machine that the line is thought to be dead.
    Rearm,
    /// So many rounds of raise, wait, clear on one CPU while the other masks and unmasks; then one unhurried round.
    Race(u32),
    /// So many rounds of the whole chain with a guest, which ends the interrupt so often without clearing its cause.
    Kvm(u32, u32),
    /// The chain with causes at random times, until a guest of two vCPUs has taken so many interrupts: through KVM's controller,
    /// or through the VMM's own.
    Soak(Path, u32),
    /// `eoi doctor --watch` on the machine itself: whether it calls the line dead.
    Doctor,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Enable => f.write_str("enable"),
            Self::Disable => f.write_str("disable"),
            Self::Raise(cause) => write!(f, "raise:{cause}"),
            Self::Clear(None) => f.write_str("clear"),
            Self::Clear(Some(cause)) => write!(f, "clear:{cause}"),
            Self::Wait => f.write_str("wait"),
            Self::Idle => f.write_str("idle"),
            Self::Mask => f.write_str("mask"),
            Self::Unmask => f.write_str("unmask"),
            Self::Rearm => f.write_str("rearm"),
            Self::Race(rounds) => write!(f, "race:{rounds}"),
            Self::Doctor => f.write_str("doctor"),
            Self::Kvm(rounds, again) => write!(f, "kvm:{rounds}:{again}"),
            Self::Soak(path, interrupts) => write!(f, "soak:{}:{interrupts}", path_word(*path)),
        }
    }
}

/// As the plan says it.
const fn path_word(path: Path) -> &'static str {
    if matches!(path, Path::Resample) { "resample" } else { "eoi" }
}

/// How a case unmasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// `VFIO_DEVICE_SET_IRQS`
    Ioctl,
    /// A write to the unmask eventfd.
    Eventfd,
    /// As eoi-intx has it, through eoi-forward.
    Intx,
}

impl How {
    const BOTH: &[Self] = &[Self::Ioctl, Self::Eventfd];

    /// The word of the plan.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ioctl => "ioctl",
            Self::Eventfd => "eventfd",
            Self::Intx => "intx",
        }
    }
}

/// A script with a name.
pub struct Script {
    /// The name.
    pub name: &'static str,
    /// What it asks, in one sentence.
    pub about: &'static str,
    once: &'static [Step],
    again: &'static [Step],
    times: usize,
    hows: &'static [How],
    /// The machine's guest does it otherwise, by a word of its own; the steps are what it comes to.
    fault: bool,
}

/// What most scripts are.
const PLAIN: Script = Script { name: "", about: "", once: &[], again: &[], times: 0, hows: How::BOTH, fault: false };
/// Something goes wrong, and then five interrupts have to come.
const FAULT: Script = Script { again: SERVED, times: 5, hows: &[How::Intx], fault: true, ..PLAIN };

use Step::{Clear, Disable, Doctor, Enable, Idle, Kvm, Mask, Race, Raise, Rearm, Soak, Unmask, Wait};

/// One interrupt, served as a VMM serves it.
const SERVED: &[Step] = &[Raise(1), Wait, Clear(None), Unmask];

/// Rounds of `mask-race`.
pub const ROUNDS: u32 = 100_000;

/// Every script, in the order of reports.
pub static SCRIPTS: &[Script] = &[
    Script {
        name: "clear-unmask",
        about: "raise, wait, clear, unmask",
        once: &[Enable],
        again: SERVED,
        times: 5,
        hows: &[How::Ioctl, How::Eventfd, How::Intx],
        ..PLAIN
    },
    Script {
        name: "reraise-masked",
        about: "clear, raise again while masked, unmask",
        once: &[Enable],
        again: &[Raise(1), Wait, Clear(None), Raise(1), Unmask, Wait, Clear(None), Unmask],
        times: 3,
        ..PLAIN
    },
    Script {
        name: "unmask-high",
        about: "unmask without clearing: the line is still high",
        once: &[Enable],
        again: &[Raise(1), Wait, Unmask, Wait, Unmask, Wait, Clear(None), Unmask],
        times: 2,
        ..PLAIN
    },
    Script {
        name: "mask-raise-unmask",
        about: "the operator masks first, then the device raises",
        // One that is served comes first: a line that never interrupted says nothing.
        once: &[Enable, Raise(1), Wait, Clear(None), Unmask],
        again: &[Mask, Raise(1), Idle, Unmask, Wait, Clear(None), Unmask],
        times: 2,
        ..PLAIN
    },
    Script {
        name: "two-causes",
        about: "two causes at once, cleared one by one",
        once: &[Enable],
        again: &[Raise(1), Raise(2), Wait, Clear(Some(1)), Unmask, Wait, Clear(Some(2)), Unmask],
        times: 2,
        ..PLAIN
    },
    Script {
        name: "reopen",
        about: "torn down and set up again with the line high",
        once: &[Enable, Raise(1), Wait, Disable, Enable, Wait, Clear(None), Unmask],
        again: SERVED,
        times: 1,
        ..PLAIN
    },
    Script {
        name: "doctor",
        about: "a cause that the host does or does not pass on, as `eoi doctor --watch` sees it from inside",
        once: &[Enable, Raise(1), Wait, Clear(None), Unmask, Raise(1), Idle, Doctor, Clear(None), Unmask],
        again: SERVED,
        times: 1,
        hows: &[How::Ioctl],
        ..PLAIN
    },
    Script {
        name: "kvm-chain",
        about: "vfio's trigger is the irqfd, the resample eventfd is vfio's unmask; a guest takes, clears and ends",
        once: &[Kvm(200, 2)],
        hows: &[How::Intx],
        ..PLAIN
    },
    Script {
        name: "kvm-soak",
        about: "the same with causes at random times, 100,000 interrupts and two vCPUs; then torn down, and raised once more",
        once: &[Soak(Path::Resample, 100_000)],
        hows: &[How::Intx],
        ..PLAIN
    },
    Script {
        name: "kvm-soak-eoi",
        about: "the same with a controller of the VMM's own, which reports the guest's EOI, and 20,000 interrupts",
        once: &[Soak(Path::Eoi, 20_000)],
        hows: &[How::Intx],
        ..PLAIN
    },
    Script {
        name: "mask-race",
        about: "one CPU masks and unmasks while interrupts arrive on the other",
        // One without a race comes first, as where the line is lost at once nothing would show that it ever delivered.
        once: &[Enable, Raise(1), Wait, Clear(None), Unmask, Race(ROUNDS)],
        hows: &[How::Ioctl],
        ..PLAIN
    },
    Script {
        name: "rearm",
        about: "a VMM that thinks the line dead, right or wrong, tells eoi-intx so",
        once: &[Enable, Raise(1), Wait, Clear(None), Unmask, Raise(1), Idle, Rearm, Wait, Clear(None), Unmask],
        again: SERVED,
        times: 2,
        hows: &[How::Intx],
        ..PLAIN
    },
    Script { name: "drive", about: "`eoi-forward drive`, 1,000 interrupts", once: &[Enable], ..FAULT },
    Script {
        name: "killed",
        about: "the VMM is killed with an interrupt in service; the function goes to another",
        once: &[Enable, Raise(1), Wait, Disable, Clear(None), Enable],
        ..FAULT
    },
    Script {
        name: "closed",
        about: "the trigger eventfd is gone when an interrupt comes, and is replaced",
        once: &[
            Enable,
            Raise(1),
            Wait,
            Clear(None),
            Unmask,
            Idle, // a controller that keeps a source pending has one more to come
            Unmask,
            Raise(1),
            Wait,
            Unmask,
            Wait,
            Clear(None),
            Unmask,
        ],
        ..FAULT
    },
    Script {
        name: "reset",
        about: "the guest is reset with an interrupt in service; a function that cannot be reset alone keeps its cause",
        once: &[Enable, Raise(1), Wait, Unmask, Wait, Clear(None), Unmask, Raise(1), Wait, Clear(None), Unmask],
        ..FAULT
    },
    Script {
        name: "never-ends",
        about: "the guest never ends its interrupt; the function goes to another",
        once: &[Enable, Raise(1), Wait, Idle, Disable, Clear(None), Enable],
        ..FAULT
    },
    Script {
        name: "never-lets-go",
        about: "the device never lets go of its line; a budget keeps it from eating the host",
        once: &[Enable, Raise(1), Wait, Unmask, Wait, Unmask, Wait, Clear(None), Unmask],
        ..FAULT
    },
    Script {
        name: "unplugged",
        about: "the function is removed with an interrupt in service, and comes back",
        once: &[Enable, Raise(1), Wait, Disable, Clear(None), Enable],
        ..FAULT
    },
];

impl Script {
    /// Its steps.
    #[must_use]
    pub fn steps(&self) -> Vec<Step> {
        let mut steps = self.once.to_vec();
        (0..self.times).for_each(|_| steps.extend(self.again));
        steps
    }
}

/// One case: a script on one kind of device, unmasked in one way.
#[derive(Clone, Copy)]
pub struct Case {
    /// The script.
    pub script: &'static Script,
    /// The device.
    pub device: Device,
    /// How it unmasks.
    pub how: How,
}

impl Case {
    /// The name in plans and reports.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}/{}/{}", self.script.name, self.device.name(), self.how.name())
    }

    /// Whether two CPUs race in it.
    #[must_use]
    pub fn races(&self) -> bool {
        self.script.once.iter().any(|step| matches!(step, Race(_)))
    }

    /// Whether the machine needs the doctor.
    #[must_use]
    pub fn is_diagnosed(&self) -> bool {
        self.script.once.contains(&Doctor)
    }

    /// Whether something goes wrong in it.
    #[must_use]
    pub fn is_fault(&self) -> bool {
        self.script.fault
    }

    /// The rounds of the chain with a guest, and how often each is ended before it is cleared, if that is what it is.
    #[must_use]
    pub fn chain(&self) -> Option<(u32, u32)> {
        match self.script.once {
            &[Kvm(rounds, again)] => Some((rounds, again)),
            _ => None,
        }
    }

    /// The chain with causes at random times, if that is what it is: on which path, and until how many interrupts.
    #[must_use]
    pub fn soak(&self) -> Option<(Path, u32)> {
        match self.script.once {
            &[Soak(path, interrupts)] => Some((path, interrupts)),
            _ => None,
        }
    }

    /// Whether its machine has a guest of its own.
    #[must_use]
    pub fn needs_kvm(&self) -> bool {
        self.chain().is_some() || self.soak().is_some()
    }

    /// Its line in the plan. A race is not traced: it is long, and tracing would change it.
    #[must_use]
    pub fn plan(&self) -> String {
        if let Some((rounds, again)) = self.chain() {
            return format!("kvm {} device={} rounds={rounds} again={again}\n", self.name(), self.device.name());
        }
        if let Some((path, interrupts)) = self.soak() {
            let (name, device, path) = (self.name(), self.device.name(), path_word(path));
            return format!("soak {name} device={device} path={path} interrupts={interrupts} vcpus=2\n");
        }
        if self.is_fault() {
            return format!("fault {} device={} what={}\n", self.name(), self.device.name(), self.script.name);
        }
        let steps: Vec<String> = self.script.steps().iter().map(ToString::to_string).collect();
        let (device, how, steps) = (self.device.name(), self.how.name(), steps.join(","));
        let trace = if self.races() { "off" } else { "on" };
        format!("case {} device={device} how={how} trace={trace} steps={steps}\n", self.name())
    }
}

/// Every case: DisINTx- first, so that vfio-pci is loaded once for each kind.
#[must_use]
pub fn all() -> Vec<Case> {
    let of = |device| {
        let scripts = SCRIPTS.iter();
        scripts.flat_map(move |script| script.hows.iter().map(move |&how| Case { script, device, how }))
    };
    [Device::NoDisintx, Device::Disintx].into_iter().flat_map(of).collect()
}

/// The cases of these scripts; all if none is named.
///
/// # Errors
/// A name that no script has.
pub fn named(names: &[String]) -> Result<Vec<Case>> {
    if let Some(name) = names.iter().find(|name| !SCRIPTS.iter().any(|script| script.name == **name)) {
        let all: Vec<&str> = SCRIPTS.iter().map(|script| script.name).collect();
        bail!("there is no case called '{name}'; there are {}", all.join(", "));
    }
    Ok(all().into_iter().filter(|case| names.is_empty() || names.iter().any(|n| n == case.script.name)).collect())
}
