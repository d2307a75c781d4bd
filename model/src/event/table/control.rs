//! Somebody's decisions: controls of the VMM, the guest's set-up, the operator.

use crate::event::info::{EventInfo, Kind, event};
use crate::guest::command;
use crate::{guest, program, scenario};

/// The decisions.
pub(super) const EVENTS: &[EventInfo] = &[
    event(
        "guest.ready",
        Kind::Control,
        guest::ready,
        "guest controller's lock",
        "the guest's driver",
    ),
    event(
        "guest.set_disintx",
        Kind::Control,
        command::set_disintx,
        "config lock",
        "drivers/vfio/pci/vfio_pci_config.c:vfio_basic_config_write",
    ),
    event(
        "guest.clear_disintx",
        Kind::Control,
        command::clear_disintx,
        "config lock",
        "drivers/vfio/pci/vfio_pci_config.c:vfio_basic_config_write",
    ),
    event(
        "vmm.route",
        Kind::Control,
        scenario::route,
        "the VMM's lock",
        "eoi-intx: Input::RouteMasked",
    ),
    event(
        "vmm.rewire",
        Kind::Control,
        scenario::rewire,
        "the VMM's lock",
        "eoi-intx: Input::Route",
    ),
    event(
        "vmm.rebind",
        Kind::Control,
        scenario::rebind,
        "the VMM's lock",
        "eoi-intx: Input::Rebind",
    ),
    event(
        "vmm.reset",
        Kind::Control,
        scenario::reset,
        "the VMM's lock",
        "eoi-intx: Input::Reset",
    ),
    event(
        "vmm.to_msi",
        Kind::Control,
        scenario::to_msi,
        "the VMM's lock",
        "eoi-intx: Input::ToMsi",
    ),
    event(
        "vmm.to_intx",
        Kind::Control,
        scenario::to_intx,
        "the VMM's lock",
        "eoi-intx: Input::ToIntx",
    ),
    event(
        "vmm.shut_down",
        Kind::Control,
        scenario::shut_down,
        "the VMM's lock",
        "eoi-intx: Input::Disable",
    ),
    event(
        "vmm.next_owner",
        Kind::Control,
        scenario::next_owner,
        "the VMM's lock",
        "eoi-intx: Input::Enable",
    ),
    event(
        "vmm.stop",
        Kind::Control,
        scenario::stop,
        "the VMM's lock",
        "eoi-intx: Input::Stop",
    ),
    event(
        "vmm.resume",
        Kind::Control,
        scenario::resume,
        "the VMM's lock",
        "eoi-intx: Input::Resume",
    ),
    event(
        "vmm.arrive",
        Kind::Control,
        scenario::arrive,
        "the VMM's lock",
        "eoi-intx: Intx::restore, Input::Enable",
    ),
    event(
        "program.enable",
        Kind::Control,
        program::enable,
        "igate",
        "drivers/vfio/pci/vfio_pci_intrs.c:vfio_intx_enable",
    ),
    event(
        "program.disable",
        Kind::Control,
        program::disable,
        "igate",
        "drivers/vfio/pci/vfio_pci_intrs.c:vfio_intx_disable",
    ),
    event(
        "operator.affinity",
        Kind::Control,
        scenario::affinity,
        "desc->lock",
        "kernel/irq/manage.c:irq_set_affinity_locked",
    )
    .line(),
];
