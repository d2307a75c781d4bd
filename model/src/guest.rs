//! The guest: its interrupt controller as the hypervisor or the VMM emulates it, and its driver.
//!
//! The driver's interrupt routine takes the interrupt, reads the causes at the device, clears those
//! that it read, and ends the interrupt. A ONESHOT (threaded) driver masks its pin and ends the
//! interrupt first, and reads and clears later. Another one leaves its pin open meanwhile
//! ([`deferred`]). Every access to the device may trap to the VMM
//! ([`eoi_intx::Input::Access`]).

use eoi_intx::Input;

use crate::config::Path;
use crate::cost::Metric;
use crate::device;
use crate::genirq::flow::FlowHandler;
use crate::guard::require;
use crate::irqchip::{Access, LINE, Pin, Reply};
use crate::irqfd;
use crate::kernels::Span;
use crate::packed::Word;
use crate::scenario::Scenario;
use crate::state::Half;
use crate::system::System;
use crate::values::Phase;
use crate::vmm;
use crate::world::World;
use emulated::Source;

pub mod chips;
pub mod command;
pub mod deferred;
pub mod driver;
pub mod emulated;
pub mod kvm_vgic;
pub mod kvm_xics;
pub mod kvm_xive;
pub mod kvm_xive_native;
pub mod own;
pub mod pairs;
pub mod split;

pub use driver::{Guest, Order};

/// How a guest's controller tells of the guest's EOI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reports {
    /// To KVM, before the controller clears its own state (`kvm_notify_acked_irq`).
    BeforeEoi,
    /// To KVM, after the controller did.
    AfterEoi,
    /// To nobody.
    Never,
    /// To the VMM that emulates it, or that the guest calls to end an interrupt.
    ToVmm,
}

/// A guest's interrupt controller.
#[derive(Clone, Copy)]
pub struct GuestChip {
    /// The name on the command line.
    pub name: &'static str,
    /// A sentence about it.
    pub about: &'static str,
    /// The pin under every access, as in the host's seat.
    pub hw: fn(Pin, Access) -> Reply,
    /// The bits of the pin, lowest first.
    pub bits: &'static [Word],
    /// Whether the vCPU would be interrupted.
    pub signals: fn(Pin) -> bool,
    /// The flow handler of the guest's Linux driver. One that masks and acknowledges at entry ends
    /// the interrupt before the device's handler runs, which is [`Order::EoiThenService`].
    pub flow: &'static FlowHandler,
    /// The pin after the guest has programmed it as level and unmasked it.
    pub level: Pin,
    /// The pin after the guest has programmed it as edge and unmasked it, if the chip can.
    pub edge: Option<Pin>,
    /// The one who hears of the EOI of a level pin.
    pub reports: Reports,
    /// Whether the EOI of a pin programmed as edge is heard as well.
    pub reports_edge: bool,
    /// It has an EOI register, so that a guest may suppress the broadcast of the EOI and end the
    /// pin itself.
    pub eoi_register: bool,
    /// The kernels whose KVM has it.
    pub kernels: Span,
    /// KVM asks the host instead of injecting when the guest unmasks a pin with a pending level
    /// (fef8f2b90edb).
    pub unmask_resamples: bool,
    /// A kernel with [`crate::kernels::VGIC_ACKS_WHAT_IT_SAW`] acks only what it has seen active
    /// after an exit.
    pub acks_what_it_saw: bool,
    /// KVM keeps a level of the pin for user space and one for the resamplers, and not the last of them
    /// only ([`emulated`]).
    pub has_sources: bool,
    /// An irqfd sends a message past the pin ([`split`]).
    pub messages: bool,
    /// An irqfd injects within the signal (`kvm_arch_set_irq_inatomic`), which never lowers the
    /// line.
    pub inatomic: bool,
}

fn phase(w: &World<'_>) -> Phase {
    w.function().guest_phase()
}

fn go(w: &mut World<'_>, phase: Phase) {
    w.function_mut().set_guest_phase(phase);
}

/// An access to the guest's controller.
pub(crate) fn chip(w: &mut World<'_>, access: Access) {
    let reply = (w.system.guest.chip.hw)(w.function().guest_pin(), access);
    w.function_mut().set_guest_pin(reply.pin);
}

/// The guest's line, as its controller sees it, moves for the function.
pub(crate) fn set_line(w: &mut World<'_>, level: bool) {
    emulated::set_level(w, Source::Function, level);
}

/// The function's interrupt routine is on the vCPU.
pub(crate) const fn occupies_the_vcpu(half: Half) -> bool {
    const FREE: u16 =
        1 << Phase::Idle as u8 | 1 << Phase::NotReady as u8 | 1 << Phase::Thread as u8;
    FREE >> half.guest_phase() as u8 & 1 == 0
}

/// The vCPU does not wait for the VMM to answer its access.
fn running(w: &World<'_>) -> bool {
    let half = w.function();
    !(vmm::answers_the_guest(half) || half.resignal() && half.todo() == 0)
}

/// The vCPU takes the interrupt.
pub(crate) fn take(w: &mut World<'_>) -> Option<()> {
    chip(w, Access::Accept);
    w.count(Metric::GuestIrqs);
    go(w, Phase::Taken);
    Some(())
}

/// The VMM's own controller reports how the guest programs its pin.
fn tell(w: &mut World<'_>, input: Input) -> Option<()> {
    if w.system.hears_pin() {
        vmm::input(w, input)
    } else {
        Some(())
    }
}

/// The driver masks its own pin, which traps.
pub(crate) fn mask(w: &mut World<'_>) -> Option<()> {
    tell(w, Input::Mask)?;
    kvm_vgic::exit(w)?;
    chip(w, Access::Mask);
    go(w, Phase::Masked);
    Some(())
}

/// The driver accesses the device, and the access may trap. `None` while the VMM is busy and the
/// access would need it.
fn access(w: &mut World<'_>) -> Option<()> {
    require(running(w))?;
    if w.system.path == Path::BarTrap && w.function().mmap_off() {
        vmm::input(w, Input::Access)?;
    }
    Some(())
}

/// The driver reads the causes.
pub(crate) fn read(w: &mut World<'_>) -> Option<()> {
    access(w)?;
    let causes = w.function().causes();
    w.function_mut().set_snapshot(causes);
    if causes != 0 {
        go(w, Phase::Read);
        return Some(());
    }
    if !w.system.shares_pin() {
        w.count(Metric::GuestIrqsSpurious);
    }
    handled(w);
    Some(())
}

/// The driver's handler is done. On a pin that is shared the other device's comes next.
fn handled(w: &mut World<'_>) {
    let shares = w.system.shares_pin();
    go(
        w,
        if shares {
            Phase::Shared
        } else {
            Phase::Serviced
        },
    );
}

/// The driver clears the causes that it read: the guest is served.
pub(crate) fn service(w: &mut World<'_>) -> Option<()> {
    access(w)?;
    let snapshot = w.function().snapshot();
    device::clear(w, snapshot);
    if !w.system.shares_pin() {
        w.function_mut().set_snapshot(0);
    }
    handled(w);
    Some(())
}

/// The driver ends the interrupt; with directed EOI, at the LAPIC first.
pub(crate) fn eoi(w: &mut World<'_>) -> Option<()> {
    require(running(w))?;
    if w.system.guest.directed_eoi {
        go(w, Phase::LapicEoi);
        return Some(());
    }
    end_of_interrupt(w);
    Some(())
}

/// The write to the IO-APIC's EOI register.
pub(crate) fn directed_eoi(w: &mut World<'_>) -> Option<()> {
    end_of_interrupt(w);
    Some(())
}

/// The one who hears of this EOI.
fn hears_eoi(w: &World<'_>) -> Reports {
    let guest = &w.system.guest;
    let heard = !guest.edge || guest.chip.reports_edge;
    if !heard || kvm_vgic::is_unseen(w.system, w.function()) {
        return Reports::Never;
    }
    if kvm_vgic::acks_what_it_saw(w.system) {
        return Reports::AfterEoi; // vgic_v3_fold_lr (7.3) notifies when it has let go of irq_lock
    }
    guest.chip.reports
}

/// The controller has the EOI. It tells whoever wants to hear of it, and clears its own state
/// before or after.
fn end_of_interrupt(w: &mut World<'_>) {
    match (w.system.path, hears_eoi(w)) {
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

/// KVM's ack notifier lowers the line.
pub(crate) fn kvm_ack(w: &mut World<'_>) -> Option<()> {
    if w.function().wired() {
        irqfd::irqfd_resampler_ack(w);
        go(w, Phase::Resample);
    } else {
        go(w, Phase::Finish);
    }
    Some(())
}

/// KVM signals the resample eventfd.
pub(crate) fn kvm_resample(w: &mut World<'_>) -> Option<()> {
    if w.function().wired() {
        irqfd::resample(w);
    }
    go(w, Phase::Finish);
    Some(())
}

/// The VMM's own controller reports the EOI to the machine.
pub(crate) fn vmm_eoi(w: &mut World<'_>) -> Option<()> {
    vmm::input(w, Input::Eoi)?;
    go(w, Phase::Finish);
    Some(())
}

/// The controller ends the interrupt after the ack is done, and looks at its line again.
pub(crate) fn eoi_done(w: &mut World<'_>) -> Option<()> {
    require(running(w))?;
    if w.system.guest.chip.reports != Reports::AfterEoi {
        chip(w, Access::Eoi);
    }
    after_eoi(w);
    Some(())
}

fn after_eoi(w: &mut World<'_>) {
    let guest = &w.system.guest;
    if guest.order == Order::EoiThenDefer {
        deferred::put_off(w);
    }
    go(
        w,
        match guest.order {
            Order::EoiThenService => Phase::Thread,
            Order::ServiceThenEoi | Order::EoiThenDefer if guest.masks => Phase::Unmask,
            Order::ServiceThenEoi | Order::EoiThenDefer => Phase::Idle,
        },
    );
}

/// The driver unmasks its pin again.
pub(crate) fn unmask(w: &mut World<'_>) -> Option<()> {
    require(running(w))?;
    let asks = w.system.guest.chip.unmask_resamples
        && w.system.kernel.kvm_unmask_resamples
        && w.system.path == Path::Irqfd;
    if asks && w.function().wired() && !w.system.guest.edge && w.function().guest_pin() & LINE != 0
    {
        irqfd::kvm_notify_irqfd_resampler(w);
    }
    tell(w, Input::Unmask)?;
    chip(w, Access::Unmask);
    go(w, Phase::Idle);
    Some(())
}

/// Before the guest programs its controller the VMM has to be done: with its part of a reset, and so
/// that it can be told.
pub(crate) fn waits(system: &System) -> bool {
    system.scenario == Scenario::Reset || system.hears_pin()
}

/// The guest programs its controller, and takes interrupts from now on.
pub(crate) fn ready(w: &mut World<'_>) -> Option<()> {
    tell(w, Input::Unmask)?;
    chip(w, Access::Unmask);
    go(w, Phase::Idle);
    Some(())
}

/// The vCPU can be stopped here: none of its trapped accesses is half done.
pub(crate) const fn is_between_instructions(half: Half) -> bool {
    !matches!(
        half.guest_phase(),
        Phase::Ack | Phase::Resample | Phase::Finish | Phase::Config | Phase::ConfigDone
    )
}

/// The guest waits for an interrupt of this function: its driver runs and has not set DisINTx.
pub(crate) fn listens(half: Half) -> bool {
    half.guest_phase() != Phase::NotReady && !half.virq_disabled()
}
