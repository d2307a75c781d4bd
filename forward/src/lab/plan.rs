//! The plan: what the machine is to do.
//!
//! Blank lines and lines that begin with `#` are ignored. The others are
//!
//! * `set KEY=VALUE`: `device` (edu, e1000), `container` (type1, spapr, noiommu), `wait_ms` (1000), `idle_ms` (300),
//!   `kvm` (0; with 1 there must be a /dev/kvm once the modules are loaded);
//! * `functions NAME …`: functions of the kernel for the function tracer, any number of times;
//! * `case NAME device=disintx|no-disintx how=ioctl|eventfd|intx trace=on|off steps=STEP,…`; with `intx` the VMM is the
//!   machine of that name, and `unmask` is the guest's EOI;
//! * `fault NAME device=disintx|no-disintx what=FAULT`: something goes wrong, then five interrupts must come ([`Fault`]);
//! * `kvm NAME device=disintx|no-disintx rounds=N again=M`: the chain through KVM, N causes of each of which the guest
//!   EOIs M interrupts before it clears it; then, without KVM, one interrupt more;
//! * `soak NAME device=disintx|no-disintx path=resample|eoi interrupts=N vcpus=1|2`: causes at random times until a guest
//!   has taken N interrupts, through KVM's controller or through one of the VMM's own; then, without KVM, one more.

mod parse;

use std::time::Duration;

use eoi_intx::Path;

use crate::device::Device;
use crate::vfio::Iommu;

/// The whole plan.
pub struct Plan {
    /// The function that it is about.
    pub device: &'static dyn Device,
    /// How VFIO holds it.
    pub container: Iommu,
    /// The longest that an interrupt may take before it counts as lost.
    pub wait: Duration,
    /// How long silence is listened to.
    pub idle: Duration,
    /// The machine must have KVM.
    pub kvm: bool,
    /// Functions of the kernel to be traced.
    pub functions: Vec<String>,
    /// In the order in which they are run.
    pub cases: Vec<Case>,
}

/// One case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Its name.
    pub name: String,
    /// The function's DisINTx is used; vfio-pci's `nointxmask` is its opposite.
    pub disintx: bool,
    /// How it unmasks.
    pub unmask: Unmask,
    /// Whether its steps are traced.
    pub trace: bool,
    /// What it does.
    pub steps: Vec<Step>,
}

impl Case {
    /// `disintx` or `no-disintx`.
    #[must_use]
    pub fn device(&self) -> &'static str {
        if self.disintx { "disintx" } else { "no-disintx" }
    }

    /// Whether the device is ever told to interrupt.
    #[must_use]
    pub fn raises(&self) -> bool {
        self.steps.iter().any(|step| {
            use Step::{Fault, Kvm, Race, Raise, Soak};
            matches!(step, Raise(_) | Race(_) | Kvm { .. } | Soak(_) | Fault(_))
        })
    }
}

/// How a case unmasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unmask {
    /// `VFIO_DEVICE_SET_IRQS`.
    Ioctl,
    /// A write to the eventfd that was given for it.
    Eventfd,
    /// As eoi-intx does it when the guest has ended the interrupt.
    Machine,
}

impl Unmask {
    /// As the plan says it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ioctl => "ioctl",
            Self::Eventfd => "eventfd",
            Self::Machine => "intx",
        }
    }
}

/// One step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Sets INTx up.
    Enable,
    /// Tears INTx down.
    Disable,
    /// Raises cause 1 or 2.
    Raise(u8),
    /// Clears cause 1 or 2.
    Clear(u8),
    /// Clears every cause.
    ClearAll,
    /// Waits for a signal; without one the case ends.
    Wait,
    /// Waits for a signal that need not come.
    Idle,
    /// Masks.
    Mask,
    /// Unmasks.
    Unmask,
    /// Tells the machine that the line is thought to be dead.
    Rearm,
    /// Something goes wrong; the case's only step.
    Fault(Fault),
    /// So many interrupts while another thread masks and unmasks; 1 or more.
    Race(u32),
    /// Asks the doctor, which is `/eoi`, whether the line is dead.
    Doctor,
    /// The chain through KVM, round by round; INTx is not set up.
    Kvm {
        /// Causes, 1 or more.
        rounds: u32,
        /// Interrupts of each cause that the guest EOIs without clearing it.
        again: u32,
    },
    /// The chain through KVM, with causes at random times; INTx is not set up.
    Soak(Soak),
}

/// Causes at random times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Soak {
    /// `Resample` through KVM's controller, or `Eoi` through the VMM's.
    pub path: Path,
    /// Interrupts that the guest takes, 1 or more.
    pub interrupts: u32,
    /// 1 or 2.
    pub vcpus: u8,
}

/// What goes wrong. The guest is this program, and the VMM is the machine with its backend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The VMM is killed while an interrupt is in service, and another one opens the function.
    Killed,
    /// The trigger eventfd is gone, and is replaced.
    Closed,
    /// The guest is reset while an interrupt is in service.
    Reset,
    /// The function is unplugged while an interrupt is in service, and plugged again.
    Unplugged,
    /// The guest never ends its interrupt, and the function goes to another.
    NeverEnds,
    /// The device never lets go of its line, for some periods of a budget.
    NeverLetsGo,
    /// None: `eoi-forward drive`, for 1,000 interrupts.
    Drive,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Killed, Self::Closed, Self::Reset, Self::NeverEnds, Self::NeverLetsGo, Self::Drive, Self::Unplugged];

    /// As the plan says it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Killed => "killed",
            Self::Closed => "closed",
            Self::Reset => "reset",
            Self::Unplugged => "unplugged",
            Self::NeverEnds => "never-ends",
            Self::NeverLetsGo => "never-lets-go",
            Self::Drive => "drive",
        }
    }
}

impl Step {
    /// Its word, without the number.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Enable => "enable",
            Self::Disable => "disable",
            Self::Raise(_) => "raise",
            Self::Clear(_) | Self::ClearAll => "clear",
            Self::Wait => "wait",
            Self::Idle => "idle",
            Self::Mask => "mask",
            Self::Unmask => "unmask",
            Self::Rearm => "rearm",
            Self::Fault(fault) => fault.name(),
            Self::Race(_) => "race",
            Self::Doctor => "doctor",
            Self::Kvm { .. } => "kvm",
            Self::Soak(_) => "soak",
        }
    }
}
