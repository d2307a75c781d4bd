//! Scenarios: the controls that are moved while interrupts arrive, and the state in which the
//! system starts.

use eoi_intx::Input;

use crate::config::Path;
use crate::guest::{emulated, split};
use crate::irqchip::Pin;
use crate::state::Half;
use crate::system::System;
use crate::values::{Cpu, Depth, Later, Phase};
use crate::vmm;
use crate::wire;
use crate::world::World;

/// The controls that are moved while interrupts arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scenario {
    /// Nothing: set up and running.
    Steady,
    /// INTx is being set up while the guest has not programmed its controller.
    Startup,
    /// The guest moves its line, so that the VMM masks, rewires and unmasks as QEMU does.
    VmmRoute,
    /// The guest moves its line, and the VMM rewires and unmasks.
    VmmRewire,
    /// The guest sets and clears DisINTx.
    GuestDisintx,
    /// The guest sets and clears DisINTx, and the VMM does not pass it on to vfio-pci.
    OwnDisintx,
    /// Guest and function are reset.
    Reset,
    /// The guest switches between INTx and MSI.
    MsiSwitch,
    /// INTx is torn down and set up again by the next owner.
    Teardown,
    /// Another DisINTx- function on the same line is set up and torn down by another VMM, at any
    /// moment of this one's life.
    SecondOwner,
    /// A host driver on the same line, which does not share it, asks for it and frees it, at any
    /// moment.
    SecondDriver,
    /// A DisINTx+ function on the line of a DisINTx- one is opened by another VMM, asks for INTx and is
    /// refused.
    SecondRefused,
    /// A host driver's function interrupts on the same line.
    SharedLine,
    /// A second function on the same line is handed to the same guest.
    SharedGuest,
    /// A second function, on a line of its own, is handed to the same guest by the same VMM.
    TwoLines,
    /// An emulated device is on the guest's pin too, and the VMM holds the pin up for it.
    SharedPin,
    /// An emulated device is on the guest's pin too, with an irqfd and a resampler of its own.
    TwoResamplers,
    /// The operator moves the line's CPU affinity.
    Affinity,
    /// The VMM replaces the trigger eventfd.
    SetSignal,
    /// The guest is stopped at any instruction, and goes on here or on another host.
    Migrate,
    /// A QEMU that runs is replaced by a new one, which keeps vfio's descriptors.
    Cpr,
    /// A watchdog of the VMM takes the line for dead now and then.
    Watchdog,
    /// The VMM unmasks twice in a period and no more.
    Budget,
}

impl Scenario {
    /// Every scenario.
    pub const ALL: [Self; 23] = [
        Self::Steady,
        Self::Startup,
        Self::VmmRoute,
        Self::VmmRewire,
        Self::GuestDisintx,
        Self::OwnDisintx,
        Self::Reset,
        Self::MsiSwitch,
        Self::Teardown,
        Self::SecondOwner,
        Self::SecondDriver,
        Self::SecondRefused,
        Self::SharedLine,
        Self::SharedGuest,
        Self::TwoLines,
        Self::SharedPin,
        Self::TwoResamplers,
        Self::Affinity,
        Self::SetSignal,
        Self::Migrate,
        Self::Cpr,
        Self::Watchdog,
        Self::Budget,
    ];

    /// The name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Steady => "steady",
            Self::Startup => "startup",
            Self::VmmRoute => "vmm-route",
            Self::VmmRewire => "vmm-rewire",
            Self::GuestDisintx => "guest-disintx",
            Self::OwnDisintx => "own-disintx",
            Self::Reset => "reset",
            Self::MsiSwitch => "msi-switch",
            Self::Teardown => "teardown",
            Self::SecondOwner => "second-owner",
            Self::SecondDriver => "second-driver",
            Self::SecondRefused => "second-refused",
            Self::SharedLine => "shared-line",
            Self::SharedGuest => "shared-guest",
            Self::TwoLines => "two-lines",
            Self::SharedPin => "shared-pin",
            Self::TwoResamplers => "two-resamplers",
            Self::Affinity => "affinity",
            Self::SetSignal => "set-signal",
            Self::Migrate => "migrate",
            Self::Cpr => "cpr",
            Self::Watchdog => "watchdog",
            Self::Budget => "budget",
        }
    }

    /// A sentence about it.
    #[must_use]
    pub const fn about(self) -> &'static str {
        match self {
            Self::Steady => "set up and running",
            Self::Startup => "armed before the guest is ready",
            Self::VmmRoute => "the VMM masks, rewires and unmasks while interrupts arrive",
            Self::VmmRewire => "the VMM rewires and unmasks, and does not mask",
            Self::GuestDisintx => "the guest sets and clears DisINTx",
            Self::OwnDisintx => "the same, and the VMM does not pass it on to vfio-pci",
            Self::Reset => "guest and function are reset in service",
            Self::MsiSwitch => "the guest switches between INTx and MSI",
            Self::Teardown => "torn down, and set up again by the next owner",
            Self::SecondOwner => "another VMM asks for the same line, for a DisINTx- function too",
            Self::SecondDriver => "a host driver that does not share the line asks for it too",
            Self::SecondRefused => {
                "another VMM opens a DisINTx+ function on the same line and is refused"
            }
            Self::SharedLine => "a host driver's function interrupts on the same line",
            Self::SharedGuest => "two functions on one line, one VMM, one vCPU",
            Self::TwoLines => "two functions on two lines, one VMM, one vCPU",
            Self::SharedPin => "an emulated device on the guest's pin, held up by the VMM",
            Self::TwoResamplers => "another device on the guest's pin, with a resampler of its own",
            Self::Affinity => "the line's CPU affinity is changed",
            Self::SetSignal => "the VMM replaces the trigger eventfd",
            Self::Migrate => "the guest is stopped, and goes on here or on another host",
            Self::Cpr => "a new QEMU takes the place of the one that runs",
            Self::Watchdog => "the VMM thinks now and then that the line is dead",
            Self::Budget => "the VMM unmasks twice a period and no more",
        }
    }

    /// Functions in the system that are handed to the guest.
    #[must_use]
    pub const fn functions(self) -> usize {
        if matches!(self, Self::TwoLines | Self::SharedGuest) {
            2
        } else {
            1
        }
    }

    /// The line that a function is on.
    pub(crate) const fn line_of(self, function: usize) -> usize {
        if matches!(self, Self::SharedGuest) {
            0
        } else {
            function
        }
    }

    pub(crate) const fn has_second(self) -> bool {
        matches!(self, Self::SecondOwner | Self::SecondDriver)
    }

    pub(crate) const fn shares_pin(self) -> bool {
        matches!(self, Self::SharedPin | Self::TwoResamplers)
    }

    pub(crate) const fn toggles_disintx(self) -> bool {
        matches!(self, Self::GuestDisintx | Self::OwnDisintx)
    }
}

/// Brings one function from a system in which nothing has happened yet to the start of the
/// scenario.
pub(crate) fn set_up(w: &mut World<'_>) {
    vmm::keep(w, w.system.intx());
    let guest = &w.system.guest;
    let edge = guest.chip.edge.filter(|_| guest.edge);
    let guest_pin = edge.unwrap_or(guest.chip.level);
    w.function_mut().set_guest_pin(guest_pin);
    let _ = emulated::resample(w); // its irqfd has not been signalled yet
    if w.is_first_on_line() {
        new_line(w);
    }
    if w.system.path == Path::Program {
        return;
    }
    if edge.is_some() && w.system.hears_pin() {
        let _ = vmm::input(w, Input::Edge);
    }
    let _ = vmm::input(w, Input::Enable);
    if w.system.scenario == Scenario::Startup {
        if w.system.hears_pin() {
            let mut machine = vmm::machine(w);
            let _ = machine.handle(Input::Mask);
            vmm::keep(w, machine);
        }
        unprogram(w);
        w.function_mut().set_guest_phase(Phase::NotReady);
    } else {
        vmm::act_on_all(w);
    }
}

/// A line that nobody has requested.
fn new_line(w: &mut World<'_>) {
    let reset = w.system.chip.reset;
    let target = if w.is_second() && w.system.cpus > 1 {
        Cpu::Cpu1
    } else {
        Cpu::Cpu0
    };
    let line = w.irq_mut();
    line.set_pin(reset);
    line.set_depth(Depth::One);
    line.set_disabled(true);
    line.set_masked(true);
    line.set_target(target);
}

/// The guest's line moves.
pub(crate) fn route(w: &mut World<'_>) -> Option<()> {
    vmm::wish(w, Input::RouteMasked)
}

/// The guest's line moves, and nothing is masked.
pub(crate) fn rewire(w: &mut World<'_>) -> Option<()> {
    vmm::wish(w, Input::Route)
}

/// The VMM replaces the trigger.
pub(crate) fn rebind(w: &mut World<'_>) -> Option<()> {
    vmm::wish(w, Input::Rebind)
}

/// The guest switches to MSI.
pub(crate) fn to_msi(w: &mut World<'_>) -> Option<()> {
    vmm::wish(w, Input::ToMsi)
}

/// The guest switches back to INTx.
pub(crate) fn to_intx(w: &mut World<'_>) -> Option<()> {
    vmm::wish(w, Input::ToIntx)
}

/// The VMM tears INTx down.
pub(crate) fn shut_down(w: &mut World<'_>) -> Option<()> {
    vmm::wish(w, Input::Disable)
}

/// The next owner sets INTx up.
pub(crate) fn next_owner(w: &mut World<'_>) -> Option<()> {
    vmm::wish(w, Input::Enable)
}

/// The vCPU is stopped between two instructions, and the VMM hears of it.
pub(crate) fn stop(w: &mut World<'_>) -> Option<()> {
    crate::guest::kvm_vgic::exit(w)?;
    vmm::wish(w, Input::Stop)
}

/// The guest goes on where it was stopped.
pub(crate) fn resume(w: &mut World<'_>) -> Option<()> {
    vmm::wish(w, Input::Resume)
}

/// The guest goes on elsewhere. The device and the guest are as they were; the host's line,
/// vfio-pci and KVM are new, and a new machine has the state of the old one.
pub(crate) fn arrive(w: &mut World<'_>) -> Option<()> {
    let left = w.function();
    let machine = w.system.intx().restore(vmm::machine(w).bits())?;
    let mut half = Half::default();
    half.set_causes(left.causes());
    half.set_virq_disabled(left.virq_disabled());
    half.set_mmap_off(left.mmap_off());
    half.set_guest_pin(restored(w.system, left.guest_pin()));
    half.set_guest_phase(left.guest_phase());
    half.set_snapshot(left.snapshot());
    half.set_later(left.later());
    *w.function_mut() = half;
    new_line(w);
    wire::settle(w);
    vmm::keep(w, machine);
    vmm::input(w, Input::Enable)
}

/// The pin of the guest's controller where another VMM goes on with it.
fn restored(system: &System, pin: Pin) -> Pin {
    if system.guest.chip.messages {
        split::restored(pin)
    } else {
        pin
    }
}

/// Guest and function are reset, whatever the guest is doing. Its controller forgets, and has to be
/// programmed again.
pub(crate) fn reset(w: &mut World<'_>) -> Option<()> {
    vmm::input(w, Input::Reset)?;
    let guest = &w.system.guest;
    let line = w.function().guest_pin() & crate::irqchip::LINE;
    let pin = guest
        .chip
        .edge
        .filter(|_| guest.edge)
        .unwrap_or(guest.chip.level);
    w.function_mut().set_guest_pin(pin | line);
    unprogram(w);
    w.function_mut().set_guest_phase(Phase::NotReady);
    w.function_mut().set_snapshot(0);
    w.function_mut().set_later(Later::Nothing);
    Some(())
}

/// The guest's controller is as a reset leaves it: the pin is masked.
fn unprogram(w: &mut World<'_>) {
    crate::guest::chip(w, crate::irqchip::Access::Mask);
    if w.system.guest.chip.messages {
        let pin = split::unprogrammed(w.function().guest_pin());
        w.function_mut().set_guest_pin(pin);
    }
}

/// A new QEMU takes the place of the one that runs, and vfio-pci does not notice (hw/vfio/cpr.c, 10.1
/// and later). The guest is stopped meanwhile, between two instructions. The old one takes its irqfd
/// away and the new one assigns it, without masking or unmasking; or the new one maps the BARs, also
/// while an interrupt is pending.
pub(crate) fn cpr(w: &mut World<'_>) -> Option<()> {
    let before = w.function();
    crate::guest::kvm_vgic::exit(w)?;
    if w.system.path == Path::Irqfd {
        crate::irqfd::shutdown(w);
        let pin = restored(w.system, w.function().guest_pin());
        w.function_mut().set_guest_pin(pin);
        crate::irqfd::assign(w);
    } else {
        w.function_mut().set_mmap_off(false);
    }
    crate::guard::require(w.function() != before)
}

/// The operator moves the line to the other CPU.
pub(crate) fn affinity(w: &mut World<'_>) -> Option<()> {
    let target = w.irq().target();
    w.irq_mut().set_target(target.other());
    Some(())
}
