//! Events: everything that can happen, each one critical section or one bus transaction.
//!
//! The names are the trace format and never change their meaning.

use crate::genirq::{flow, spurious, thread};
use crate::guest::command;
use crate::vfio_pci::{handler, ioctl};
use crate::world::World;
use crate::{device, guest, irqfd, program, scenario, vmm, wire};

/// Whose turn it is; in the order in which they act when nobody races.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The host's CPUs in interrupt context.
    Host,
    /// The host kernel's threads, eventfds and work items.
    Work,
    /// The VMM, and KVM on the VMM's or the guest's behalf.
    Vmm,
    /// The guest's vCPU.
    Guest,
    /// The device.
    Device,
    /// A timer of the VMM: it does run out, but later than anything else.
    Timer,
    /// Somebody's wish: the VMM's control, the guest's set-up, the operator. Never owed to anyone.
    Control,
}

impl Kind {
    /// Whether events of this kind go on by themselves: nothing new from device, control or operator.
    #[must_use]
    pub const fn is_system(self) -> bool {
        !matches!(self, Self::Device | Self::Control)
    }

    /// Whether the step runs in interrupt context (or in no context of the host's at all), so that a flow handler on
    /// the only CPU does not hold it up.
    pub(crate) const fn needs_no_thread(self) -> bool {
        matches!(self, Self::Host | Self::Device)
    }
}

/// What the laws know an event by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Nothing that a law asks for.
    Other,
    /// A cause of the device comes up.
    Cause,
    /// The host takes an interrupt.
    HostIrq,
    /// The kernel gives the line up.
    NobodyCared,
    /// The guest takes an interrupt.
    GuestIrq,
    /// The guest clears what it was interrupted for.
    Service,
}

/// What an event is.
pub struct EventInfo {
    /// `who.what`
    pub name: &'static str,
    /// Whose turn.
    pub kind: Kind,
    /// What makes it one step: the lock, or the wire.
    pub atomic_by: &'static str,
    /// Where the mechanism stands: a file of Linux 6.12 and a function in it, of QEMU 10.0 for `hw/`, or a section of
    /// PCI 2.3. What other releases do otherwise is in [`crate::kernels`].
    pub cites: &'static str,
    /// What the laws know it by.
    pub role: Role,
    /// It happens to a line, not to one of the functions on it.
    pub(crate) of_the_line: bool,
    /// Guard and effect.
    pub(crate) step: fn(&mut World<'_>) -> Option<()>,
}

impl EventInfo {
    const fn role(mut self, role: Role) -> Self {
        self.role = role;
        self
    }

    const fn line(mut self) -> Self {
        self.of_the_line = true;
        self
    }
}

/// One event of one function (or of its line).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Event(u8);

const FUNCTION: u8 = 0x80;

impl Event {
    /// The event `index` of [`EVENTS`] at this function.
    #[must_use]
    pub const fn new(index: usize, function: usize) -> Self {
        Self(index as u8 | if function == 0 { 0 } else { FUNCTION })
    }

    /// The event of this name at function 0.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        EVENTS.iter().position(|info| info.name == name).map(|index| Self::new(index, 0))
    }

    /// What it is.
    #[must_use]
    pub fn info(self) -> &'static EventInfo {
        &EVENTS[(self.0 & !FUNCTION) as usize]
    }

    /// The guest clears what it was interrupted for.
    #[must_use]
    pub fn is_service(self) -> bool {
        self.info().role == Role::Service
    }

    /// The function that it happens to.
    #[must_use]
    pub const fn function(self) -> usize {
        (self.0 / FUNCTION) as usize
    }
}

const fn event(
    name: &'static str,
    kind: Kind,
    step: fn(&mut World<'_>) -> Option<()>,
    atomic_by: &'static str,
    cites: &'static str,
) -> EventInfo {
    EventInfo { name, kind, atomic_by, cites, role: Role::Other, of_the_line: false, step }
}

/// Every event. The order within a kind is the order in which they act when nobody races.
pub static EVENTS: &[EventInfo] = &[
    event("vfio.handler", Kind::Host, handler::action, "irqlock", "vfio_pci_intrs.c:vfio_intx_handler"),
    event("vfio.signal", Kind::Host, handler::signal, "eventfd wqh.lock", "vfio_pci_intrs.c:vfio_send_intx_eventfd"),
    event(
        "neighbour.handler",
        Kind::Host,
        flow::neighbour_handler,
        "that driver's lock",
        "handle.c:__handle_irq_event_percpu",
    )
    .line(),
    event("host.flow_exit", Kind::Host, flow::flow_exit, "desc->lock", "chip.c:cond_unmask_eoi_irq").line(),
    event("host.flow_enter", Kind::Host, flow::flow_enter, "desc->lock", "chip.c:handle_fasteoi_irq, handle_level_irq")
        .line(),
    event("host.nobody_cared", Kind::Host, spurious::nobody_cared, "desc->lock", "spurious.c:note_interrupt")
        .role(Role::NobodyCared)
        .line(),
    event("host.accept", Kind::Host, flow::accept, "bus", "vector dispatch, INTA, IAR, claim, XIRR")
        .role(Role::HostIrq)
        .line(),
    event("host.resend", Kind::Host, flow::flow_resend, "desc->lock", "resend.c:resend_irqs")
        .role(Role::HostIrq)
        .line(),
    event("host.thread", Kind::Work, thread::run, "irqlock", "manage.c:irq_forced_thread_fn").line(),
    event(
        "host.thread_signal",
        Kind::Work,
        thread::signal,
        "eventfd wqh.lock",
        "vfio_pci_intrs.c:vfio_send_intx_eventfd",
    )
    .line(),
    event("host.finalize_oneshot", Kind::Work, thread::finalize, "desc->lock", "manage.c:irq_finalize_oneshot").line(),
    event("vfio.inject", Kind::Work, ioctl::virqfd_inject, "eventfd wqh.lock", "virqfd.c:virqfd_inject"),
    event("vfio.resignal", Kind::Work, ioctl::resignal, "eventfd wqh.lock", "vfio_pci_intrs.c:vfio_pci_intx_unmask"),
    event("kvm.inject", Kind::Work, irqfd::irqfd_inject, "guest controller's lock", "eventfd.c:irqfd_inject"),
    event("kvm.ack", Kind::Vmm, guest::kvm_ack, "guest controller's lock", "eventfd.c:irqfd_resampler_ack"),
    event(
        "kvm.resample",
        Kind::Vmm,
        guest::kvm_resample,
        "eventfd wqh.lock, irqlock",
        "eventfd.c:irqfd_resampler_notify",
    ),
    event("vmm.eoi", Kind::Vmm, guest::vmm_eoi, "the VMM's lock", "eoi-intx: Input::Eoi"),
    event("vmm.trigger", Kind::Vmm, vmm::trigger, "the VMM's lock", "eoi-intx: Input::Trigger"),
    event("vmm.assert", Kind::Vmm, vmm::assert, "guest controller's lock", "eoi-intx: Action::Assert"),
    event("vmm.deassert", Kind::Vmm, vmm::deassert, "guest controller's lock", "eoi-intx: Action::Deassert"),
    event("vmm.mask", Kind::Vmm, vmm::mask, "igate, irqlock", "vfio_pci_intrs.c:vfio_pci_intx_mask"),
    event("vmm.unmask", Kind::Vmm, vmm::unmask, "igate, irqlock", "vfio_pci_intrs.c:vfio_pci_intx_unmask_handler"),
    event("vmm.enable_intx", Kind::Vmm, vmm::enable_intx, "igate", "vfio_pci_intrs.c:vfio_intx_enable"),
    event("vmm.disable_intx", Kind::Vmm, vmm::disable_intx_step, "igate", "vfio_pci_intrs.c:vfio_intx_disable"),
    event("vmm.detach_trigger", Kind::Vmm, vmm::detach_trigger, "igate", "vfio_pci_intrs.c:vfio_intx_set_signal"),
    event("vmm.attach_trigger", Kind::Vmm, vmm::attach_trigger, "igate", "vfio_pci_intrs.c:vfio_intx_set_signal"),
    event("vmm.wire", Kind::Vmm, vmm::wire, "irqfds.lock", "eventfd.c:kvm_irqfd_assign"),
    event("vmm.unwire", Kind::Vmm, vmm::unwire, "irqfds.lock", "eventfd.c:irqfd_shutdown"),
    event("vmm.drain", Kind::Vmm, vmm::drain, "eventfd wqh.lock", "eoi-intx: Action::Drain"),
    event("vmm.mmap_off", Kind::Vmm, vmm::mmap_off, "the VMM's lock", "hw/vfio/pci.c:vfio_intx_interrupt"),
    event("vmm.mmap_on", Kind::Vmm, vmm::mmap_on, "the VMM's lock", "hw/vfio/pci.c:vfio_intx_mmap_enable"),
    event("vmm.reset_device", Kind::Vmm, vmm::reset_device_step, "igate", "vfio_pci_core.c:vfio_pci_ioctl_reset"),
    event("vmm.enable_msi", Kind::Vmm, vmm::enable_msi, "igate", "vfio_pci_intrs.c:vfio_msi_enable"),
    event("vmm.disable_msi", Kind::Vmm, vmm::disable_msi, "igate", "vfio_pci_intrs.c:vfio_msi_disable"),
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
    event("program.wait", Kind::Vmm, program::wait, "eventfd wqh.lock", "eventfd.c:eventfd_read"),
    event("program.clear", Kind::Vmm, program::clear, "bus", "the device's manual"),
    event(
        "program.unmask",
        Kind::Vmm,
        program::unmask,
        "igate, irqlock",
        "vfio_pci_intrs.c:vfio_pci_intx_unmask_handler",
    ),
    event(
        "program.unmask_eventfd",
        Kind::Vmm,
        program::unmask_eventfd,
        "eventfd wqh.lock, irqlock",
        "virqfd.c:virqfd_wakeup",
    ),
    event("program.mask", Kind::Vmm, program::mask, "igate, irqlock", "vfio_pci_intrs.c:vfio_pci_intx_mask"),
    event("guest.eoi_done", Kind::Guest, guest::eoi_done, "guest controller's lock", "the guest controller's EOI"),
    event(
        "guest.disintx_done",
        Kind::Guest,
        command::disintx_done,
        "igate, irqlock",
        "vfio_pci_config.c:vfio_basic_config_write",
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
        "vfio_pci_config.c:vfio_basic_config_write",
    ),
    event(
        "guest.clear_disintx",
        Kind::Control,
        command::clear_disintx,
        "config lock",
        "vfio_pci_config.c:vfio_basic_config_write",
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
    event("program.enable", Kind::Control, program::enable, "igate", "vfio_pci_intrs.c:vfio_intx_enable"),
    event("program.disable", Kind::Control, program::disable, "igate", "vfio_pci_intrs.c:vfio_intx_disable"),
    event("operator.affinity", Kind::Control, scenario::affinity, "desc->lock", "manage.c:irq_set_affinity_locked")
        .line(),
];

const _: () = assert!(EVENTS.len() <= FUNCTION as usize);
