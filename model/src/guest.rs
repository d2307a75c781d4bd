//! The guest: its interrupt controller as the hypervisor or the VMM emulates it, and its driver.
//!
//! The driver's interrupt routine is: take the interrupt, read the cause at the device, clear what was read, end of
//! interrupt. A ONESHOT (threaded) driver masks its pin and ends the interrupt first, and reads and clears later. Every
//! access to the device may trap to the VMM ([`eoi_intx::Input::Access`]).

use eoi_intx::Input;

use crate::config::Path;
use crate::cost::Metric;
use crate::device;
use crate::irqchip::{Access, Flow, LINE, Pin, Reply};
use crate::irqfd;
use crate::scenario::Scenario;
use crate::state::Half;
use crate::vmm;
use crate::world::World;

pub mod chips;
pub mod command;
pub mod kvm_xics;
pub mod kvm_xive;

/// How a guest's controller tells of the guest's EOI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reports {
    /// To KVM, before the controller clears its own state (`kvm_notify_acked_irq`).
    BeforeEoi,
    /// To KVM, after the controller did.
    AfterEoi,
    /// To nobody.
    Never,
    /// To the VMM that emulates it.
    ToVmm,
}

/// A guest's interrupt controller.
#[derive(Clone, Copy)]
pub struct GuestChip {
    /// The name on the command line.
    pub name: &'static str,
    /// What it is.
    pub about: &'static str,
    /// The pin, as in the host's seat.
    pub hw: fn(Pin, Access) -> Reply,
    /// The names of the pin's bits, lowest first, for people.
    pub bits: &'static [&'static str],
    /// Whether the vCPU would be interrupted.
    pub signals: fn(Pin) -> bool,
    /// The flow handler of the guest's Linux driver. With [`Flow::Level`] it masks and ends the interrupt before the
    /// device's handler runs, which is [`Order::EoiThenService`].
    pub flow: Flow,
    /// The pin once the guest has programmed and unmasked it as level.
    pub level: Pin,
    /// The same programmed as edge, if the chip can.
    pub edge: Option<Pin>,
    /// Who hears of the EOI of a level pin.
    pub reports: Reports,
    /// Whether the EOI of a pin programmed as edge is heard as well.
    pub reports_edge: bool,
    /// It has an EOI register, so that a guest may suppress the broadcast and end the pin itself.
    pub eoi_register: bool,
    /// The kernels whose KVM has it; empty for all.
    pub kernels: &'static [&'static str],
    /// KVM: unmasking a pin with a pending level asks the host instead of injecting (fef8f2b90edb).
    pub unmask_resamples: bool,
}

/// In which order the driver ends the interrupt and serves the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// A hardirq handler: serve, then EOI.
    ServiceThenEoi,
    /// A ONESHOT thread: mask the pin, EOI, then serve, then unmask.
    EoiThenService,
}

/// The guest of a system.
#[derive(Clone, Copy)]
pub struct Guest {
    /// Its controller.
    pub chip: &'static GuestChip,
    /// It programs the pin as edge.
    pub edge: bool,
    /// Its driver's order.
    pub order: Order,
    /// Its driver masks the pin while it serves.
    pub masks: bool,
    /// It suppresses EOI broadcasts and writes the IO-APIC's EOI register.
    pub directed_eoi: bool,
}

impl Guest {
    /// `KVM_IRQ_LINE` for each change of a line of an in-kernel controller; none for the VMM's own.
    pub(crate) fn line_ioctls(&self) -> u8 {
        u8::from(self.chip.reports != Reports::ToVmm)
    }
}

/// Where the guest's driver is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Phase {
    /// Nothing to do.
    Idle,
    /// The vCPU took the interrupt.
    Taken,
    /// The pin is masked by the driver; the rest of the routine is next.
    Masked,
    /// Causes were read.
    Read,
    /// What was read has been cleared.
    Serviced,
    /// The LAPIC's EOI was written with broadcasts suppressed; the pin's is next.
    LapicEoi,
    /// EOI written; the controller's ack is next.
    Ack,
    /// Acked; the resample signal is next.
    Resample,
    /// Signalled (or the VMM is at it); the controller ends the interrupt next.
    Finish,
    /// A ONESHOT driver's thread is next.
    Thread,
    /// The driver's unmask is next.
    Unmask,
    /// A write to DisINTx has set `virq_disabled` and has still to mask or unmask.
    Config,
    /// It has, and the VMM has still to take note of it.
    ConfigDone,
    /// The guest has not set up its controller yet.
    NotReady,
}

impl Phase {
    const ALL: [Self; 14] = [
        Self::Idle,
        Self::Taken,
        Self::Masked,
        Self::Read,
        Self::Serviced,
        Self::LapicEoi,
        Self::Ack,
        Self::Resample,
        Self::Finish,
        Self::Thread,
        Self::Unmask,
        Self::Config,
        Self::ConfigDone,
        Self::NotReady,
    ];

    pub(crate) const fn of(bits: u8) -> Self {
        Self::ALL[bits as usize]
    }
}

fn phase(w: &World<'_>) -> Phase {
    Phase::of(w.function().guest_phase())
}

fn go(w: &mut World<'_>, phase: Phase) {
    w.function_mut().set_guest_phase(phase as u8);
}

/// An access to the guest's controller.
pub(crate) fn chip(w: &mut World<'_>, access: Access) {
    let reply = (w.system.guest.chip.hw)(w.function().guest_pin(), access);
    w.function_mut().set_guest_pin(reply.pin);
}

/// The guest's line, as its controller sees it.
pub(crate) fn set_line(w: &mut World<'_>, level: bool) {
    chip(w, Access::Line(level));
}

/// The function's interrupt routine is on the vCPU.
pub(crate) const fn occupies_the_vcpu(half: Half) -> bool {
    const FREE: u16 = 1 << Phase::Idle as u8 | 1 << Phase::NotReady as u8 | 1 << Phase::Thread as u8;
    FREE >> half.guest_phase() & 1 == 0
}

/// The vCPU is free: no routine of either function runs on it.
pub(crate) fn vcpu_idle(w: &World<'_>) -> bool {
    !occupies_the_vcpu(w.function()) && !w.others().has_vcpu()
}

/// The vCPU does not wait for the VMM to answer its access.
fn running(w: &World<'_>) -> bool {
    !(vmm::todo(w).answers_the_guest() || w.function().resignal() && w.function().todo() == 0)
}

/// The vCPU takes the interrupt.
pub(crate) fn take(w: &mut World<'_>) -> Option<()> {
    (phase(w) == Phase::Idle && vcpu_idle(w) && !vmm::todo(w).answers_the_guest()).then_some(())?;
    (w.system.guest.chip.signals)(w.function().guest_pin()).then_some(())?;
    chip(w, Access::Accept);
    w.count(Metric::GuestIrqs);
    go(w, Phase::Taken);
    Some(())
}

/// The VMM's own controller reports what the guest programs. For two functions it is not modelled.
fn tell(w: &mut World<'_>, input: Input) -> Option<()> {
    if w.system.path == Path::Vmm && w.system.is_wide() { vmm::input(w, input) } else { Some(()) }
}

/// The driver masks its own pin.
pub(crate) fn mask(w: &mut World<'_>) -> Option<()> {
    (phase(w) == Phase::Taken && w.system.guest.masks).then_some(())?;
    tell(w, Input::Mask)?;
    chip(w, Access::Mask);
    go(w, Phase::Masked);
    Some(())
}

/// An access to the device from a routine that may trap. `None` while the VMM is busy and the access would need it.
fn access(w: &mut World<'_>) -> Option<()> {
    running(w).then_some(())?;
    if w.system.path == Path::BarTrap && w.function().mmap_off() {
        vmm::input(w, Input::Access)?;
    }
    Some(())
}

/// The driver reads the causes.
pub(crate) fn read(w: &mut World<'_>) -> Option<()> {
    let may = match phase(w) {
        Phase::Taken => w.system.guest.order == Order::ServiceThenEoi && !w.system.guest.masks,
        Phase::Masked => w.system.guest.order == Order::ServiceThenEoi,
        Phase::Thread => true,
        _ => false,
    };
    may.then_some(())?;
    access(w)?;
    let causes = w.function().causes();
    w.function_mut().set_snapshot(causes);
    if causes == 0 {
        w.count(Metric::GuestIrqsSpurious);
    }
    go(w, if causes == 0 { Phase::Serviced } else { Phase::Read });
    Some(())
}

/// The driver clears the causes that it read. This is what an interrupt is for.
pub(crate) fn service(w: &mut World<'_>) -> Option<()> {
    (phase(w) == Phase::Read).then_some(())?;
    access(w)?;
    let snapshot = w.function().snapshot();
    device::clear(w, snapshot);
    w.function_mut().set_snapshot(0);
    go(w, Phase::Serviced);
    Some(())
}

/// The driver ends the interrupt, or what comes before it.
pub(crate) fn eoi(w: &mut World<'_>) -> Option<()> {
    let may = match w.system.guest.order {
        Order::ServiceThenEoi => phase(w) == Phase::Serviced,
        Order::EoiThenService => phase(w) == Phase::Masked,
    };
    (may && running(w)).then_some(())?;
    if w.system.guest.directed_eoi {
        go(w, Phase::LapicEoi);
        return Some(());
    }
    end_of_interrupt(w);
    Some(())
}

/// The write to the IO-APIC's EOI register.
pub(crate) fn directed_eoi(w: &mut World<'_>) -> Option<()> {
    (phase(w) == Phase::LapicEoi).then_some(())?;
    end_of_interrupt(w);
    Some(())
}

/// The controller has the EOI: tell whoever is to be told, and clear its own state before or after.
fn end_of_interrupt(w: &mut World<'_>) {
    let guest = &w.system.guest;
    let heard = !guest.edge || guest.chip.reports_edge;
    let reports = if heard { guest.chip.reports } else { Reports::Never };
    match (w.system.path, reports) {
        (Path::Irqfd, Reports::BeforeEoi) | (Path::Vmm, Reports::ToVmm) => go(w, Phase::Ack),
        (Path::Irqfd, Reports::AfterEoi) => {
            chip(w, Access::Eoi);
            go(w, Phase::Ack);
        }
        _ => {
            chip(w, Access::Eoi);
            after_eoi(w);
        }
    }
}

/// KVM: the ack notifier lowers the line.
pub(crate) fn kvm_ack(w: &mut World<'_>) -> Option<()> {
    (phase(w) == Phase::Ack && w.system.path == Path::Irqfd).then_some(())?;
    if w.function().wired() {
        irqfd::irqfd_resampler_ack(w);
        go(w, Phase::Resample);
    } else {
        go(w, Phase::Finish);
    }
    Some(())
}

/// KVM: and signals the resample eventfd.
pub(crate) fn kvm_resample(w: &mut World<'_>) -> Option<()> {
    (phase(w) == Phase::Resample).then_some(())?;
    if w.function().wired() {
        irqfd::resample(w);
    }
    go(w, Phase::Finish);
    Some(())
}

/// The VMM's own controller reports the EOI to the machine.
pub(crate) fn vmm_eoi(w: &mut World<'_>) -> Option<()> {
    (phase(w) == Phase::Ack && w.system.path == Path::Vmm).then_some(())?;
    vmm::input(w, Input::Eoi)?;
    go(w, Phase::Finish);
    Some(())
}

/// The controller ends the interrupt after the ack has been dealt with, and looks at its line again.
pub(crate) fn eoi_done(w: &mut World<'_>) -> Option<()> {
    (phase(w) == Phase::Finish && running(w)).then_some(())?;
    if w.system.guest.chip.reports != Reports::AfterEoi {
        chip(w, Access::Eoi);
    }
    after_eoi(w);
    Some(())
}

fn after_eoi(w: &mut World<'_>) {
    let guest = &w.system.guest;
    go(
        w,
        match guest.order {
            Order::EoiThenService => Phase::Thread,
            Order::ServiceThenEoi if guest.masks => Phase::Unmask,
            Order::ServiceThenEoi => Phase::Idle,
        },
    );
}

/// The driver unmasks its pin again.
pub(crate) fn unmask(w: &mut World<'_>) -> Option<()> {
    let may = match w.system.guest.order {
        Order::EoiThenService => phase(w) == Phase::Serviced,
        Order::ServiceThenEoi => phase(w) == Phase::Unmask,
    };
    (may && running(w)).then_some(())?;
    let asks =
        w.system.guest.chip.unmask_resamples && w.system.kernel.kvm_unmask_resamples && w.system.path == Path::Irqfd;
    if asks && w.function().wired() && !w.system.guest.edge && w.function().guest_pin() & LINE != 0 {
        irqfd::kvm_notify_irqfd_resampler(w);
    }
    tell(w, Input::Unmask)?;
    chip(w, Access::Unmask);
    go(w, Phase::Idle);
    Some(())
}

/// The guest programs its controller: from now on interrupts are its own business. After a reset it runs again only
/// when the VMM is done with its part.
pub(crate) fn ready(w: &mut World<'_>) -> Option<()> {
    let held = w.system.scenario == Scenario::Reset && !vmm::idle(w);
    (phase(w) == Phase::NotReady && !held).then_some(())?;
    tell(w, Input::Unmask)?;
    chip(w, Access::Unmask);
    go(w, Phase::Idle);
    Some(())
}

/// The vCPU can be stopped here: no trapped access of it is half done.
pub(crate) fn between_instructions(w: &World<'_>) -> bool {
    let trapped = matches!(phase(w), Phase::Ack | Phase::Resample | Phase::Finish | Phase::Config | Phase::ConfigDone);
    !trapped && running(w)
}

/// The guest waits for an interrupt of this function: its driver runs and has not set DisINTx.
pub(crate) fn listens(half: Half) -> bool {
    Phase::of(half.guest_phase()) != Phase::NotReady && !half.virq_disabled()
}
