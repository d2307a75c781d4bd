//! The events of a program that handles the interrupt itself, without a guest.

use crate::event::info::{EventInfo, Kind, event};
use crate::program;

/// The program's events.
pub(super) const EVENTS: &[EventInfo] = &[
    event(
        "program.wait",
        Kind::Vmm,
        program::wait,
        "eventfd wqh.lock",
        "fs/eventfd.c:eventfd_read",
    ),
    event(
        "program.clear",
        Kind::Vmm,
        program::clear,
        "bus",
        "the device's manual",
    ),
    event(
        "program.unmask",
        Kind::Vmm,
        program::unmask,
        "igate, irqlock",
        "drivers/vfio/pci/vfio_pci_intrs.c:vfio_pci_intx_unmask_handler",
    ),
    event(
        "program.unmask_eventfd",
        Kind::Vmm,
        program::unmask_eventfd,
        "eventfd wqh.lock, irqlock",
        "drivers/vfio/virqfd.c:virqfd_wakeup",
    ),
    event(
        "program.mask",
        Kind::Vmm,
        program::mask,
        "igate, irqlock",
        "drivers/vfio/pci/vfio_pci_intrs.c:vfio_pci_intx_mask",
    ),
];
