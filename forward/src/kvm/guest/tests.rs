//! The guest behind a line without VFIO. Without /dev/kvm nothing is tested, and that is said.

use std::sync::Mutex;
use std::sync::atomic::AtomicU64;

use super::*;
use crate::eventfd::Eventfd;
use crate::forward::Hypervisor;

/// A function without VFIO. With the VMM's own controller its line follows the cause at each EOI.
struct Function {
    cause: AtomicU32,
    pin: Mutex<Pin>,
    ended: AtomicU64,
}

impl Causes for Function {
    fn pending(&self) -> rustix::io::Result<u32> {
        Ok(self.cause.load(Ordering::SeqCst))
    }

    fn clear(&self, bits: u32) -> rustix::io::Result<()> {
        self.cause.fetch_and(!bits, Ordering::SeqCst);
        Ok(())
    }

    fn eoi(&self) -> rustix::io::Result<()> {
        self.ended.fetch_add(1, Ordering::SeqCst);
        let up = self.cause.load(Ordering::SeqCst) != 0;
        self.pin.lock().expect("nobody panicked").set_line(up)
    }
}

/// Whether there is a KVM to test with. Where there is none, or one that cannot be trusted, that is said.
fn is_testable() -> bool {
    if let Err(error) = Kvm::new() {
        eprintln!("no /dev/kvm here ({error}): not tested");
        return false;
    }
    let holds = super::super::holds().expect("tried");
    if !holds {
        eprintln!("this KVM interrupts again without an EOI: not tested");
    }
    holds
}

fn until(is: impl Fn() -> bool) -> bool {
    let start = Instant::now();
    while !is() {
        if start.elapsed() > Duration::from_secs(10) {
            return false;
        }
        thread::yield_now();
    }
    true
}

/// Five causes, each EOIed twice before it is cleared: how often each was heard of, and what each vCPU took.
fn five(setup: &Setup) -> (u64, [u32; 2]) {
    let mut machine = Machine::new(setup).expect("a machine");
    let (trigger, resample) = (Eventfd::new().expect("an eventfd"), Eventfd::new().expect("an eventfd"));
    let mut pin = machine.pin();
    let is_own = setup.controller == Controller::Own;
    if !is_own {
        pin.wire(&trigger, Some(&resample)).expect("wired");
    }
    let line = Function { cause: AtomicU32::new(0), pin: Mutex::new(pin), ended: AtomicU64::new(0) };
    let heard = machine.run(&line, |counts| {
        assert!(until(|| counts.ready()), "the guest does not start");
        let mut heard = 0;
        for round in 1..=5 {
            line.cause.store(1, Ordering::SeqCst);
            if is_own {
                line.pin.lock().expect("nobody panicked").set_line(true).expect("raised");
                assert!(until(|| counts.cleared() == round), "round {round}: {counts:?}");
                continue;
            }
            while counts.cleared() < round {
                let taken = counts.taken();
                trigger.signal().expect("written");
                assert!(until(|| counts.taken() > taken), "round {round}: {counts:?}");
                heard += resample.take().expect("read");
            }
        }
        thread::sleep(Duration::from_millis(50));
        assert_eq!(counts.stray(), 0);
        (heard + line.ended.load(Ordering::SeqCst), [counts.taken_by(0), counts.taken_by(1)])
    });
    heard.expect("the guest went on")
}

#[test]
fn the_guest_is_interrupted_until_the_cause_is_cleared() {
    // Exact counts of KVM's own controller without a stray one have been seen on every KVM.
    if Kvm::new().is_ok() {
        assert_eq!(five(&Setup { again: 2, ..Setup::new(Controller::Kernel) }), (15, [15, 0]));
    }
    if is_testable() {
        assert_eq!(five(&Setup { again: 2, ..Setup::new(Controller::Own) }), (15, [15, 0]));
    }
}

#[test]
fn the_line_wanders_from_one_vcpu_to_the_other() {
    if is_testable() {
        for controller in [Controller::Kernel, Controller::Own] {
            assert_eq!(five(&Setup { vcpus: 2, ..Setup::new(controller) }), (5, [3, 2]), "{controller:?}");
        }
    }
}

#[test]
fn a_guest_that_never_ends_takes_one() {
    if !is_testable() {
        return;
    }
    for controller in [Controller::Kernel, Controller::Own] {
        let mut machine = Machine::new(&Setup { ends: false, ..Setup::new(controller) }).expect("a machine");
        let line = Function { cause: AtomicU32::new(1), pin: Mutex::new(machine.pin()), ended: AtomicU64::new(0) };
        let taken = machine.run(&line, |counts| {
            assert!(until(|| counts.ready()), "the guest does not start");
            line.pin.lock().expect("nobody panicked").set_line(true).expect("raised");
            assert!(until(|| counts.taken() > 0), "it takes none");
            thread::sleep(Duration::from_millis(50));
            counts.taken()
        });
        assert_eq!((taken.expect("it went on"), line.ended.load(Ordering::SeqCst)), (1, 0), "{controller:?}");
    }
}
