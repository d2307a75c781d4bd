//! The guest's events.

use crate::event::info::{EventInfo, Kind, Role, event};
use crate::guest;
use crate::guest::{Order, command, deferred, emulated};
use crate::system::System;
use crate::values::{Later, Phase};

/// The guest's events.
pub(super) const EVENTS: &[EventInfo] = &[
    event(
        "guest.eoi_done",
        Kind::Guest,
        guest::eoi_done,
        "guest controller's lock",
        "the guest controller's EOI",
    )
    .when("guest_phase", |_, half| half.guest_phase() == Phase::Finish)
    .running(),
    event(
        "guest.disintx_done",
        Kind::Guest,
        command::disintx_done,
        "igate, irqlock",
        "drivers/vfio/pci/vfio_pci_config.c:vfio_basic_config_write",
    )
    .only(|it| it.scenario.toggles_disintx())
    .when("guest_phase", |_, half| half.guest_phase() == Phase::Config)
    .by_vmm(),
    event(
        "guest.mask",
        Kind::Guest,
        guest::mask,
        "guest controller's lock",
        "the guest's driver",
    )
    .only(|it| it.guest.masks)
    .when("guest_phase", |_, half| half.guest_phase() == Phase::Taken)
    .told(),
    event(
        "guest.read",
        Kind::Guest,
        guest::read,
        "bus",
        "the guest's driver",
    )
    .when("guest_phase", |it, half| {
        it.guest.reads_in(half.guest_phase())
    })
    .running(),
    event(
        "guest.service",
        Kind::Guest,
        guest::service,
        "bus",
        "the guest's driver",
    )
    .when("guest_phase", |_, half| half.guest_phase() == Phase::Read)
    .running()
    .role(Role::Service),
    event(
        "guest.serve_emulated",
        Kind::Guest,
        emulated::serve,
        "the emulated device's lock",
        "the guest's driver",
    )
    .only(System::shares_pin)
    .when("guest_phase", |_, half| half.guest_phase() == Phase::Shared)
    .when("emulated", |_, half| half.emulated())
    .role(Role::ServiceOfEmulated),
    event(
        "guest.skip_emulated",
        Kind::Guest,
        emulated::skip,
        "the emulated device's lock",
        "the guest's driver",
    )
    .only(System::shares_pin)
    .when("guest_phase", |_, half| half.guest_phase() == Phase::Shared)
    .when("emulated", |_, half| !half.emulated()),
    event(
        "guest.eoi",
        Kind::Guest,
        guest::eoi,
        "guest controller's lock",
        "the guest's driver",
    )
    .when("guest_phase", |it, half| {
        it.guest.ends_in(half.guest_phase())
    })
    .running(),
    event(
        "guest.directed_eoi",
        Kind::Guest,
        guest::directed_eoi,
        "guest controller's lock",
        "the guest's driver",
    )
    .only(|it| it.guest.directed_eoi)
    .when("guest_phase", |_, half| {
        half.guest_phase() == Phase::LapicEoi
    }),
    event(
        "guest.unmask",
        Kind::Guest,
        guest::unmask,
        "guest controller's lock",
        "the guest's driver",
    )
    .when("guest_phase", |it, half| {
        it.guest.unmasks_in(half.guest_phase())
    })
    .running()
    .told(),
    event(
        "guest.take",
        Kind::Guest,
        guest::take,
        "guest controller's lock",
        "the guest's vCPU",
    )
    .when("guest_phase", |_, half| half.guest_phase() == Phase::Idle)
    .when("guest_pin", |it, half| {
        (it.guest.chip.signals)(half.guest_pin())
    })
    .running()
    .on_vcpu()
    .role(Role::GuestIrq),
    event(
        "guest_call.read",
        Kind::Guest,
        deferred::read,
        "bus",
        "the guest's driver",
    )
    .only(|it| it.guest.order == Order::EoiThenDefer)
    .when("later", |_, half| half.later() == Later::Due)
    .when("guest_phase", |_, half| half.guest_phase() == Phase::Idle)
    .running()
    .on_vcpu(),
    event(
        "guest_call.service",
        Kind::Guest,
        deferred::service,
        "bus",
        "the guest's driver",
    )
    .only(|it| it.guest.order == Order::EoiThenDefer)
    .when("later", |_, half| {
        matches!(half.later(), Later::Read | Later::ReadAndDue)
    })
    .when("guest_phase", |_, half| half.guest_phase() == Phase::Idle)
    .running()
    .on_vcpu()
    .role(Role::Service),
];
