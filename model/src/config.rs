//! Configurations: the parts of a system, and the combinations of them that exist.

use crate::device::Device;
use crate::fixes::Fix;
use crate::guest::{self, Guest, GuestChip, Order, Reports};
use crate::irqchip::{Irqchip, Kvm};
use crate::kernels::Kernel;
use crate::scenario::Scenario;

/// How the interrupt gets from vfio-pci's trigger to the guest, and the guest's EOI back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Path {
    /// KVM's irqfd with resample.
    Irqfd,
    /// KVM's irqfd where KVM accepts the resample eventfd and never signals it.
    IrqfdUnacked,
    /// The VMM's own controller reports the EOI.
    Vmm,
    /// The EOI is guessed from trapped BAR accesses; mappings are off while an interrupt is
    /// pending.
    BarTrap,
    /// The EOI is guessed from trapped BAR accesses; the BARs stay mapped.
    BarGuess,
    /// No guest: a program on vfio-pci's ABI.
    Program,
}

impl Path {
    /// The paths of the matrix.
    pub const ALL: [Self; 5] = [Self::Irqfd, Self::IrqfdUnacked, Self::Vmm, Self::BarTrap, Self::BarGuess];

    /// The name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Irqfd => "irqfd",
            Self::IrqfdUnacked => "irqfd-unacked",
            Self::Vmm => "vmm",
            Self::BarTrap => "bar-trap",
            Self::BarGuess => "bar-guess",
            Self::Program => "program",
        }
    }

    /// A sentence about it.
    #[must_use]
    pub const fn about(self) -> &'static str {
        match self {
            Self::Irqfd => "KVM irqfd with resample",
            Self::IrqfdUnacked => "KVM irqfd whose resample is accepted and never signalled",
            Self::Vmm => "the VMM's own interrupt controller reports the EOI",
            Self::BarTrap => "EOI guessed from BAR accesses, mappings off while pending (QEMU without irqfd)",
            Self::BarGuess => "EOI guessed from BAR accesses, BARs mapped into the guest",
            Self::Program => "a program on vfio-pci's ABI, no guest",
        }
    }

    pub(crate) const fn intx(self) -> eoi_intx::Path {
        match self {
            Self::Irqfd | Self::IrqfdUnacked => eoi_intx::Path::Resample,
            Self::Vmm | Self::Program => eoi_intx::Path::Eoi,
            Self::BarTrap => eoi_intx::Path::BarTrap,
            Self::BarGuess => eoi_intx::Path::BarGuess,
        }
    }

    pub(crate) const fn hears_trigger(self) -> bool {
        matches!(self, Self::Vmm | Self::BarTrap)
    }
}

/// The parts of a configuration.
#[derive(Clone, Copy)]
pub struct Config<'a> {
    /// The host's controller.
    pub chip: &'a Irqchip,
    /// The host's kernel.
    pub kernel: &'a Kernel,
    /// Fixes on top of it.
    pub fixes: &'a [&'a Fix],
    /// The device.
    pub device: Device,
    /// The path.
    pub path: Path,
    /// The guest's controller; the path's usual one if not given.
    pub guest_chip: Option<&'static GuestChip>,
    /// The guest programs its pin as edge.
    pub edge: bool,
    /// The guest's driver.
    pub order: Order,
    /// The guest's driver masks its pin while it serves.
    pub masks: bool,
    /// The guest suppresses EOI broadcasts.
    pub directed_eoi: bool,
    /// The scenario.
    pub scenario: Scenario,
    /// Host CPUs, 1 or 2.
    pub cpus: u8,
    /// Independent causes of the device, 1 or 2.
    pub causes: u8,
    /// The device may withdraw a cause.
    pub withdraws: bool,
    /// Boot argument `threadirqs`.
    pub threadirqs: bool,
}

impl<'a> Config<'a> {
    /// The usual configuration: a DisINTx- device with two causes, two CPUs, the path's usual
    /// guest, nothing else done.
    #[must_use]
    pub const fn new(chip: &'a Irqchip, kernel: &'a Kernel, path: Path) -> Self {
        Self {
            chip,
            kernel,
            fixes: &[],
            device: Device::NoDisintx,
            path,
            guest_chip: None,
            edge: false,
            order: Order::ServiceThenEoi,
            masks: false,
            directed_eoi: false,
            scenario: Scenario::Steady,
            cpus: 2,
            causes: 2,
            withdraws: true,
            threadirqs: false,
        }
    }
}

/// The reason why there is no such system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The reason, in one sentence.
    pub reason: &'static str,
    /// A remedy.
    pub instead: &'static str,
}

fn guest_chip(config: &Config<'_>) -> Result<&'static GuestChip, Refusal> {
    let usual = match (config.path, config.chip.kvm) {
        (Path::Irqfd, Kvm::Acks(name)) | (Path::IrqfdUnacked, Kvm::NeverAcks(name)) => name,
        (Path::Irqfd, Kvm::NeverAcks(_)) => {
            return Err(Refusal {
                reason: "KVM on such a host accepts the resample eventfd and never signals it",
                instead: "take --path irqfd-unacked to see what follows, or --path vmm",
            });
        }
        (Path::IrqfdUnacked, Kvm::Acks(_)) => {
            return Err(Refusal {
                reason: "KVM on such a host acks the resample eventfd, or refuses it",
                instead: "take --path irqfd",
            });
        }
        (Path::Irqfd | Path::IrqfdUnacked, Kvm::None(reason)) => {
            return Err(Refusal { reason, instead: "take --path vmm" });
        }
        (Path::BarGuess, Kvm::Acks(name) | Kvm::NeverAcks(name)) => name,
        _ => "qemu-ioapic",
    };
    let usual = guest::chips::by_name(usual).unwrap_or(guest::chips::ALL[0]);
    let chip = config.guest_chip.unwrap_or(usual);
    if !chip.kernels.has(config.kernel) {
        return Err(Refusal {
            reason: "this kernel's KVM does not emulate this guest controller",
            instead: "take a newer --kernel, or --path vmm",
        });
    }
    let acks = matches!(chip.reports, Reports::BeforeEoi | Reports::AfterEoi);
    match config.path {
        Path::Irqfd if !acks => Err(Refusal {
            reason: "no resample without a controller in the kernel that acks the guest's EOI",
            instead: "take a kvm-* controller for --guest, or --path vmm",
        }),
        Path::IrqfdUnacked if acks => {
            Err(Refusal { reason: "this guest controller does ack the guest's EOI", instead: "take --path irqfd" })
        }
        Path::Vmm if chip.reports != Reports::ToVmm => Err(Refusal {
            reason: "a controller in the kernel does not report the guest's EOI to the VMM",
            instead: "take --guest qemu-ioapic, or --path irqfd",
        }),
        _ => Ok(chip),
    }
}

pub(crate) fn guest_of(config: &Config<'_>) -> Result<Guest, Refusal> {
    let chip = guest_chip(config)?;
    if config.edge && chip.edge.is_none() {
        return Err(Refusal {
            reason: "this guest controller has no edge mode for a PCI line",
            instead: "leave edge away",
        });
    }
    if config.directed_eoi && !chip.eoi_register {
        return Err(Refusal {
            reason: "this guest controller has no EOI register",
            instead: "leave directed-eoi away, or take --guest qemu-ioapic+directed-eoi",
        });
    }
    // Such a flow handler masks and acks before the driver serves, whatever the driver does.
    let order = if chip.flow.masks_at_entry { Order::EoiThenService } else { config.order };
    Ok(Guest {
        chip,
        edge: config.edge,
        order,
        masks: config.masks || order == Order::EoiThenService,
        directed_eoi: config.directed_eoi,
    })
}

pub(crate) fn exists(config: &Config<'_>) -> Result<(), Refusal> {
    if !config.chip.kernels.has(config.kernel) {
        return Err(Refusal {
            reason: "this kernel has no such driver",
            instead: "see `eoi check --list` for the kernels of each controller",
        });
    }
    let held_back = matches!(config.scenario, Scenario::Budget | Scenario::OwnDisintx);
    if held_back && !matches!(config.path, Path::Vmm | Path::BarTrap) {
        return Err(Refusal {
            reason: "the VMM does not unmask once an interrupt on this path, so that it has nothing to hold back",
            instead: "take --path vmm",
        });
    }
    let shared = matches!(config.scenario, Scenario::SharedLine | Scenario::SharedGuest);
    if shared && !config.device.pci_2_3() {
        return Err(Refusal {
            reason: "vfio-pci requests the line of a DisINTx- device for itself: a second owner gets -EBUSY",
            instead: "take --device disintx, or move one device to another line",
        });
    }
    if shared && config.threadirqs {
        return Err(Refusal {
            reason: "two threads on one line are not modelled",
            instead: "leave threadirqs away, or take another scenario",
        });
    }
    Ok(())
}
