//! The system: one configuration of machines, and the step that moves them.

use crate::cost::{Cost, Metric};
use crate::device::Device;
use crate::event::{EVENTS, Event};
use crate::fixes::Fix;
use crate::guest::{Guest, GuestChip, Order, Reports};
use crate::irqchip::{Access, Irqchip, Kvm};
use crate::kernels::Kernel;
use crate::scenario::Scenario;
use crate::state::{Half, State};
use crate::{guest, wire};

/// How the interrupt gets from vfio-pci's trigger to the guest, and the guest's EOI back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Path {
    /// KVM's irqfd with resample.
    Irqfd,
    /// The same where KVM accepts the resample eventfd and never signals it.
    IrqfdUnacked,
    /// The VMM's own controller reports the EOI.
    Vmm,
    /// The EOI is guessed from trapped BAR accesses; mappings are off while an interrupt is pending.
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

    /// What it is, in one sentence.
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

/// What a configuration is made of.
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

/// Why there is no such system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// In one sentence.
    pub reason: &'static str,
    /// What to do instead.
    pub instead: &'static str,
}

/// A configuration that exists, ready to step.
#[derive(Clone, Copy)]
pub struct System {
    pub(crate) chip: Irqchip,
    pub(crate) kernel: Kernel,
    pub(crate) device: Device,
    pub(crate) path: Path,
    pub(crate) guest: Guest,
    pub(crate) scenario: Scenario,
    pub(crate) cpus: u8,
    pub(crate) causes: u8,
    pub(crate) withdraws: bool,
    pub(crate) threadirqs: bool,
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

fn guest_of(config: &Config<'_>) -> Result<Guest, Refusal> {
    let chip = guest_chip(config)?;
    if config.edge && chip.edge.is_none() {
        return Err(Refusal {
            reason: "this guest controller has no edge mode for a PCI line",
            instead: "leave edge away",
        });
    }
    Ok(Guest {
        chip,
        edge: config.edge,
        order: config.order,
        masks: config.masks || config.order == Order::EoiThenService,
        directed_eoi: config.directed_eoi,
    })
}

fn exists(config: &Config<'_>) -> Result<(), Refusal> {
    if !config.chip.kernels.is_empty() && !config.chip.kernels.contains(&config.kernel.name) {
        return Err(Refusal {
            reason: "this kernel has no such driver",
            instead: "see `eoi check --list` for the kernels of each controller",
        });
    }
    if config.scenario == Scenario::SharedLine && !config.device.pci_2_3() {
        return Err(Refusal {
            reason: "vfio-pci requests the line of a DisINTx- device for itself: a second owner gets -EBUSY",
            instead: "take --device disintx, or move one device to another line",
        });
    }
    if config.scenario == Scenario::SharedLine && config.threadirqs {
        return Err(Refusal {
            reason: "two threads on one line are not modelled",
            instead: "leave threadirqs away, or take another scenario",
        });
    }
    if config.directed_eoi && config.guest_chip.is_some_and(|chip| !chip.name.ends_with("ioapic")) {
        return Err(Refusal { reason: "only an IO-APIC has an EOI register", instead: "leave directed-eoi away" });
    }
    Ok(())
}

impl System {
    /// The system of this configuration, or why there is none.
    ///
    /// # Errors
    /// [`Refusal`] for a combination that no real system has, and for fixes that contradict each other.
    pub fn new(config: &Config<'_>) -> Result<Self, Refusal> {
        exists(config)?;
        let guest = guest_of(config)?;
        let (mut kernel, mut chip) = (*config.kernel, *config.chip);
        for (index, fix) in config.fixes.iter().enumerate() {
            let others = &config.fixes[..index];
            if others.iter().any(|other| other.replaces.iter().any(|name| fix.replaces.contains(name))) {
                return Err(Refusal {
                    reason: "two of the fixes replace the same function",
                    instead: "take one of them",
                });
            }
            (fix.applies)(&kernel, &chip)
                .map_err(|reason| Refusal { reason, instead: "leave the fix away, or take another kernel or chip" })?;
            (fix.apply)(&mut kernel, &mut chip);
        }
        let &Config { device, path, scenario, cpus, causes, withdraws, threadirqs, .. } = config;
        Ok(Self { chip, kernel, device, path, guest, scenario, cpus, causes, withdraws, threadirqs })
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

    /// Guard and effect of one event: the next state, or `None` where it cannot happen.
    #[inline]
    #[must_use]
    pub fn step(&self, state: State, event: Event) -> Option<State> {
        self.step_logged(state, event).map(|(state, _)| state)
    }

    /// As [`System::step`], with what the step cost and which kernel functions it called.
    #[must_use]
    pub fn step_logged(&self, state: State, event: Event) -> Option<(State, Log)> {
        let mut w = World::new(self, state.halves(), event.function());
        w.step(event)?;
        Some((State::from_halves(w.s), w.log))
    }

    /// Every event that any state of this system can have, in order of the table.
    pub fn events(&self) -> impl Iterator<Item = Event> + use<> {
        let functions = self.scenario.functions();
        (0..functions).flat_map(|function| (0..EVENTS.len()).map(move |index| Event::new(index, function)))
    }
}

/// What a step did beside changing the state.
#[derive(Clone, Copy, Debug, Default)]
pub struct Log {
    /// What it cost.
    pub cost: Cost,
    calls: [&'static str; Self::CALLS],
    len: usize,
}

impl Log {
    /// More calls than any one step makes.
    const CALLS: usize = 16;

    /// The kernel functions that the step called and a function tracer can show, in order.
    #[must_use]
    pub fn calls(&self) -> &[&'static str] {
        &self.calls[..self.len]
    }
}

/// A state in motion: what the rooms' functions work on.
pub struct World<'a> {
    pub(crate) sys: &'a System,
    pub(crate) s: [Half; 2],
    /// The function that the event happens to; its line has the same number.
    pub(crate) f: usize,
    pub(crate) log: Log,
}

impl<'a> World<'a> {
    #[inline]
    pub(crate) fn new(sys: &'a System, s: [Half; 2], f: usize) -> Self {
        Self { sys, s, f, log: Log::default() }
    }

    #[inline]
    fn step(&mut self, event: Event) -> Option<()> {
        let info = event.info();
        if !info.kind.needs_no_thread() && self.cpus_in_interrupt() >= self.sys.cpus {
            return None;
        }
        (info.step)(self)?;
        if info.kind != crate::event::Kind::Host {
            self.irq_mut().set_unhandled(0); // the detector's rule: see genirq::spurious
        }
        Some(())
    }

    fn cpus_in_interrupt(&self) -> u8 {
        self.s.iter().map(|half| u8::from(half.flow() != 0)).sum()
    }

    /// No flow handler runs on this CPU.
    pub(crate) fn cpu_idle(&self, cpu: bool) -> bool {
        self.s.iter().all(|half| half.flow() == 0 || half.flow_cpu() != cpu)
    }

    /// The function's half.
    #[inline(always)]
    pub(crate) fn fun(&self) -> Half {
        self.s[self.f]
    }

    #[inline(always)]
    pub(crate) fn fun_mut(&mut self) -> &mut Half {
        &mut self.s[self.f]
    }

    /// The half of the function's line.
    #[inline(always)]
    pub(crate) fn irq(&self) -> Half {
        self.s[self.f]
    }

    #[inline(always)]
    pub(crate) fn irq_mut(&mut self) -> &mut Half {
        &mut self.s[self.f]
    }

    /// An access to the controller's pin that costs nothing, and what a load would have returned.
    pub(crate) fn chip(&mut self, access: Access) -> u8 {
        let reply = (self.sys.chip.hw)(self.irq().pin(), access);
        self.irq_mut().set_pin(reply.pin);
        reply.value
    }

    /// A store to the controller.
    pub(crate) fn write(&mut self, access: Access) {
        self.count(Metric::ChipWrites);
        self.chip(access);
    }

    /// A load from the controller, with its value.
    pub(crate) fn read(&mut self, access: Access) -> u8 {
        self.count(Metric::ChipReads);
        self.chip(access)
    }

    /// Loads and stores that do not change the pin.
    pub(crate) fn touch(&mut self, reads: u8, writes: u8) {
        self.counts(Metric::ChipReads, reads);
        self.counts(Metric::ChipWrites, writes);
    }

    /// Calls to firmware or hypervisor.
    pub(crate) fn firmware(&mut self, calls: u8) {
        self.counts(Metric::FirmwareCalls, calls);
    }

    pub(crate) fn count(&mut self, metric: Metric) {
        self.counts(metric, 1);
    }

    pub(crate) fn counts(&mut self, metric: Metric, n: u8) {
        self.log.cost.add(metric, n);
    }

    /// A kernel function that a tracer can show is called.
    pub(crate) fn call(&mut self, function: &'static str) {
        self.log.calls[self.log.len] = function;
        self.log.len += 1;
    }

    /// Shows the line's level to the controller.
    pub(crate) fn settle(&mut self) {
        wire::settle(self);
    }
}
