//! Two threads of a VMM, a device, and a third thread that changes its mind: every order in which their steps can come.
//!
//! `RUSTFLAGS="--cfg loom" cargo test -p eoi-intx --test loom --release`; loom replaces the lock and the atomics. Where there is
//! a control thread, orders in which somebody is interrupted more than [`PREEMPTIONS`] times are left out;
//! `LOOM_MAX_PREEMPTIONS=4` has more of them. `-- --nocapture` says how many there were.
#![cfg(loom)]

use std::sync::atomic::{AtomicUsize as Count, Ordering::Relaxed};

use eoi_intx::{Action, Backend, Input, Intx, Mode, Path, drive};
use loom::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use loom::sync::{Arc, Mutex};
use loom::thread;

/// Most faults need two preemptions at most (Musuvathi and Qadeer 2007); the wrong VMMs below need one.
const PREEMPTIONS: usize = 3;

/// The state that vfio-pci has under `irqlock`, and the device, which answers one access at a time.
#[derive(Default)]
struct Host {
    cause: bool,
    /// INTx is set up, and masked.
    masked: Option<bool>,
    /// Which eventfd is the trigger.
    trigger: Option<usize>,
    /// Whether it was signalled since INTx was set up.
    signalled: bool,
}

/// The kernel, the device, and the guest's line.
#[derive(Default)]
struct World {
    host: Mutex<Host>,
    /// Held by the interrupt handler; `free_irq` and `synchronize_irq` wait for it.
    handler: Mutex<()>,
    eventfds: [AtomicU64; 2],
    line: AtomicBool,
}

impl World {
    fn host(&self) -> loom::sync::MutexGuard<'_, Host> {
        self.host.lock().expect("nobody panicked")
    }

    fn wait_for_handler(&self) {
        drop(self.handler.lock().expect("nobody panicked"));
    }

    fn signal(&self, trigger: Option<usize>) {
        if let Some(trigger) = trigger {
            self.eventfds[trigger].fetch_add(1, SeqCst);
        }
    }

    /// `vfio_intx_handler`: masks under `irqlock` and signals after it (6.12).
    fn interrupt(&self, raise: bool) {
        let running = self.handler.lock().expect("nobody panicked");
        let mut host = self.host();
        host.cause |= raise;
        if host.cause && host.masked == Some(false) {
            host.masked = Some(true);
            host.signalled = true;
            let trigger = host.trigger;
            drop(host);
            self.signal(trigger);
        }
        drop(running);
    }

    /// `vfio_pci_intx_unmask`: a device that still has its cause is signalled again and stays masked (6.12).
    fn unmask(&self) {
        let mut host = self.host();
        assert!(host.masked.is_some(), "unmasked after it was torn down");
        host.masked = Some(host.cause);
        let trigger = host.trigger.filter(|_| host.cause);
        drop(host);
        self.signal(trigger);
    }
}

/// The backend.
struct Hands {
    world: Arc<World>,
    /// Which eventfd the VMM reads.
    trigger: usize,
}

impl Backend for Hands {
    type Error = &'static str;

    fn act(&mut self, action: Action) -> Result<(), Self::Error> {
        let world = &self.world;
        match action {
            Action::Assert => {
                assert!(
                    world.host().masked.is_some(),
                    "asserted after it was torn down"
                );
                assert!(
                    world.host().signalled,
                    "asserted for a trigger from before it was set up"
                );
                world.line.store(true, SeqCst);
            }
            Action::Deassert => world.line.store(false, SeqCst),
            Action::Unmask => world.unmask(),
            Action::Drain => drop(world.eventfds[self.trigger].swap(0, SeqCst)),
            Action::ResetDevice => world.host().cause = false,
            Action::EnableIntx => {
                let mut host = world.host();
                (host.masked, host.trigger, host.signalled) =
                    (Some(false), Some(self.trigger), false);
                drop(host);
                world.interrupt(false);
            }
            Action::DisableIntx => {
                (world.host().masked, world.host().trigger) = (None, None);
                world.wait_for_handler();
            }
            Action::DetachTrigger => {
                world.host().trigger = None;
                world.wait_for_handler();
                self.trigger ^= 1; // one that nobody has signalled
            }
            Action::AttachTrigger => world.host().trigger = Some(self.trigger),
            _ => return Err("not asked for on Path::Eoi"),
        }
        Ok(())
    }
}

/// How a VMM may go wrong.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Vmm {
    Right,
    /// The event loop reads the eventfd, and then takes the lock.
    ReadsBeforeTheLock,
    /// The same as above, but the lock is released between the actions of one input.
    LetsGoBetweenActions,
}

/// The state under the VMM's one lock.
struct Function {
    vmm: Vmm,
    machine: Intx,
    hands: Hands,
}

impl Function {
    fn input(&mut self, input: Input) {
        drive(&mut self.machine, input, &mut self.hands).expect("nothing is refused");
        let up = self.hands.world.line.load(SeqCst);
        assert!(
            up == self.machine.pending() || self.vmm != Vmm::Right,
            "a line that is up is owed an EOI, and no other"
        );
    }

    /// The same as `Function::ready` of eoi-forward.
    fn ready(&mut self) {
        if self.hands.world.eventfds[self.hands.trigger].swap(0, SeqCst) > 0 {
            self.input(Input::Trigger);
        }
    }
}

/// The inputs that the guest gives before and after it serves the device.
type Guest = (&'static [Input], &'static [Input]);
const FASTEOI: Guest = (&[], &[Input::Eoi]);
/// `handle_level_irq`, or a threaded handler.
const MASKING: Guest = (&[Input::Mask, Input::Eoi], &[Input::Unmask]);

#[derive(Clone)]
struct System {
    vmm: Vmm,
    guest: Guest,
    world: Arc<World>,
    function: Arc<Mutex<Function>>,
}

impl System {
    fn new(vmm: Vmm, guest: Guest) -> Self {
        let world = Arc::new(World::default());
        let hands = Hands {
            world: Arc::clone(&world),
            trigger: 0,
        };
        let mut function = Function {
            vmm,
            machine: Intx::new(Path::Eoi),
            hands,
        };
        function.input(Input::Enable);
        Self {
            vmm,
            guest,
            world,
            function: Arc::new(Mutex::new(function)),
        }
    }

    fn function(&self) -> loom::sync::MutexGuard<'_, Function> {
        self.function.lock().expect("nobody panicked")
    }

    /// The event loop finds the trigger readable, or not.
    fn poll(&self) {
        match self.vmm {
            Vmm::Right => self.function().ready(),
            _ if self.world.eventfds[0].swap(0, SeqCst) > 0 => self.tell(Input::Trigger),
            _ => {}
        }
    }

    /// The vCPU finds its line up, or not.
    fn serve(&self) {
        if !self.world.line.load(SeqCst) {
            return;
        }
        self.guest.0.iter().for_each(|&input| self.tell(input));
        self.world.host().cause = false;
        self.guest.1.iter().for_each(|&input| self.tell(input));
    }

    fn tell(&self, input: Input) {
        if self.vmm != Vmm::LetsGoBetweenActions {
            return self.function().input(input);
        }
        let actions = self.function().machine.handle(input);
        for action in actions {
            self.function()
                .hands
                .act(action)
                .expect("nothing is refused");
        }
    }

    /// The control thread. Where INTx is not set up, resetting the device is the caller's.
    fn control(&self, input: Input) {
        let mut function = self.function();
        function.input(input);
        if (input, function.machine.mode()) == (Input::Reset, Mode::Off) {
            self.world.host().cause = false;
        }
    }

    /// Everybody goes on until nothing happens any more: what the device had to say has been heard.
    fn is_quiet(&self) {
        for _ in 0..3 {
            self.poll();
            self.serve();
        }
        let (function, host) = (self.function(), self.world.host());
        let left = self.world.eventfds[function.hands.trigger].load(SeqCst);
        match function.machine.mode() {
            Mode::Intx => assert!(
                !host.cause && host.masked == Some(false),
                "an interrupt is lost"
            ),
            mode => assert_eq!((mode, host.masked), (Mode::Off, None)),
        }
        assert!(
            !self.world.line.load(SeqCst),
            "a line is up, and nobody will lower it"
        );
        assert!(
            !function.machine.pending() && left == 0,
            "somebody waits for nothing"
        );
    }
}

/// The device interrupts twice while the VMM and the guest are at it, and `control` is given meanwhile.
fn all_orders(vmm: Vmm, guest: Guest, control: &'static [Input]) {
    let orders = std::sync::Arc::new(Count::new(0));
    let count = std::sync::Arc::clone(&orders);
    let mut builder = loom::model::Builder::new();
    if !control.is_empty() {
        builder.preemption_bound = builder.preemption_bound.or(Some(PREEMPTIONS));
    }
    builder.check(move || {
        count.fetch_add(1, Relaxed);
        let system = System::new(vmm, guest);
        let mut threads = Vec::new();
        let (of_loop, of_vcpu, of_control) = (system.clone(), system.clone(), system.clone());
        let served = if control.is_empty() { 2 } else { 1 }; // here; the rest when it gets quiet
        threads.push(thread::spawn(move || (0..2).for_each(|_| of_loop.poll())));
        threads.push(thread::spawn(move || {
            (0..served).for_each(|_| of_vcpu.serve())
        }));
        if !control.is_empty() {
            threads.push(thread::spawn(move || {
                control.iter().for_each(|&input| of_control.control(input))
            }));
        }
        (0..2).for_each(|_| system.world.interrupt(true));
        threads
            .into_iter()
            .for_each(|thread| thread.join().expect("nobody panicked"));
        system.is_quiet();
        system.world.interrupt(true);
        system.is_quiet();
    });
    println!("{} orders beside {control:?}", orders.load(Relaxed));
}

#[test]
fn no_interrupt_is_lost() {
    all_orders(Vmm::Right, FASTEOI, &[]);
}

#[test]
fn no_interrupt_is_lost_to_a_guest_that_masks() {
    all_orders(Vmm::Right, MASKING, &[]);
}

#[test]
fn no_interrupt_is_lost_to_a_reset() {
    all_orders(Vmm::Right, FASTEOI, &[Input::Reset]);
}

#[test]
fn no_interrupt_is_lost_to_a_new_set_up_and_none_comes_from_before_it() {
    all_orders(
        Vmm::Right,
        FASTEOI,
        &[Input::Disable, Input::Reset, Input::Enable],
    );
}

#[test]
fn no_interrupt_is_lost_to_a_watchdog() {
    all_orders(Vmm::Right, FASTEOI, &[Input::Rearm]);
}

#[test]
fn no_interrupt_is_lost_with_an_eventfd_that_is_replaced() {
    all_orders(Vmm::Right, FASTEOI, &[Input::Rebind]);
}

#[test]
fn no_interrupt_is_lost_to_a_pause() {
    all_orders(Vmm::Right, FASTEOI, &[Input::Stop, Input::Resume]);
}

#[test]
fn nothing_is_done_after_it_was_torn_down() {
    all_orders(Vmm::Right, FASTEOI, &[Input::Disable]);
}

#[test]
#[should_panic(expected = "asserted for a trigger from before it was set up")]
fn an_eventfd_that_is_read_before_the_lock_is_taken_outlives_a_teardown() {
    all_orders(
        Vmm::ReadsBeforeTheLock,
        FASTEOI,
        &[Input::Disable, Input::Reset, Input::Enable],
    );
}

#[test]
#[should_panic(expected = "a line is up, and nobody will lower it")]
fn a_lock_that_is_let_go_between_actions_leaves_a_line_up() {
    all_orders(Vmm::LetsGoBetweenActions, FASTEOI, &[Input::Reset]);
}

#[test]
#[should_panic(expected = "unmasked after it was torn down")]
fn a_lock_that_is_let_go_between_actions_acts_after_a_teardown() {
    all_orders(Vmm::LetsGoBetweenActions, FASTEOI, &[Input::Disable]);
}
