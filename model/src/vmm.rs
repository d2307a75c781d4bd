//! The VMM: the `eoi-intx` crate, one thread of control, and one action at a time.

use eoi_intx::{Action, Actions, Input, Intx, Mode};

use crate::cost::Metric;
use crate::guest;
use crate::irqfd;
use crate::scenario::Scenario;
use crate::state::Half;
use crate::system::System;
use crate::vfio_pci::ioctl;
use crate::wire;
use crate::world::World;

/// What the VMM still has to do for this function.
pub(crate) fn todo(w: &World<'_>) -> Actions {
    Actions::from_bits(w.function().todo()).unwrap_or_default()
}

impl System {
    /// The VMM's machine before anything happens to it.
    pub(crate) const fn intx(&self) -> Intx {
        let machine = Intx::new(self.path.intx());
        if matches!(self.scenario, Scenario::Budget) { machine.with_budget(2) } else { machine }
    }
}

/// The VMM's machine for this function.
pub(crate) fn machine(w: &World<'_>) -> Intx {
    let template = w.system.intx();
    let left = if w.system.is_wide() { w.more.left() } else { template.bits().to_be_bytes()[0] };
    let bits = u16::from(w.function().intx()) | u16::from(w.more.flags()) << 3 | u16::from(left) << 8;
    template.with_bits(bits).expect("what was kept is a state of the machine")
}

/// Keeps the machine. Where the state has no room for all of it, the rest never changes.
pub(crate) fn keep(w: &mut World<'_>, machine: Intx) {
    let [left, low] = machine.bits().to_be_bytes();
    w.function_mut().set_intx(low & 7);
    if w.system.is_wide() {
        w.more.set_flags(low >> 3);
        w.more.set_left(left);
    }
    debug_assert_eq!(self::machine(w), machine, "a system that needs more is wide");
}

/// The vCPU is stopped: a guest that is to migrate.
pub(crate) fn holds_the_vcpu(w: &World<'_>) -> bool {
    w.function().intx() & 3 == Mode::Stopped as u8
}

/// The VMM's thread is at work for the function of this half.
pub(crate) const fn works_for(half: Half) -> bool {
    half.todo() != 0 || half.resignal()
}

/// The VMM's lock is free: nothing is being done, for either function.
pub(crate) fn idle(w: &World<'_>) -> bool {
    !works_for(w.function()) && !w.others().has_vmm()
}

/// Gives the machine one input. The VMM must be idle.
pub(crate) fn input(w: &mut World<'_>, input: Input) -> Option<()> {
    idle(w).then_some(())?;
    let mut intx = machine(w);
    let todo = intx.handle(input);
    keep(w, intx);
    w.function_mut().set_todo(todo.bits());
    Some(())
}

/// As [`input`], where an input that asks for nothing and changes nothing is no event.
pub(crate) fn wish(w: &mut World<'_>, wish: Input) -> Option<()> {
    let before = (w.function(), w.more);
    input(w, wish)?;
    ((w.function(), w.more) != before).then_some(())
}

/// The main loop finds the trigger eventfd readable.
pub(crate) fn trigger(w: &mut World<'_>) -> Option<()> {
    (w.function().trigger() && !w.function().wired() && w.system.path.hears_trigger()).then_some(())?;
    input(w, Input::Trigger)?;
    w.function_mut().set_trigger(false);
    Some(())
}

/// The timer of `MmapOff` runs out. While an interrupt is pending it is armed again, and nothing happens.
pub(crate) fn timer(w: &mut World<'_>) -> Option<()> {
    w.function().mmap_off().then_some(())?;
    wish(w, Input::Timer)
}

/// The watchdog thinks that the line is dead, right or wrong.
pub(crate) fn rearm(w: &mut World<'_>) -> Option<()> {
    (w.system.scenario == Scenario::Watchdog).then_some(())?;
    wish(w, Input::Rearm)
}

/// The budget's period is over.
pub(crate) fn tick(w: &mut World<'_>) -> Option<()> {
    (w.system.scenario == Scenario::Budget).then_some(())?;
    wish(w, Input::Tick)
}

/// Does the next action, if it is this one.
pub(crate) fn act(w: &mut World<'_>, action: Action) -> Option<()> {
    let mut todo = todo(w);
    (todo.next() == Some(action) && !w.function().resignal()).then_some(())?;
    if !perform(w, action)? {
        return Some(());
    }
    w.function_mut().set_todo(todo.bits());
    Some(())
}

/// One action. Two of them wait for a handler half way and put themselves back on the list meanwhile.
fn perform(w: &mut World<'_>, action: Action) -> Option<bool> {
    match action {
        Action::DisableIntx => return once_done(w, ioctl::vfio_intx_disable),
        Action::DetachTrigger => return replace_trigger(w),
        Action::AttachTrigger => ioctl(w, ioctl::attach_trigger),
        Action::Assert | Action::Deassert => {
            w.counts(Metric::Ioctls, w.system.guest.line_ioctls());
            guest::set_line(w, action == Action::Assert);
        }
        Action::Mask => ioctl(w, ioctl::vfio_pci_intx_mask),
        Action::Unmask => ioctl(w, ioctl::vfio_pci_intx_unmask),
        Action::EnableIntx => ioctl(w, ioctl::vfio_intx_enable),
        Action::Wire => ioctl(w, irqfd::assign),
        Action::Unwire => {
            irqfd::shutdown(w)?;
            w.count(Metric::Ioctls);
        }
        Action::Drain => w.function_mut().set_trigger(false),
        Action::MmapOff => w.function_mut().set_mmap_off(true),
        Action::MmapOn => w.function_mut().set_mmap_off(false),
        Action::ResetDevice => ioctl(w, reset_device),
        Action::EnableMsi => ioctl(w, |w| set_msi(w, true)),
        Action::DisableMsi => ioctl(w, |w| set_msi(w, false)),
        Action::Throttled => {}
    }
    Some(true)
}

fn ioctl(w: &mut World<'_>, f: impl FnOnce(&mut World<'_>)) {
    w.count(Metric::Ioctls);
    f(w);
}

/// Two steps of one ioctl: it counts when it returns.
fn once_done(w: &mut World<'_>, step: fn(&mut World<'_>) -> Option<bool>) -> Option<bool> {
    let done = step(w)?;
    w.counts(Metric::Ioctls, u8::from(done));
    Some(done)
}

/// The trigger is taken away to put another eventfd in its place, which nobody has signalled. An irqfd that is still there
/// stays with the old one, and nobody signals that any more.
fn replace_trigger(w: &mut World<'_>) -> Option<bool> {
    let done = once_done(w, ioctl::detach_trigger)?;
    if done {
        w.function_mut().set_trigger(false);
        w.function_mut().set_wired(false);
    }
    Some(done)
}

/// `VFIO_DEVICE_RESET`: the function loses its causes; vfio-pci restores the command register it knows.
fn reset_device(w: &mut World<'_>) {
    w.function_mut().set_causes(0);
    w.function_mut().set_snapshot(0);
    wire::settle(w);
}

fn set_msi(w: &mut World<'_>, on: bool) {
    w.function_mut().set_irq_type(if on { Half::MSI } else { Half::NONE });
    wire::settle(w);
}

macro_rules! actions {
    ($($name:ident => $action:ident,)+) => {
        $(pub(crate) fn $name(w: &mut World<'_>) -> Option<()> {
            act(w, Action::$action)
        })+
    };
}

actions! {
    assert => Assert,
    deassert => Deassert,
    mask => Mask,
    unmask => Unmask,
    enable_intx => EnableIntx,
    disable_intx_step => DisableIntx,
    detach_trigger => DetachTrigger,
    attach_trigger => AttachTrigger,
    wire => Wire,
    unwire => Unwire,
    drain => Drain,
    mmap_off => MmapOff,
    mmap_on => MmapOn,
    reset_device_step => ResetDevice,
    enable_msi => EnableMsi,
    disable_msi => DisableMsi,
    throttled => Throttled,
}
