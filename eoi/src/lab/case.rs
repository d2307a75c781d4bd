//! The cases: scripts that a machine runs on a real kernel and that the model runs beside it.

mod scripts;

use anyhow::Result;
pub use eoi_lab_protocol::{Cause, How, SoakPath, Step};
use eoi_lab_protocol::{DeviceKind, Fault, Soak, Switch, Vcpus, Word, Work};
use eoi_model::device::Device;
use eoi_model::scenario::Scenario;
use scripts::Kind;

pub use scripts::{SCRIPTS, Script};

use crate::check::names::pick;

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
        format!(
            "{}/{}/{}",
            self.script.name,
            self.device.name(),
            self.how.name()
        )
    }

    /// Whether two CPUs race in it.
    #[must_use]
    pub fn races(&self) -> bool {
        self.has(|step| matches!(step, Step::Race(_) | Step::HandOver))
    }

    /// Whether the machine needs the doctor.
    #[must_use]
    pub fn is_diagnosed(&self) -> bool {
        self.script.once.contains(&Step::Doctor)
    }

    /// Whether another function on the same line takes part.
    #[must_use]
    pub fn needs_second(&self) -> bool {
        self.has(|step| step.needs_second())
    }

    fn has(&self, is: impl Fn(&Step) -> bool) -> bool {
        self.script.once.iter().chain(self.script.again).any(is)
    }

    /// The scenario of the model that has its steps.
    #[must_use]
    pub fn scenario(&self) -> Scenario {
        if self.needs_second() {
            Scenario::SecondOwner
        } else {
            Scenario::Steady
        }
    }

    /// Whether something goes wrong in it.
    #[must_use]
    pub fn is_fault(&self) -> bool {
        matches!(self.script.kind, Kind::Fault(_))
    }

    /// Whether it runs the program `eoi-forward`.
    #[must_use]
    pub fn needs_forward(&self) -> bool {
        self.script.kind == Kind::Fault(Fault::Drive)
    }

    /// The rounds of the chain with a guest, and how often the guest ends each cause before it clears it.
    #[must_use]
    pub fn chain(&self) -> Option<(u32, u32)> {
        match self.script.kind {
            Kind::Chain { rounds, again } => Some((rounds.get(), again)),
            _ => None,
        }
    }

    /// The path and the number of interrupts of the chain with causes at random times.
    #[must_use]
    pub fn soak(&self) -> Option<(SoakPath, u32)> {
        match self.script.kind {
            Kind::Soak { path, interrupts } => Some((path, interrupts.get())),
            _ => None,
        }
    }

    /// Whether its machine has a guest of its own.
    #[must_use]
    pub fn needs_kvm(&self) -> bool {
        self.chain().is_some() || self.soak().is_some()
    }

    /// The case in the plan. A race is not traced: it is long, and tracing would change it.
    #[must_use]
    pub fn plan(&self) -> eoi_lab_protocol::Case {
        let work = match self.script.kind {
            Kind::Steps => Work::Script {
                how: self.how,
                trace: if self.races() {
                    Switch::Off
                } else {
                    Switch::On
                },
                steps: self.script.steps(),
            },
            Kind::Fault(fault) => Work::Fault(fault),
            Kind::Chain { rounds, again } => Work::Chain { rounds, again },
            Kind::Soak { path, interrupts } => Work::Soak(Soak {
                path,
                interrupts,
                vcpus: Vcpus::Two,
            }),
        };
        let device = match self.device {
            Device::Disintx | Device::LyingDisintx => DeviceKind::Disintx,
            Device::NoDisintx => DeviceKind::NoDisintx,
        };
        eoi_lab_protocol::Case {
            name: Word::from_any(&self.name()),
            device,
            work,
        }
    }
}

/// Every case: DisINTx- first, so that vfio-pci is loaded once for each kind.
#[must_use]
pub fn all() -> Vec<Case> {
    let of = |device| {
        let scripts = SCRIPTS.iter();
        scripts.flat_map(move |script| {
            script.hows.iter().map(move |&how| Case {
                script,
                device,
                how,
            })
        })
    };
    [Device::NoDisintx, Device::Disintx]
        .into_iter()
        .flat_map(of)
        .collect()
}

/// The cases of these scripts; all if none is named.
///
/// # Errors
/// A name that no script has.
pub fn named(names: &[String]) -> Result<Vec<Case>> {
    let every: Vec<&Script> = SCRIPTS.iter().collect();
    let scripts = pick("case", names, &every, |script| script.name, &every)?;
    let wanted = |case: &Case| scripts.iter().any(|one| one.name == case.script.name);
    Ok(all().into_iter().filter(wanted).collect())
}
