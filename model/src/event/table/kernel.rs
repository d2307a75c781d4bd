//! The host kernel's events: genirq, vfio-pci and KVM.

use crate::config::Path;
use crate::event::info::{EventInfo, Kind, Role, event};
use crate::genirq::{flow, spurious, thread};
use crate::irqchip::LINE;
use crate::scenario::Scenario;
use crate::system::System;
use crate::values::{Ownership, Phase, Stage, Thread};
use crate::vfio_pci::{handler, ioctl, owners};
use crate::{guest, irqfd};

/// The kernel's events.
pub(super) const EVENTS: &[EventInfo] = &[
    event(
        "vfio.handler",
        Kind::Host,
        handler::action,
        "irqlock",
        "drivers/vfio/pci/vfio_pci_intrs.c:vfio_intx_handler",
    )
    .when("flow", |_, half| {
        matches!(half.flow(), Stage::Action | Stage::SecondAction)
    }),
    event(
        "vfio.signal",
        Kind::Host,
        handler::signal,
        "eventfd wqh.lock",
        "drivers/vfio/pci/vfio_pci_intrs.c:vfio_send_intx_eventfd",
    )
    .when("flow", |_, half| {
        matches!(half.flow(), Stage::Signal | Stage::SecondSignal)
    }),
    event(
        "neighbour.handler",
        Kind::Host,
        flow::neighbour_handler,
        "that driver's lock",
        "kernel/irq/handle.c:__handle_irq_event_percpu",
    )
    .only(System::neighbour)
    .when("flow", |_, half| half.flow() == Stage::Neighbour)
    .role(Role::Neighbour)
    .line(),
    event(
        "host.flow_exit",
        Kind::Host,
        flow::flow_exit,
        "desc->lock",
        "",
    )
    .when("flow", |_, half| half.flow() == Stage::Exit)
    .of_chip(|chip| chip.flow.exits_in)
    .line(),
    event(
        "host.flow_enter",
        Kind::Host,
        flow::flow_enter,
        "desc->lock",
        "",
    )
    .when("flow", |_, half| half.flow() == Stage::Accepted)
    .of_chip(|chip| chip.flow.enters_in)
    .line(),
    event(
        "host.nobody_cared",
        Kind::Host,
        spurious::nobody_cared,
        "desc->lock",
        "kernel/irq/spurious.c:note_interrupt",
    )
    .when("flow", spurious::may_be_given_up)
    .when("deferred", spurious::thread_failed)
    // A line that is low stops by itself, once the controller has presented what it had queued.
    .when("pin", |_, half| half.pin() & LINE != 0)
    .role(Role::NobodyCared)
    .line(),
    event("host.accept", Kind::Host, flow::accept, "bus", "")
        .when("pin", |it, half| (it.chip.signals)(half.pin()))
        .on_target()
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
    .only(System::resends)
    .when("flow", |_, half| {
        half.resend() && half.flow() != Stage::Accepted // which waits for the lock
    })
    .on_target()
    .role(Role::HostIrq)
    .line(),
    event(
        "host.thread",
        Kind::Work,
        thread::run,
        "irqlock",
        "kernel/irq/manage.c:irq_forced_thread_fn",
    )
    .only(|it| it.oneshot)
    .when("thread", |_, half| half.thread() == Thread::Woken)
    .of_the_round()
    .line(),
    event(
        "host.thread_signal",
        Kind::Work,
        thread::signal,
        "eventfd wqh.lock",
        "drivers/vfio/pci/vfio_pci_intrs.c:vfio_send_intx_eventfd",
    )
    .only(|it| it.oneshot)
    .when("thread", |_, half| half.thread() == Thread::Signal)
    .of_the_round()
    .line(),
    event(
        "host.finalize_oneshot",
        Kind::Work,
        thread::finalize,
        "desc->lock",
        "kernel/irq/manage.c:irq_finalize_oneshot",
    )
    .only(|it| it.oneshot)
    .when("thread", |_, half| half.thread() == Thread::Finalize)
    .when("flow", |_, half| !flow::is_in_progress(half))
    .of_the_round()
    .line(),
    event(
        "second.request",
        Kind::Work,
        owners::second_requests,
        "desc->request_mutex, desc->lock",
        "kernel/irq/manage.c:__setup_irq",
    )
    .only(System::has_second)
    .when("second", |_, half| half.second() == Ownership::Asking)
    .line(),
    event(
        "second.freed",
        Kind::Work,
        owners::second_is_synchronized,
        "desc->request_mutex",
        "kernel/irq/manage.c:__free_irq",
    )
    .only(System::has_second)
    .when("second", |_, half| half.second() == Ownership::Freeing)
    .line(),
    event(
        "second.finish",
        Kind::Work,
        owners::second_finishes,
        "desc->lock",
        "drivers/vfio/pci/vfio_pci_intrs.c:vfio_intx_enable, vfio_intx_disable",
    )
    .only(|it| it.scenario == Scenario::SecondOwner)
    .when("second", |_, half| {
        matches!(
            half.second(),
            Ownership::Requested | Ownership::Refused | Ownership::Freed
        )
    })
    .line(),
    event(
        "vfio.inject",
        Kind::Work,
        ioctl::virqfd_inject,
        "eventfd wqh.lock",
        "drivers/vfio/virqfd.c:virqfd_inject",
    )
    .when("vfio_work", |_, half| half.vfio_work()),
    event(
        "vfio.resignal",
        Kind::Work,
        ioctl::resignal,
        "eventfd wqh.lock",
        "drivers/vfio/pci/vfio_pci_intrs.c:vfio_pci_intx_unmask",
    )
    .when("resignal", |_, half| half.resignal()),
    event(
        "kvm.inject",
        Kind::Work,
        irqfd::irqfd_inject,
        "guest controller's lock",
        "virt/kvm/eventfd.c:irqfd_inject",
    )
    .when("irqfd_work", |_, half| half.irqfd_work()),
    event(
        "kvm.ack",
        Kind::Vmm,
        guest::kvm_ack,
        "guest controller's lock",
        "virt/kvm/eventfd.c:irqfd_resampler_ack",
    )
    .only(|it| it.path == Path::Irqfd)
    .when("guest_phase", |_, half| half.guest_phase() == Phase::Ack),
    event(
        "kvm.resample",
        Kind::Vmm,
        guest::kvm_resample,
        "eventfd wqh.lock, irqlock",
        "virt/kvm/eventfd.c:irqfd_resampler_notify",
    )
    .only(|it| it.path == Path::Irqfd)
    .when("guest_phase", |_, half| {
        half.guest_phase() == Phase::Resample
    }),
];
