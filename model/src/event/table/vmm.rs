//! The VMM's events, its timers last.

use eoi_intx::{Action, Mode};

use crate::config::Path;
use crate::event::info::{EventInfo, Kind, event};
use crate::guest::command;
use crate::scenario::Scenario;
use crate::system::System;
use crate::values::{IrqType, Phase};
use crate::{guest, vmm};

/// The VMM's events.
pub(super) const EVENTS: &[EventInfo] = &[
    event(
        "vmm.eoi",
        Kind::Vmm,
        guest::vmm_eoi,
        "the VMM's lock",
        "eoi-intx: Input::Eoi",
    )
    .only(|it| it.path == Path::Vmm)
    .when("guest_phase", |_, half| half.guest_phase() == Phase::Ack)
    .by_vmm(),
    event(
        "vmm.trigger",
        Kind::Vmm,
        vmm::trigger,
        "the VMM's lock",
        "eoi-intx: Input::Trigger",
    )
    .only(|it| it.path.hears_trigger())
    .when("trigger", |_, half| half.trigger() && !half.wired())
    .by_vmm(),
    event(
        "vmm.assert",
        Kind::Vmm,
        vmm::assert,
        "guest controller's lock",
        "eoi-intx: Action::Assert",
    )
    .doing(|it, half| vmm::next(it, half) == Some(Action::Assert)),
    event(
        "vmm.deassert",
        Kind::Vmm,
        vmm::deassert,
        "guest controller's lock",
        "eoi-intx: Action::Deassert",
    )
    .doing(|it, half| vmm::next(it, half) == Some(Action::Deassert)),
    event(
        "vmm.mask",
        Kind::Vmm,
        vmm::mask,
        "igate, irqlock",
        "drivers/vfio/pci/vfio_pci_intrs.c:vfio_pci_intx_mask",
    )
    .doing(|it, half| vmm::next(it, half) == Some(Action::Mask)),
    event(
        "vmm.unmask",
        Kind::Vmm,
        vmm::unmask,
        "igate, irqlock",
        "drivers/vfio/pci/vfio_pci_intrs.c:vfio_pci_intx_unmask_handler",
    )
    .doing(|it, half| vmm::next(it, half) == Some(Action::Unmask)),
    event(
        "vmm.enable_intx",
        Kind::Vmm,
        vmm::enable_intx,
        "igate",
        "drivers/vfio/pci/vfio_pci_intrs.c:vfio_intx_enable",
    )
    .doing(|it, half| vmm::next(it, half) == Some(Action::EnableIntx)),
    event(
        "vmm.disable_intx",
        Kind::Vmm,
        vmm::disable_intx_step,
        "igate",
        "drivers/vfio/pci/vfio_pci_intrs.c:vfio_intx_disable",
    )
    .doing(|it, half| vmm::next(it, half) == Some(Action::DisableIntx))
    .when("vfio_work", |_, half| !half.vfio_work()),
    event(
        "vmm.detach_trigger",
        Kind::Vmm,
        vmm::detach_trigger,
        "igate",
        "drivers/vfio/pci/vfio_pci_intrs.c:vfio_intx_set_signal",
    )
    .doing(|it, half| vmm::next(it, half) == Some(Action::DetachTrigger))
    .when("irq_type", |_, half| {
        half.irq_type() == IrqType::Intx || !half.vfio_work()
    }),
    event(
        "vmm.attach_trigger",
        Kind::Vmm,
        vmm::attach_trigger,
        "igate",
        "drivers/vfio/pci/vfio_pci_intrs.c:vfio_intx_set_signal",
    )
    .doing(|it, half| vmm::next(it, half) == Some(Action::AttachTrigger)),
    event(
        "vmm.wire",
        Kind::Vmm,
        vmm::wire,
        "irqfds.lock",
        "virt/kvm/eventfd.c:kvm_irqfd_assign",
    )
    .doing(|it, half| vmm::next(it, half) == Some(Action::Wire)),
    event(
        "vmm.unwire",
        Kind::Vmm,
        vmm::unwire,
        "irqfds.lock",
        "virt/kvm/eventfd.c:irqfd_shutdown",
    )
    .doing(|it, half| vmm::next(it, half) == Some(Action::Unwire))
    .when("irqfd_work", |_, half| !half.irqfd_work()),
    event(
        "vmm.drain",
        Kind::Vmm,
        vmm::drain,
        "eventfd wqh.lock",
        "eoi-intx: Action::Drain",
    )
    .doing(|it, half| vmm::next(it, half) == Some(Action::Drain)),
    event(
        "vmm.mmap_off",
        Kind::Vmm,
        vmm::mmap_off,
        "the VMM's lock",
        "hw/vfio/pci.c:vfio_intx_interrupt",
    )
    .doing(|it, half| vmm::next(it, half) == Some(Action::MmapOff)),
    event(
        "vmm.mmap_on",
        Kind::Vmm,
        vmm::mmap_on,
        "the VMM's lock",
        "hw/vfio/pci.c:vfio_intx_mmap_enable",
    )
    .doing(|it, half| vmm::next(it, half) == Some(Action::MmapOn)),
    event(
        "vmm.reset_device",
        Kind::Vmm,
        vmm::reset_device_step,
        "igate",
        "drivers/vfio/pci/vfio_pci_core.c:vfio_pci_ioctl_reset",
    )
    .doing(|it, half| vmm::next(it, half) == Some(Action::ResetDevice)),
    event(
        "vmm.enable_msi",
        Kind::Vmm,
        vmm::enable_msi,
        "igate",
        "drivers/vfio/pci/vfio_pci_intrs.c:vfio_msi_enable",
    )
    .doing(|it, half| vmm::next(it, half) == Some(Action::EnableMsi)),
    event(
        "vmm.disable_msi",
        Kind::Vmm,
        vmm::disable_msi,
        "igate",
        "drivers/vfio/pci/vfio_pci_intrs.c:vfio_msi_disable",
    )
    .doing(|it, half| vmm::next(it, half) == Some(Action::DisableMsi)),
    event(
        "vmm.throttled",
        Kind::Vmm,
        vmm::throttled,
        "the VMM's lock",
        "eoi-intx: Action::Throttled",
    )
    .doing(|it, half| vmm::next(it, half) == Some(Action::Throttled)),
    event(
        "vmm.disintx",
        Kind::Vmm,
        command::told,
        "the VMM's lock",
        "eoi-intx: Input::SetDisintx, Input::ClearDisintx",
    )
    .only(|it| it.path.hears_trigger() && it.scenario == Scenario::GuestDisintx)
    .when("guest_phase", |_, half| {
        matches!(half.guest_phase(), Phase::Config | Phase::ConfigDone)
    })
    .by_vmm(),
    event(
        "vmm.tick",
        Kind::Timer,
        vmm::tick,
        "the VMM's lock",
        "eoi-intx: Input::Tick",
    )
    .only(System::has_budget)
    .when("vmm_left", |it, half| {
        half.vmm_held() || half.vmm_left() != it.intx().parts().left
    })
    .by_vmm(),
    event(
        "vmm.rearm",
        Kind::Timer,
        vmm::rearm,
        "the VMM's lock",
        "eoi-intx: Input::Rearm",
    )
    .only(|it| it.scenario == Scenario::Watchdog)
    .when("vmm_mode", |_, half| half.vmm_mode() == Mode::Intx)
    .when("vmm_held", |_, half| !half.vmm_held())
    .by_vmm(),
    event(
        "vmm.timer",
        Kind::Timer,
        vmm::timer,
        "the VMM's lock",
        "hw/vfio/pci.c:vfio_intx_mmap_enable",
    )
    .only(|it| it.path == Path::BarTrap)
    // While an interrupt is pending the VMM arms it again, and nothing happens.
    .when("mmap_off", |_, half| half.mmap_off() && !half.vmm_pending())
    .by_vmm(),
];
