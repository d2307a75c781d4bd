//! Somebody's decisions: controls of the VMM, the guest's set-up, the operator.

use eoi_intx::Mode;

use crate::event::info::{EventInfo, Kind, event};
use crate::guest::{command, kvm_vgic};
use crate::scenario::Scenario;
use crate::system::System;
use crate::values::{Depth, Ownership, Phase, Stage, Thread};
use crate::vfio_pci::owners;
use crate::{guest, program, scenario};

/// The decisions.
pub(super) const EVENTS: &[EventInfo] = &[
    event(
        "guest.ready",
        Kind::Control,
        guest::ready,
        "guest controller's lock",
        "the guest's driver",
    )
    .only(|it| matches!(it.scenario, Scenario::Startup | Scenario::Reset))
    .when("guest_phase", |_, half| {
        half.guest_phase() == Phase::NotReady
    })
    .when("todo", |it, half| !guest::waits(it) || half.todo() == 0)
    .when("resignal", |it, half| !guest::waits(it) || !half.resignal()),
    event(
        "guest.set_disintx",
        Kind::Control,
        command::set_disintx,
        "config lock",
        "drivers/vfio/pci/vfio_pci_config.c:vfio_basic_config_write",
    )
    .only(|it| it.scenario.toggles_disintx())
    .when("guest_phase", |_, half| half.guest_phase() == Phase::Idle)
    .when("virq_disabled", |_, half| !half.virq_disabled())
    .running()
    .on_vcpu(),
    event(
        "guest.clear_disintx",
        Kind::Control,
        command::clear_disintx,
        "config lock",
        "drivers/vfio/pci/vfio_pci_config.c:vfio_basic_config_write",
    )
    .only(|it| it.scenario.toggles_disintx())
    .when("guest_phase", |_, half| half.guest_phase() == Phase::Idle)
    .when("virq_disabled", |_, half| half.virq_disabled())
    .running()
    .on_vcpu(),
    event(
        "vmm.route",
        Kind::Control,
        scenario::route,
        "the VMM's lock",
        "eoi-intx: Input::RouteMasked",
    )
    .only(|it| it.scenario == Scenario::VmmRoute)
    .by_vmm(),
    event(
        "vmm.rewire",
        Kind::Control,
        scenario::rewire,
        "the VMM's lock",
        "eoi-intx: Input::Route",
    )
    .only(|it| it.scenario == Scenario::VmmRewire)
    .by_vmm(),
    event(
        "vmm.rebind",
        Kind::Control,
        scenario::rebind,
        "the VMM's lock",
        "eoi-intx: Input::Rebind",
    )
    .only(|it| it.scenario == Scenario::SetSignal)
    .by_vmm(),
    event(
        "vmm.reset",
        Kind::Control,
        scenario::reset,
        "the VMM's lock",
        "eoi-intx: Input::Reset",
    )
    .only(|it| it.scenario == Scenario::Reset)
    .when("guest_phase", |_, half| {
        half.guest_phase() != Phase::NotReady
    })
    .by_vmm(),
    event(
        "vmm.to_msi",
        Kind::Control,
        scenario::to_msi,
        "the VMM's lock",
        "eoi-intx: Input::ToMsi",
    )
    .only(|it| it.scenario == Scenario::MsiSwitch)
    .by_vmm(),
    event(
        "vmm.to_intx",
        Kind::Control,
        scenario::to_intx,
        "the VMM's lock",
        "eoi-intx: Input::ToIntx",
    )
    .only(|it| it.scenario == Scenario::MsiSwitch)
    .when("vmm_mode", |_, half| half.vmm_mode() == Mode::Msi)
    .by_vmm(),
    event(
        "vmm.shut_down",
        Kind::Control,
        scenario::shut_down,
        "the VMM's lock",
        "eoi-intx: Input::Disable",
    )
    .only(|it| it.changes_owner() && it.has_guest())
    .when("vmm_mode", |_, half| half.vmm_mode() != Mode::Off)
    .by_vmm(),
    event(
        "vmm.next_owner",
        Kind::Control,
        scenario::next_owner,
        "the VMM's lock",
        "eoi-intx: Input::Enable",
    )
    .only(|it| it.changes_owner() && it.has_guest())
    .when("vmm_mode", |_, half| half.vmm_mode() == Mode::Off)
    .by_vmm(),
    event(
        "vmm.stop",
        Kind::Control,
        scenario::stop,
        "the VMM's lock",
        "eoi-intx: Input::Stop",
    )
    .only(|it| it.scenario == Scenario::Migrate)
    .when("guest_phase", |_, half| {
        guest::is_between_instructions(half)
    })
    .when("vmm_mode", |_, half| half.vmm_mode() == Mode::Intx)
    .by_vmm(),
    event(
        "vmm.resume",
        Kind::Control,
        scenario::resume,
        "the VMM's lock",
        "eoi-intx: Input::Resume",
    )
    .only(|it| it.scenario == Scenario::Migrate)
    .when("vmm_mode", |_, half| half.vmm_mode() == Mode::Stopped)
    .by_vmm(),
    event(
        "vmm.arrive",
        Kind::Control,
        scenario::arrive,
        "the VMM's lock",
        "eoi-intx: Intx::restore, Input::Enable",
    )
    .only(|it| it.scenario == Scenario::Migrate)
    .when("vmm_mode", |_, half| half.vmm_mode() == Mode::Stopped)
    // On the host that the guest left, nothing is on its way any more.
    .when("flow", |_, half| half.flow() == Stage::Idle)
    .when("thread", |_, half| half.thread() == Thread::Asleep)
    .when("vfio_work", |_, half| !half.vfio_work())
    .when("irqfd_work", |_, half| !half.irqfd_work())
    .by_vmm(),
    event(
        "program.enable",
        Kind::Control,
        program::enable,
        "igate",
        "drivers/vfio/pci/vfio_pci_intrs.c:vfio_intx_enable",
    )
    .only(System::is_program)
    .when("irq_type", |_, half| !half.is_intx() && !half.resignal())
    .when("started", |_, half| !half.started()),
    event(
        "program.disable",
        Kind::Control,
        program::disable,
        "igate",
        "drivers/vfio/pci/vfio_pci_intrs.c:vfio_intx_disable",
    )
    .only(System::is_program)
    .when("irq_type", |_, half| half.is_intx() && !half.resignal())
    .when("vfio_work", |_, half| !half.vfio_work()),
    event(
        "second.enable",
        Kind::Control,
        owners::second_asks,
        "igate",
        "drivers/vfio/pci/vfio_pci_intrs.c:vfio_intx_enable",
    )
    .only(System::has_second)
    .when("second", |_, half| half.second() == Ownership::Away)
    .line(),
    event(
        "second.unmask",
        Kind::Control,
        owners::second_unmasks,
        "igate, irqlock",
        "drivers/vfio/pci/vfio_pci_intrs.c:vfio_pci_intx_unmask_handler",
    )
    .only(|it| it.scenario == Scenario::SecondOwner)
    .when("second", |_, half| half.second() == Ownership::Owns)
    .when("depth", |_, half| half.depth() != Depth::Zero)
    .line(),
    event(
        "second.disable",
        Kind::Control,
        owners::second_frees,
        "igate, desc->request_mutex, desc->lock",
        "kernel/irq/manage.c:__free_irq",
    )
    .only(System::has_second)
    .when("second", |_, half| half.second() == Ownership::Owns)
    .line(),
    event(
        "operator.affinity",
        Kind::Control,
        scenario::affinity,
        "desc->lock",
        "kernel/irq/manage.c:irq_set_affinity_locked",
    )
    .only(System::moves)
    // No message is on its way to the old CPU.
    .when("pin", |it, half| !(it.chip.signals)(half.pin()))
    .line(),
    // A tick, a signal, an access to something else: nobody may rely on it.
    event(
        "kvm.exit",
        Kind::Control,
        kvm_vgic::exit,
        "irq_lock of the vgic",
        "arch/arm64/kvm/vgic/vgic.c:vgic_fold_state (7.3)",
    )
    .only(kvm_vgic::acks_what_it_saw)
    .when("guest_pin", kvm_vgic::is_unseen),
];
