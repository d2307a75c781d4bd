//! Configurations: the parts of a system, and the combinations of them that exist.

use crate::device::Device;
use crate::fixes::Fix;
use crate::guest::pairs::Kvm;
use crate::guest::{Guest, GuestChip, Order, Reports};
use crate::irqchip::Irqchip;
use crate::kernels::Kernel;
use crate::scenario::Scenario;
use crate::vmms::Vmm;

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
    pub const ALL: [Self; 5] = [
        Self::Irqfd,
        Self::IrqfdUnacked,
        Self::Vmm,
        Self::BarTrap,
        Self::BarGuess,
    ];

    /// The paths that VMMs take. The others of [`Path::ALL`] are mistakes that VMMs have made, broken
    /// by design.
    pub const USUAL: [Self; 3] = [Self::Irqfd, Self::Vmm, Self::BarTrap];

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
            Self::BarTrap => {
                "EOI guessed from BAR accesses, mappings off while pending (QEMU without irqfd)"
            }
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
    /// The VMM.
    pub vmm: &'static Vmm,
    /// The guest's controller; the one that such a host's guests usually have if not given.
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
            vmm: Vmm::EOI_INTX,
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

/// Whether KVM on the host of this controller has what the path needs.
fn kvm_has(path: Path, kvm: Kvm) -> Result<(), Refusal> {
    match (path, kvm) {
        (Path::Irqfd, Kvm::NeverAcks(_)) => Err(Refusal {
            reason: "KVM on such a host accepts the resample eventfd and never signals it",
            instead: "take --path irqfd-unacked to see what follows, or --path bar-trap",
        }),
        (Path::IrqfdUnacked, Kvm::Acks(_)) => Err(Refusal {
            reason: "KVM on such a host acks the resample eventfd, or refuses it",
            instead: "take --path irqfd",
        }),
        (Path::Irqfd | Path::IrqfdUnacked | Path::BarGuess, Kvm::None(reason)) => Err(Refusal {
            reason,
            instead: "take --path bar-trap, or --path vmm",
        }),
        _ => Ok(()),
    }
}

fn guest_chip(config: &Config<'_>) -> Result<&'static GuestChip, Refusal> {
    let guests = config.chip.guests;
    kvm_has(config.path, guests.kvm)?;
    let chip = config
        .guest_chip
        .unwrap_or_else(|| guests.usual(config.path, config.kernel));
    if !guests.have(chip) {
        return Err(Refusal {
            reason: guests.only,
            instead: "leave --guest away, for the controller that it has",
        });
    }
    if !chip.kernels.has(config.kernel) {
        return Err(Refusal {
            reason: "this kernel's KVM does not emulate this guest controller",
            instead: "take a newer --kernel, or --path vmm",
        });
    }
    match config.path {
        Path::Irqfd if !chip.acks() => Err(Refusal {
            reason: "no resample without a controller in the kernel that acks the guest's EOI",
            instead: "take a kvm-* controller for --guest, or --path vmm",
        }),
        Path::Vmm if chip.reports != Reports::ToVmm => Err(Refusal {
            reason: "a controller in the kernel does not report the guest's EOI to the VMM",
            instead: "leave --guest away, or take --path bar-trap",
        }),
        Path::IrqfdUnacked | Path::BarGuess if chip.reports == Reports::ToVmm => Err(Refusal {
            reason: "an irqfd without resample is for a controller in the kernel",
            instead: "leave --guest away, or take --path vmm",
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
    let order = match config.order {
        Order::ServiceThenEoi if chip.flow.masks_at_entry => Order::EoiThenService,
        order => order,
    };
    Ok(Guest {
        chip,
        edge: config.edge,
        order,
        masks: config.masks || order == Order::EoiThenService || chip.flow.masks_at_entry,
        directed_eoi: config.directed_eoi,
    })
}

/// A second device on the guest's pin.
fn shares_pin(config: &Config<'_>) -> Result<(), Refusal> {
    let paths: &[Path] = match config.scenario {
        Scenario::SharedPin => &Path::USUAL,
        Scenario::TwoResamplers => &[Path::Irqfd],
        _ => return Ok(()),
    };
    if !paths.contains(&config.path) {
        return Err(Refusal {
            reason: "on this path nobody acks the pin for both devices on it",
            instead: "take --path irqfd",
        });
    }
    if config.edge {
        return Err(Refusal {
            reason: "two devices that share a pin make one level, and a second cause makes no edge",
            instead: "leave edge away",
        });
    }
    Ok(())
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
    (config.vmm.does)(config)?;
    if config.scenario == Scenario::Cpr && config.vmm != Vmm::QEMU {
        return Err(Refusal {
            reason: "CPR replaces a QEMU that runs by a new one",
            instead: "take --vmm qemu, or --scenario migrate",
        });
    }
    if config.scenario.has_second() && config.device.pci_2_3() {
        return Err(Refusal {
            reason: "vfio-pci shares the line of a DisINTx+ device, and sets no flag of the line for it",
            instead: "take --device no-disintx, or --scenario shared-guest for two DisINTx+ functions",
        });
    }
    if config.scenario == Scenario::SecondRefused && config.device.pci_2_3() {
        return Err(Refusal {
            reason: "the second owner of a line that vfio-pci shares is not refused",
            instead: "take --device no-disintx, or --scenario shared-guest",
        });
    }
    let of_the_line = matches!(
        config.scenario,
        Scenario::Steady | Scenario::Affinity | Scenario::SharedLine | Scenario::SecondRefused
    ) || config.scenario.has_second();
    if config.path == Path::Program && !of_the_line {
        return Err(Refusal {
            reason: "a program has neither a VMM nor a guest to whom this could happen",
            instead: "take --scenario steady",
        });
    }
    shares_pin(config)?;
    let shared = matches!(
        config.scenario,
        Scenario::SharedLine | Scenario::SharedGuest
    );
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
