//! The system: one configuration of machines that exists. [`crate::world`] moves it.

pub use crate::config::{Config, Path, Refusal};
use crate::config::{exists, guest_of};
use crate::device::Device;
use crate::genirq;
use crate::guest::Guest;
use crate::irqchip::Irqchip;
use crate::kernels::Kernel;
use crate::scenario::Scenario;
pub use crate::vmms::Vmm;

/// A configuration that exists, ready to step.
#[derive(Clone, Copy)]
pub struct System {
    pub(crate) chip: Irqchip,
    pub(crate) kernel: Kernel,
    pub(crate) device: Device,
    pub(crate) path: Path,
    pub(crate) vmm: &'static Vmm,
    pub(crate) guest: Guest,
    pub(crate) scenario: Scenario,
    pub(crate) cpus: u8,
    pub(crate) causes: u8,
    pub(crate) withdraws: bool,
    /// The line's action is threaded ([`genirq::oneshot`]).
    pub(crate) oneshot: bool,
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
        Ok(Self {
            oneshot: genirq::oneshot(&kernel, device, threadirqs),
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
        })
    }

    /// The VMM's machine is told how the guest programs its pin, which is modelled for one function.
    pub(crate) const fn hears_pin(&self) -> bool {
        let programs = self.guest.masks || self.guest.edge;
        matches!(self.path, Path::Vmm) && self.scenario.functions() == 1 && programs
    }

    /// vfio-pci sets `IRQ_DISABLE_UNLAZY` for its line.
    pub(crate) const fn vfio_is_unlazy(&self) -> bool {
        self.kernel.vfio_unlazy && !self.device.pci_2_3()
    }

    /// vfio-pci sets it after it got the line, and not before.
    pub(crate) const fn vfio_is_unlazy_late(&self) -> bool {
        self.kernel.vfio_unlazy_late && self.vfio_is_unlazy()
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
