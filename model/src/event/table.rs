//! The table of events, with guard and effect of each.

use super::info::{Cites, EventInfo, Kind, Role};
use crate::genirq::{flow, spurious, thread};
use crate::guest::command;
use crate::vfio_pci::{handler, ioctl};
use crate::world::World;
use crate::{device, guest, irqfd, program, scenario, vmm, wire};

const fn event(
    name: &'static str,
    kind: Kind,
    step: fn(&mut World<'_>) -> Option<()>,
    atomic_by: &'static str,
    cites: &'static str,
) -> EventInfo {
    EventInfo { name, kind, atomic_by, cites: Cites::Source(cites), role: Role::Other, of_the_line: false, step }
}

/// Every event. The order within a kind is the order in which they act when nobody races.
pub static EVENTS: &[EventInfo] = &[
    event(
        "vfio.handler",
        Kind::Host,
        handler::action,
        "irqlock",
        "drivers/vfio/pci/vfio_pci_intrs.c:vfio_intx_handler",
    ),
    event(
        "vfio.signal",
        Kind::Host,
        handler::signal,
        "eventfd wqh.lock",
        "drivers/vfio/pci/vfio_pci_intrs.c:vfio_send_intx_eventfd",
    ),
    event(
        "neighbour.handler",
        Kind::Host,
        flow::neighbour_handler,
        "that driver's lock",
        "kernel/irq/handle.c:__handle_irq_event_percpu",
    )
    .line(),
    event("host.flow_exit", Kind::Host, flow::flow_exit, "desc->lock", "").of_chip(|chip| chip.flow.exits_in).line(),
    event("host.flow_enter", Kind::Host, flow::flow_enter, "desc->lock", "").of_chip(|chip| chip.flow.enters_in).line(),
    event(
        "host.nobody_cared",
        Kind::Host,
        spurious::nobody_cared,
        "desc->lock",
        "kernel/irq/spurious.c:note_interrupt",
    )
    .role(Role::NobodyCared)
    .line(),
    event("host.accept", Kind::Host, flow::accept, "bus", "")
        .of_chip(|chip| chip.accept.cites)
        .role(Role::HostIrq)
        .line(),
    event("host.resend", Kind::Host, flow::flow_resend, "desc->lock", "kernel/irq/resend.c:resend_irqs")
        .role(Role::HostIrq)
        .line(),
    event("host.thread", Kind::Work, thread::run, "irqlock", "kernel/irq/manage.c:irq_forced_thread_fn").line(),
    event(
        "host.thread_signal",
        Kind::Work,
        thread::signal,
        "eventfd wqh.lock",
        "drivers/vfio/pci/vfio_pci_intrs.c:vfio_send_intx_eventfd",
    )
    .line(),
    event(
        "host.finalize_oneshot",
        Kind::Work,
        thread::finalize,
        "desc->lock",
        "kernel/irq/manage.c:irq_finalize_oneshot",
    )
    .line(),
    event("vfio.inject", Kind::Work, ioctl::virqfd_inject, "eventfd wqh.lock", "drivers/vfio/virqfd.c:virqfd_inject"),
    event(
        "vfio.resignal",
        Kind::Work,
        ioctl::resignal,
        "eventfd wqh.lock",
        "drivers/vfio/pci/vfio_pci_intrs.c:vfio_pci_intx_unmask",
    ),
    event("kvm.inject", Kind::Work, irqfd::irqfd_inject, "guest controller's lock", "virt/kvm/eventfd.c:irqfd_inject"),
    event("kvm.ack", Kind::Vmm, guest::kvm_ack, "guest controller's lock", "virt/kvm/eventfd.c:irqfd_resampler_ack"),
    event(
        "kvm.resample",
        Kind::Vmm,
        guest::kvm_resample,
        "eventfd wqh.lock, irqlock",
        "virt/kvm/eventfd.c:irqfd_resampler_notify",
    ),
    event("vmm.eoi", Kind::Vmm, guest::vmm_eoi, "the VMM's lock", "eoi-intx: Input::Eoi"),
    event("vmm.trigger", Kind::Vmm, vmm::trigger, "the VMM's lock", "eoi-intx: Input::Trigger"),
    event("vmm.assert", Kind::Vmm, vmm::assert, "guest controller's lock", "eoi-intx: Action::Assert"),
    event("vmm.deassert", Kind::Vmm, vmm::deassert, "guest controller's lock", "eoi-intx: Action::Deassert"),
    event("vmm.mask", Kind::Vmm, vmm::mask, "igate, irqlock", "drivers/vfio/pci/vfio_pci_intrs.c:vfio_pci_intx_mask"),
    event(
        "vmm.unmask",
        Kind::Vmm,
        vmm::unmask,
        "igate, irqlock",
        "drivers/vfio/pci/vfio_pci_intrs.c:vfio_pci_intx_unmask_handler",
    ),
    event(
        "vmm.enable_intx",
        Kind::Vmm,
        vmm::enable_intx,
        "igate",
        "drivers/vfio/pci/vfio_pci_intrs.c:vfio_intx_enable",
    ),
    event(
        "vmm.disable_intx",
        Kind::Vmm,
        vmm::disable_intx_step,
        "igate",
        "drivers/vfio/pci/vfio_pci_intrs.c:vfio_intx_disable",
    ),
    event(
        "vmm.detach_trigger",
        Kind::Vmm,
        vmm::detach_trigger,
        "igate",
        "drivers/vfio/pci/vfio_pci_intrs.c:vfio_intx_set_signal",
    ),
    event(
        "vmm.attach_trigger",
        Kind::Vmm,
        vmm::attach_trigger,
        "igate",
        "drivers/vfio/pci/vfio_pci_intrs.c:vfio_intx_set_signal",
    ),
    event("vmm.wire", Kind::Vmm, vmm::wire, "irqfds.lock", "virt/kvm/eventfd.c:kvm_irqfd_assign"),
    event("vmm.unwire", Kind::Vmm, vmm::unwire, "irqfds.lock", "virt/kvm/eventfd.c:irqfd_shutdown"),
    event("vmm.drain", Kind::Vmm, vmm::drain, "eventfd wqh.lock", "eoi-intx: Action::Drain"),
    event("vmm.mmap_off", Kind::Vmm, vmm::mmap_off, "the VMM's lock", "hw/vfio/pci.c:vfio_intx_interrupt"),
    event("vmm.mmap_on", Kind::Vmm, vmm::mmap_on, "the VMM's lock", "hw/vfio/pci.c:vfio_intx_mmap_enable"),
    event(
        "vmm.reset_device",
        Kind::Vmm,
        vmm::reset_device_step,
        "igate",
        "drivers/vfio/pci/vfio_pci_core.c:vfio_pci_ioctl_reset",
    ),
    event("vmm.enable_msi", Kind::Vmm, vmm::enable_msi, "igate", "drivers/vfio/pci/vfio_pci_intrs.c:vfio_msi_enable"),
    event(
        "vmm.disable_msi",
        Kind::Vmm,
        vmm::disable_msi,
        "igate",
        "drivers/vfio/pci/vfio_pci_intrs.c:vfio_msi_disable",
    ),
    event("vmm.throttled", Kind::Vmm, vmm::throttled, "the VMM's lock", "eoi-intx: Action::Throttled"),
    event(
        "vmm.disintx",
        Kind::Vmm,
        command::told,
        "the VMM's lock",
        "eoi-intx: Input::SetDisintx, Input::ClearDisintx",
    ),
    event("vmm.tick", Kind::Timer, vmm::tick, "the VMM's lock", "eoi-intx: Input::Tick"),
    event("vmm.rearm", Kind::Timer, vmm::rearm, "the VMM's lock", "eoi-intx: Input::Rearm"),
    event("vmm.timer", Kind::Timer, vmm::timer, "the VMM's lock", "hw/vfio/pci.c:vfio_intx_mmap_enable"),
    event("program.wait", Kind::Vmm, program::wait, "eventfd wqh.lock", "fs/eventfd.c:eventfd_read"),
    event("program.clear", Kind::Vmm, program::clear, "bus", "the device's manual"),
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
    event("guest.eoi_done", Kind::Guest, guest::eoi_done, "guest controller's lock", "the guest controller's EOI"),
    event(
        "guest.disintx_done",
        Kind::Guest,
        command::disintx_done,
        "igate, irqlock",
        "drivers/vfio/pci/vfio_pci_config.c:vfio_basic_config_write",
    ),
    event("guest.mask", Kind::Guest, guest::mask, "guest controller's lock", "the guest's driver"),
    event("guest.read", Kind::Guest, guest::read, "bus", "the guest's driver"),
    event("guest.service", Kind::Guest, guest::service, "bus", "the guest's driver").role(Role::Service),
    event("guest.eoi", Kind::Guest, guest::eoi, "guest controller's lock", "the guest's driver"),
    event("guest.directed_eoi", Kind::Guest, guest::directed_eoi, "guest controller's lock", "the guest's driver"),
    event("guest.unmask", Kind::Guest, guest::unmask, "guest controller's lock", "the guest's driver"),
    event("guest.take", Kind::Guest, guest::take, "guest controller's lock", "the guest's vCPU").role(Role::GuestIrq),
    event("device.assert", Kind::Device, device::assert, "wire", "PCI 2.3, 2.2.6").role(Role::Cause),
    event("device.assert_second", Kind::Device, device::assert_second, "wire", "PCI 2.3, 2.2.6").role(Role::Cause),
    event("device.withdraw", Kind::Device, device::withdraw, "wire", "PCI 2.3, 2.2.6"),
    event("device.withdraw_second", Kind::Device, device::withdraw_second, "wire", "PCI 2.3, 2.2.6"),
    event("neighbour.assert", Kind::Device, wire::neighbour_assert, "wire", "PCI 2.3, 2.2.6").line(),
    event("guest.ready", Kind::Control, guest::ready, "guest controller's lock", "the guest's driver"),
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
    event("vmm.route", Kind::Control, scenario::route, "the VMM's lock", "eoi-intx: Input::RouteMasked"),
    event("vmm.rewire", Kind::Control, scenario::rewire, "the VMM's lock", "eoi-intx: Input::Route"),
    event("vmm.rebind", Kind::Control, scenario::rebind, "the VMM's lock", "eoi-intx: Input::Rebind"),
    event("vmm.reset", Kind::Control, scenario::reset, "the VMM's lock", "eoi-intx: Input::Reset"),
    event("vmm.to_msi", Kind::Control, scenario::to_msi, "the VMM's lock", "eoi-intx: Input::ToMsi"),
    event("vmm.to_intx", Kind::Control, scenario::to_intx, "the VMM's lock", "eoi-intx: Input::ToIntx"),
    event("vmm.shut_down", Kind::Control, scenario::shut_down, "the VMM's lock", "eoi-intx: Input::Disable"),
    event("vmm.next_owner", Kind::Control, scenario::next_owner, "the VMM's lock", "eoi-intx: Input::Enable"),
    event("vmm.stop", Kind::Control, scenario::stop, "the VMM's lock", "eoi-intx: Input::Stop"),
    event("vmm.resume", Kind::Control, scenario::resume, "the VMM's lock", "eoi-intx: Input::Resume"),
    event("vmm.arrive", Kind::Control, scenario::arrive, "the VMM's lock", "eoi-intx: Intx::restore, Input::Enable"),
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
