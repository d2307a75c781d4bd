//! The system: one configuration of machines that exists. [`crate::world`] moves it.

pub use crate::config::{Config, Path, Refusal, Vmm};
use crate::config::{exists, guest_of};
use crate::device::Device;
use crate::guest::Guest;
use crate::irqchip::Irqchip;
use crate::kernels::Kernel;
use crate::scenario::Scenario;
use crate::state::{Half, State};

/// A configuration that exists, ready to step.
#[derive(Clone, Copy)]
pub struct System {
    pub(crate) chip: Irqchip,
    pub(crate) kernel: Kernel,
    pub(crate) device: Device,
    pub(crate) path: Path,
    pub(crate) vmm: Vmm,
    pub(crate) guest: Guest,
    pub(crate) scenario: Scenario,
    pub(crate) cpus: u8,
    pub(crate) causes: u8,
    pub(crate) withdraws: bool,
    pub(crate) threadirqs: bool,
    wide: bool,
}

impl System {
    /// The system of this configuration, or why there is none.
    ///
    /// # Errors
    /// [`Refusal`] for a combination that no real system has, and for fixes that contradict each
    /// other.
    pub fn new(config: &Config<'_>) -> Result<Self, Refusal> {
        exists(config)?;
        let guest = guest_of(config)?;
        let (mut kernel, mut chip) = (*config.kernel, *config.chip);
        for (index, fix) in config.fixes.iter().enumerate() {
            let others = &config.fixes[..index];
            if others.iter().any(|other| {
                other
                    .replaces
                    .iter()
                    .any(|name| fix.replaces.contains(name))
            }) {
                return Err(Refusal {
                    reason: "two of the fixes replace the same function",
                    instead: "take one of them",
                });
            }
            (fix.applies)(&kernel, &chip).map_err(|reason| Refusal {
                reason,
                instead: "leave the fix away, or take another kernel or chip",
            })?;
            (fix.apply)(&mut kernel, &mut chip);
        }
        let &Config {
            device,
            path,
            vmm,
            scenario,
            cpus,
            causes,
            withdraws,
            threadirqs,
            ..
        } = config;
        let wide = is_wide(path, scenario, &guest);
        Ok(Self {
            chip,
            kernel,
            device,
            path,
            vmm,
            guest,
            scenario,
            cpus,
            causes,
            withdraws,
            threadirqs,
            wide,
        })
    }

    /// Whether the VMM's machine takes more of the state than a function's half has for it, so that
    /// the other half is [`More`](crate::state::More) of it.
    #[must_use]
    pub const fn is_wide(&self) -> bool {
        self.wide
    }

    /// Whether nothing but the low half of a state is ever in use.
    #[must_use]
    pub const fn is_narrow(&self) -> bool {
        self.scenario.functions() == 1 && !self.wide
    }

    /// The functions' halves of a state; 0 for a function that this system does not have.
    #[inline]
    #[must_use]
    pub const fn halves(&self, state: State) -> [Half; 2] {
        let [first, second] = state.halves();
        [first, if self.wide { Half(0) } else { second }]
    }

    /// The guest's controller.
    #[must_use]
    pub const fn guest(&self) -> &Guest {
        &self.guest
    }

    /// The scenario.
    #[must_use]
    pub const fn scenario(&self) -> Scenario {
        self.scenario
    }

    pub(crate) fn neighbour(&self) -> bool {
        self.scenario == Scenario::SharedLine
    }
}

/// The inputs that need it are given to the one function of a guest whose pin, or whose DisINTx, is
/// the VMM's to see.
fn is_wide(path: Path, scenario: Scenario, guest: &Guest) -> bool {
    let heard = matches!(path, Path::Vmm | Path::BarTrap);
    let pin = path == Path::Vmm && (guest.masks || guest.edge);
    let more = pin
        || matches!(
            scenario,
            Scenario::GuestDisintx | Scenario::OwnDisintx | Scenario::Budget
        );
    scenario.functions() == 1 && heard && more
}
