//! The events of a program that handles the interrupt itself, without a guest.

use crate::event::info::{EventInfo, Kind, event};
use crate::program;
use crate::system::System;

/// The program's events.
pub(super) const EVENTS: &[EventInfo] = &[
    event(
        "program.wait",
        Kind::Vmm,
        program::wait,
        "eventfd wqh.lock",
        "fs/eventfd.c:eventfd_read",
    )
    .only(System::is_program)
    .when("trigger", |_, half| half.trigger()),
    event(
        "program.clear",
        Kind::Vmm,
        program::clear,
        "bus",
        "the device's manual",
    )
    .only(System::is_program)
    .when("causes", |_, half| half.causes() != 0),
    event(
        "program.unmask",
        Kind::Vmm,
        program::unmask,
        "igate, irqlock",
        "drivers/vfio/pci/vfio_pci_intrs.c:vfio_pci_intx_unmask_handler",
    )
    .only(System::is_program)
    .when("irq_type", |_, half| half.is_intx() && !half.resignal())
    .when("started", |_, half| half.started()),
    event(
        "program.unmask_eventfd",
        Kind::Vmm,
        program::unmask_eventfd,
        "eventfd wqh.lock, irqlock",
        "drivers/vfio/virqfd.c:virqfd_wakeup",
    )
    .only(System::is_program)
    .when("irq_type", |_, half| half.is_intx() && !half.resignal())
    .when("started", |_, half| half.started()),
    event(
        "program.mask",
        Kind::Vmm,
        program::mask,
        "igate, irqlock",
        "drivers/vfio/pci/vfio_pci_intrs.c:vfio_pci_intx_mask",
    )
    .only(System::is_program)
    .when("irq_type", |_, half| half.is_intx() && !half.resignal())
    .when("started", |_, half| half.started()),
];
