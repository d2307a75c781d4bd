//! The host kernel's events: genirq, vfio-pci and KVM.

use crate::event::info::{EventInfo, Kind, Role, event};
use crate::genirq::{flow, spurious, thread};
use crate::vfio_pci::{handler, ioctl};
use crate::{guest, irqfd};

/// The kernel's events.
pub(super) const EVENTS: &[EventInfo] = &[
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
    event(
        "host.flow_exit",
        Kind::Host,
        flow::flow_exit,
        "desc->lock",
        "",
    )
    .of_chip(|chip| chip.flow.exits_in)
    .line(),
    event(
        "host.flow_enter",
        Kind::Host,
        flow::flow_enter,
        "desc->lock",
        "",
    )
    .of_chip(|chip| chip.flow.enters_in)
    .line(),
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
    event(
        "host.resend",
        Kind::Host,
        flow::flow_resend,
        "desc->lock",
        "kernel/irq/resend.c:resend_irqs",
    )
    .role(Role::HostIrq)
    .line(),
    event(
        "host.thread",
        Kind::Work,
        thread::run,
        "irqlock",
        "kernel/irq/manage.c:irq_forced_thread_fn",
    )
    .line(),
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
    event(
        "vfio.inject",
        Kind::Work,
        ioctl::virqfd_inject,
        "eventfd wqh.lock",
        "drivers/vfio/virqfd.c:virqfd_inject",
    ),
    event(
        "vfio.resignal",
        Kind::Work,
        ioctl::resignal,
        "eventfd wqh.lock",
        "drivers/vfio/pci/vfio_pci_intrs.c:vfio_pci_intx_unmask",
    ),
    event(
        "kvm.inject",
        Kind::Work,
        irqfd::irqfd_inject,
        "guest controller's lock",
        "virt/kvm/eventfd.c:irqfd_inject",
    ),
    event(
        "kvm.ack",
        Kind::Vmm,
        guest::kvm_ack,
        "guest controller's lock",
        "virt/kvm/eventfd.c:irqfd_resampler_ack",
    ),
    event(
        "kvm.resample",
        Kind::Vmm,
        guest::kvm_resample,
        "eventfd wqh.lock, irqlock",
        "virt/kvm/eventfd.c:irqfd_resampler_notify",
    ),
];
