//! The events on the wire: the device's, and those of its neighbour on the line.

use crate::event::info::{EventInfo, Kind, Role, event};
use crate::guest::emulated;
use crate::system::System;
use crate::values::IrqType;
use crate::vfio_pci::{owners, refused};
use crate::{device, wire};

/// The events on the wire.
pub(super) const EVENTS: &[EventInfo] = &[
    event(
        "device.assert",
        Kind::Device,
        device::assert,
        "wire",
        "PCI 2.3, 2.2.6",
    )
    .when("causes", |_, half| half.causes() & 1 == 0)
    .when("second", owners::lets_the_first_interrupt)
    .when("irq_type", |_, half| half.irq_type() != IrqType::Msi)
    .role(Role::Cause),
    event(
        "device.assert_second",
        Kind::Device,
        device::assert_second,
        "wire",
        "PCI 2.3, 2.2.6",
    )
    .only(|it| it.causes > 1)
    .when("causes", |_, half| half.causes() & 2 == 0)
    .when("second", owners::lets_the_first_interrupt)
    .when("irq_type", |_, half| half.irq_type() != IrqType::Msi)
    .role(Role::Cause),
    event(
        "device.withdraw",
        Kind::Device,
        device::withdraw,
        "wire",
        "PCI 2.3, 2.2.6",
    )
    .only(|it| it.withdraws)
    .when("causes", |_, half| half.causes() & 1 != 0),
    event(
        "device.withdraw_second",
        Kind::Device,
        device::withdraw_second,
        "wire",
        "PCI 2.3, 2.2.6",
    )
    .only(|it| it.withdraws && it.causes > 1)
    .when("causes", |_, half| half.causes() & 2 != 0),
    event(
        "emulated.assert",
        Kind::Device,
        emulated::assert,
        "the emulated device's lock",
        "virt/kvm/irqchip.c:kvm_set_irq",
    )
    .only(System::shares_pin)
    .when("emulated", |_, half| !half.emulated()),
    event(
        "emulated.withdraw",
        Kind::Device,
        emulated::withdraw,
        "the emulated device's lock",
        "virt/kvm/irqchip.c:kvm_set_irq",
    )
    .only(|it| it.shares_pin() && it.withdraws)
    .when("emulated", |_, half| half.emulated()),
    event(
        "second.assert",
        Kind::Device,
        refused::assert,
        "wire",
        "PCI 2.3, 2.2.6",
    )
    .only(System::has_refused)
    .when("second_cause", |_, half| {
        !half.second_cause() && half.second_asserts()
    })
    .line(),
    event(
        "second.withdraw",
        Kind::Device,
        refused::withdraw,
        "wire",
        "PCI 2.3, 2.2.6",
    )
    .only(System::has_refused)
    .when("second_cause", |_, half| half.second_cause())
    .line(),
    event(
        "neighbour.assert",
        Kind::Device,
        wire::neighbour_assert,
        "wire",
        "PCI 2.3, 2.2.6",
    )
    .only(System::neighbour)
    .when("neighbour", |_, half| !half.neighbour())
    .line(),
];
