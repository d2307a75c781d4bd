//! The guest's events.

use crate::event::info::{EventInfo, Kind, Role, event};
use crate::guest;
use crate::guest::command;

/// The guest's events.
pub(super) const EVENTS: &[EventInfo] = &[
    event(
        "guest.eoi_done",
        Kind::Guest,
        guest::eoi_done,
        "guest controller's lock",
        "the guest controller's EOI",
    ),
    event(
        "guest.disintx_done",
        Kind::Guest,
        command::disintx_done,
        "igate, irqlock",
        "drivers/vfio/pci/vfio_pci_config.c:vfio_basic_config_write",
    ),
    event(
        "guest.mask",
        Kind::Guest,
        guest::mask,
        "guest controller's lock",
        "the guest's driver",
    ),
    event(
        "guest.read",
        Kind::Guest,
        guest::read,
        "bus",
        "the guest's driver",
    ),
    event(
        "guest.service",
        Kind::Guest,
        guest::service,
        "bus",
        "the guest's driver",
    )
    .role(Role::Service),
    event(
        "guest.eoi",
        Kind::Guest,
        guest::eoi,
        "guest controller's lock",
        "the guest's driver",
    ),
    event(
        "guest.directed_eoi",
        Kind::Guest,
        guest::directed_eoi,
        "guest controller's lock",
        "the guest's driver",
    ),
    event(
        "guest.unmask",
        Kind::Guest,
        guest::unmask,
        "guest controller's lock",
        "the guest's driver",
    ),
    event(
        "guest.take",
        Kind::Guest,
        guest::take,
        "guest controller's lock",
        "the guest's vCPU",
    )
    .role(Role::GuestIrq),
];
