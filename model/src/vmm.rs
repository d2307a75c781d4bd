//! The VMM: the `eoi-intx` crate, one thread of control, and one action at a time.

use eoi_intx::{Action, Actions, Input, Intx, Parts};

use crate::config::Path;
use crate::cost::Metric;
use crate::eventfd;
use crate::guard::require;
use crate::guest;
use crate::irqfd;
use crate::state::Half;
use crate::system::System;
use crate::values::IrqType;
use crate::vfio_pci::ioctl::{self, Progress};
use crate::wire;
use crate::world::World;

/// The actions that the VMM still has to do for this function.
fn todo(half: Half) -> Actions {
    Actions::from_bits(half.todo()).unwrap_or_default()
}

/// The VMM answers something that the guest did, and the vCPU waits for it.
pub(crate) fn answers_the_guest(half: Half) -> bool {
    todo(half).answers_the_guest()
}

/// The next action that the VMM has to do.
pub(crate) fn next(system: &System, half: Half) -> Option<Action> {
    todo(half).next().map(|next| in_order(system, next))
}

impl System {
    /// The VMM's machine before anything happens to it.
    pub(crate) fn intx(&self) -> Intx {
        let machine = Intx::new(self.path.intx());
        if self.has_budget() {
            machine.with_budget(2)
        } else {
            machine
        }
    }
}

/// The VMM's machine for this function.
pub(crate) fn machine(w: &World<'_>) -> Intx {
    let half = w.function();
    let parts = Parts {
        mode: half.vmm_mode(),
        pending: half.vmm_pending(),
        held: half.vmm_held(),
        masked: half.vmm_masked(),
        edge: half.vmm_edge(),
        disintx: half.vmm_disintx(),
        left: half.vmm_left(),
    };
    let machine = w.system.intx().with_parts(parts);
    machine.expect("only a state of the machine is kept")
}

/// Keeps the machine in the state.
pub(crate) fn keep(w: &mut World<'_>, machine: Intx) {
    let Parts {
        mode,
        pending,
        held,
        masked,
        edge,
        disintx,
        left,
    } = machine.parts();
    let half = w.function_mut();
    half.set_vmm_mode(mode);
    half.set_vmm_pending(pending);
    half.set_vmm_held(held);
    half.set_vmm_masked(masked);
    half.set_vmm_edge(edge);
    half.set_vmm_disintx(disintx);
    half.set_vmm_left(left);
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
    require(idle(w))?;
    let mut intx = machine(w);
    let todo = intx.handle(input);
    keep(w, intx);
    w.function_mut().set_todo(todo.bits());
    Some(())
}

/// [`input`], except that an input which asks for nothing and changes nothing is no event.
pub(crate) fn wish(w: &mut World<'_>, wish: Input) -> Option<()> {
    let before = w.function();
    input(w, wish)?;
    require(w.function() != before)
}

/// The main loop finds the trigger eventfd readable.
pub(crate) fn trigger(w: &mut World<'_>) -> Option<()> {
    input(w, Input::Trigger)?;
    w.function_mut().set_trigger(false);
    Some(())
}

/// The timer of `MmapOff` runs out.
pub(crate) fn timer(w: &mut World<'_>) -> Option<()> {
    wish(w, Input::Timer)
}

/// The watchdog takes the line for dead, rightly or wrongly.
pub(crate) fn rearm(w: &mut World<'_>) -> Option<()> {
    wish(w, Input::Rearm)
}

/// The budget's period is over.
pub(crate) fn tick(w: &mut World<'_>) -> Option<()> {
    wish(w, Input::Tick)
}

/// The action at this place of a sequence. Wherever `eoi-intx` asserts on the path `bar-trap`, it
/// has taken the mappings away just before; QEMU does the two the other way round. Wherever it wires
/// while INTx is set up, it has set INTx up just before; crosvm does these the other way round.
fn in_order(system: &System, action: Action) -> Action {
    let wires_first = system.vmm.wires_first && system.path == Path::Irqfd;
    match action {
        Action::MmapOff if system.vmm.asserts_first => Action::Assert,
        Action::Assert if system.vmm.asserts_first => Action::MmapOff,
        Action::EnableIntx if wires_first => Action::Wire,
        Action::Wire if wires_first => Action::EnableIntx,
        _ => action,
    }
}

/// Does everything that is to be done, while nothing else can happen.
pub(crate) fn act_on_all(w: &mut World<'_>) {
    while let Some(action) = next(w.system, w.function()) {
        let _ = act(w, action);
    }
}

/// Does the next action, which is this one.
fn act(w: &mut World<'_>, action: Action) -> Option<()> {
    let mut todo = todo(w.function());
    let _ = todo.next();
    if !perform(w, action)? {
        return Some(());
    }
    w.function_mut().set_todo(todo.bits());
    Some(())
}

/// One action, and whether it is done: some have several pieces, and stay on the list meanwhile.
fn perform(w: &mut World<'_>, action: Action) -> Option<bool> {
    let done = match action {
        Action::DisableIntx => ioctl::vfio_intx_disable(w)?,
        Action::EnableIntx => enable_intx_piece(w)?,
        Action::DetachTrigger => replace_trigger(w)?,
        _ => {
            perform_at_once(w, action)?;
            true
        }
    };
    if let Some(ioctl) = ioctl_of(w.system, action).filter(|_| done) {
        w.operation(Metric::Ioctls, ioctl);
    }
    Some(done)
}

/// A piece of [`ioctl::vfio_intx_enable`], and whether it is done. Where it fails, the machine says
/// what is to be done instead.
fn enable_intx_piece(w: &mut World<'_>) -> Option<bool> {
    let progress = ioctl::vfio_intx_enable(w)?;
    if progress == Progress::Refused {
        let mut machine = machine(w);
        let instead = machine.fail();
        keep(w, machine);
        w.function_mut().set_todo(instead.bits());
    }
    Some(progress == Progress::Done)
}

fn perform_at_once(w: &mut World<'_>, action: Action) -> Option<()> {
    match action {
        Action::EnableIntx | Action::DisableIntx | Action::DetachTrigger | Action::Throttled => {}
        Action::AttachTrigger => ioctl::attach_trigger(w),
        Action::Assert => guest::set_line(w, true),
        Action::Deassert => guest::set_line(w, false),
        Action::Mask => ioctl::vfio_pci_intx_mask(w),
        Action::Unmask if signals_unmask(w.system) => eventfd::signal_resample(w),
        Action::Unmask => ioctl::vfio_pci_intx_unmask(w),
        Action::Wire => irqfd::assign(w),
        Action::Unwire => irqfd::shutdown(w),
        Action::Drain => w.function_mut().set_trigger(false),
        Action::MmapOff => w.function_mut().set_mmap_off(true),
        Action::MmapOn => w.function_mut().set_mmap_off(false),
        Action::ResetDevice => reset_device(w),
        Action::EnableMsi => set_irq_type(w, IrqType::Msi),
        Action::DisableMsi => set_irq_type(w, IrqType::None),
    }
    Some(())
}

/// The VMM unmasks by vfio-pci's unmask eventfd, where no hypervisor signals it.
const fn signals_unmask(system: &System) -> bool {
    system.vmm.signals_unmask && matches!(system.path, Path::Vmm)
}

/// The ioctl that an action is, if it is one. The VMM's own controller needs none to move the
/// guest's line.
const fn ioctl_of(system: &System, action: Action) -> Option<&'static str> {
    Some(match action {
        Action::Assert | Action::Deassert if system.guest.is_of_the_vmm() => return None,
        Action::Unmask if signals_unmask(system) => return None,
        Action::Drain | Action::MmapOff | Action::MmapOn | Action::Throttled => return None,
        Action::Assert | Action::Deassert => "KVM_IRQ_LINE",
        Action::Mask => "VFIO_DEVICE_SET_IRQS: ACTION_MASK",
        Action::Unmask => "VFIO_DEVICE_SET_IRQS: ACTION_UNMASK",
        Action::EnableIntx | Action::AttachTrigger => "VFIO_DEVICE_SET_IRQS: ACTION_TRIGGER",
        Action::DisableIntx => "VFIO_DEVICE_SET_IRQS: count 0",
        Action::DetachTrigger => "VFIO_DEVICE_SET_IRQS: fd -1",
        Action::Wire => "KVM_IRQFD",
        Action::Unwire => "KVM_IRQFD: DEASSIGN",
        Action::ResetDevice => "VFIO_DEVICE_RESET",
        Action::EnableMsi => "VFIO_DEVICE_SET_IRQS: MSI",
        Action::DisableMsi => "VFIO_DEVICE_SET_IRQS: MSI, count 0",
    })
}

/// The VMM takes the trigger away, to put another eventfd in its place that nobody has signalled.
/// An irqfd that is still assigned stays with the old eventfd, which nobody signals any more.
/// Returns whether it is done.
fn replace_trigger(w: &mut World<'_>) -> Option<bool> {
    let done = ioctl::detach_trigger(w)?;
    if done {
        w.function_mut().set_trigger(false);
        w.function_mut().set_wired(false);
    }
    Some(done)
}

/// `VFIO_DEVICE_RESET`: the function loses its causes; vfio-pci restores the command register it
/// knows.
fn reset_device(w: &mut World<'_>) {
    w.function_mut().set_causes(0);
    w.function_mut().set_snapshot(0);
    wire::settle(w);
}

fn set_irq_type(w: &mut World<'_>, irq_type: IrqType) {
    w.function_mut().set_irq_type(irq_type);
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
