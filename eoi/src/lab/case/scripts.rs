//! The scripts: one entry each in [`SCRIPTS`].

use std::num::NonZeroU32;

use eoi_lab_protocol::{Cause, Fault, How, SoakPath, Step};

/// A script with a name.
pub struct Script {
    /// The name.
    pub name: &'static str,
    /// The question that it asks, in one sentence.
    pub about: &'static str,
    /// Its first steps.
    pub(super) once: &'static [Step],
    /// The steps that follow, so many times.
    pub(super) again: &'static [Step],
    times: usize,
    /// The ways to unmask with which it makes a case.
    pub(super) hows: &'static [How],
    /// Its work on the machine.
    pub(super) kind: Kind,
}

/// The work of a script on the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Its steps.
    Steps,
    /// Something goes wrong, and then five interrupts have to come. The script's steps are the same for the host and the device.
    Fault(Fault),
    /// The chain with a guest.
    Chain {
        /// Causes.
        rounds: NonZeroU32,
        /// Interrupts of each cause that the guest ends before it clears the cause.
        again: u32,
    },
    /// The chain with causes at random times.
    Soak {
        /// The way of an interrupt to the guest.
        path: SoakPath,
        /// Interrupts that the guest takes.
        interrupts: NonZeroU32,
    },
}

const fn number(number: u32) -> NonZeroU32 {
    match NonZeroU32::new(number) {
        Some(number) => number,
        None => panic!("it is 1 or more"), // while it is compiled
    }
}

/// The parts that most scripts have in common.
const PLAIN: Script = Script {
    name: "",
    about: "",
    once: &[],
    again: &[],
    times: 0,
    hows: &[How::Ioctl, How::Eventfd],
    kind: Kind::Steps,
};
/// The parts that the scripts have in common in which something goes wrong.
const FAULT: Script = Script {
    again: SERVED,
    times: 5,
    hows: &[How::Intx],
    ..PLAIN
};

use Cause::{One, Two};
use Step::{
    Clear, ClearAll, Disable, Doctor, Enable, HandOver, Idle, Mask, Race, Raise, Rearm, Second,
    Unmask, Wait,
};

/// One interrupt, served as a VMM serves it.
const SERVED: &[Step] = &[Raise(One), Wait, ClearAll, Unmask];

/// Rounds of `mask-race`.
const ROUNDS: NonZeroU32 = number(100_000);

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
        again: &[
            Raise(One),
            Wait,
            ClearAll,
            Raise(One),
            Unmask,
            Wait,
            ClearAll,
            Unmask,
        ],
        times: 3,
        ..PLAIN
    },
    Script {
        name: "unmask-high",
        about: "unmask without clearing: the line is still high",
        once: &[Enable],
        again: &[
            Raise(One),
            Wait,
            Unmask,
            Wait,
            Unmask,
            Wait,
            ClearAll,
            Unmask,
        ],
        times: 2,
        ..PLAIN
    },
    Script {
        name: "mask-raise-unmask",
        about: "the operator masks first, then the device raises",
        // One that is served comes first: a line that never interrupted says nothing.
        once: &[Enable, Raise(One), Wait, ClearAll, Unmask],
        again: &[Mask, Raise(One), Idle, Unmask, Wait, ClearAll, Unmask],
        times: 2,
        ..PLAIN
    },
    Script {
        name: "two-causes",
        about: "two causes at once, cleared one by one",
        once: &[Enable],
        again: &[
            Raise(One),
            Raise(Two),
            Wait,
            Clear(One),
            Unmask,
            Wait,
            Clear(Two),
            Unmask,
        ],
        times: 2,
        ..PLAIN
    },
    Script {
        name: "reopen",
        about: "torn down and set up again with the line high",
        once: &[
            Enable,
            Raise(One),
            Wait,
            Disable,
            Enable,
            Wait,
            ClearAll,
            Unmask,
        ],
        again: SERVED,
        times: 1,
        ..PLAIN
    },
    Script {
        name: "second-owner",
        about: "another function on the same line is set up too, and refused",
        once: &[Enable, Raise(One), Wait, ClearAll, Unmask, Second],
        again: SERVED,
        times: 5,
        ..PLAIN
    },
    Script {
        name: "hand-over",
        about: "the line goes to another function on it, and is asked for again while that one frees it",
        once: &[Enable],
        again: &[
            HandOver,
            Raise(One),
            Wait,
            ClearAll,
            Unmask,
            Raise(One),
            Wait,
            ClearAll,
            Unmask,
        ],
        times: 20,
        hows: &[How::Ioctl],
        ..PLAIN
    },
    Script {
        name: "doctor",
        about: "a cause that the host does or does not pass on, as `eoi doctor --watch` sees it from inside",
        once: &[
            Enable,
            Raise(One),
            Wait,
            ClearAll,
            Unmask,
            Raise(One),
            Idle,
            Doctor,
            ClearAll,
            Unmask,
        ],
        again: SERVED,
        times: 1,
        hows: &[How::Ioctl],
        ..PLAIN
    },
    Script {
        name: "kvm-chain",
        about: "vfio's trigger is the irqfd, the resample eventfd is vfio's unmask; a guest takes, clears and ends",
        hows: &[How::Intx],
        kind: Kind::Chain {
            rounds: number(200),
            again: 2,
        },
        ..PLAIN
    },
    Script {
        name: "kvm-soak",
        about: "the same with causes at random times, 100,000 interrupts and two vCPUs; then torn down, and raised once more",
        hows: &[How::Intx],
        kind: Kind::Soak {
            path: SoakPath::Resample,
            interrupts: number(100_000),
        },
        ..PLAIN
    },
    Script {
        name: "kvm-soak-eoi",
        about: "the same with a controller of the VMM's own, which reports the guest's EOI, and 20,000 interrupts",
        hows: &[How::Intx],
        kind: Kind::Soak {
            path: SoakPath::Eoi,
            interrupts: number(20_000),
        },
        ..PLAIN
    },
    Script {
        name: "mask-race",
        about: "one CPU masks and unmasks while interrupts arrive on the other",
        // One without a race comes first, as where the line is lost at once nothing would show that it ever delivered.
        once: &[Enable, Raise(One), Wait, ClearAll, Unmask, Race(ROUNDS)],
        hows: &[How::Ioctl],
        ..PLAIN
    },
    Script {
        name: "rearm",
        about: "a VMM that thinks the line dead, right or wrong, tells eoi-intx so",
        once: &[
            Enable,
            Raise(One),
            Wait,
            ClearAll,
            Unmask,
            Raise(One),
            Idle,
            Rearm,
            Wait,
            ClearAll,
            Unmask,
        ],
        again: SERVED,
        times: 2,
        hows: &[How::Intx],
        ..PLAIN
    },
    Script {
        name: "drive",
        about: "`eoi-forward drive`, 1,000 interrupts",
        once: &[Enable],
        kind: Kind::Fault(Fault::Drive),
        ..FAULT
    },
    Script {
        name: "killed",
        about: "the VMM is killed with an interrupt in service; the function goes to another",
        once: &[Enable, Raise(One), Wait, Disable, ClearAll, Enable],
        kind: Kind::Fault(Fault::Killed),
        ..FAULT
    },
    Script {
        name: "closed",
        about: "the trigger eventfd is gone when an interrupt comes, and is replaced",
        once: &[
            Enable,
            Raise(One),
            Wait,
            ClearAll,
            Unmask,
            Idle, // a controller that keeps a source pending has one more to come
            Unmask,
            Raise(One),
            Wait,
            Unmask,
            Wait,
            ClearAll,
            Unmask,
        ],
        kind: Kind::Fault(Fault::Closed),
        ..FAULT
    },
    Script {
        name: "reset",
        about: "the guest is reset with an interrupt in service; a function that cannot be reset alone keeps its cause",
        once: &[
            Enable,
            Raise(One),
            Wait,
            Unmask,
            Wait,
            ClearAll,
            Unmask,
            Raise(One),
            Wait,
            ClearAll,
            Unmask,
        ],
        kind: Kind::Fault(Fault::Reset),
        ..FAULT
    },
    Script {
        name: "never-ends",
        about: "the guest never ends its interrupt; the function goes to another",
        once: &[Enable, Raise(One), Wait, Idle, Disable, ClearAll, Enable],
        kind: Kind::Fault(Fault::NeverEnds),
        ..FAULT
    },
    Script {
        name: "never-lets-go",
        about: "the device never lets go of its line; a budget keeps it from eating the host",
        once: &[
            Enable,
            Raise(One),
            Wait,
            Unmask,
            Wait,
            Unmask,
            Wait,
            ClearAll,
            Unmask,
        ],
        kind: Kind::Fault(Fault::NeverLetsGo),
        ..FAULT
    },
    Script {
        name: "unplugged",
        about: "the function is removed with an interrupt in service, and comes back",
        once: &[Enable, Raise(One), Wait, Disable, ClearAll, Enable],
        kind: Kind::Fault(Fault::Unplugged),
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
