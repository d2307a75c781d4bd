//! The guest behind a line without VFIO, on this host's KVM. Where there is none, or one that cannot be trusted, the tests are
//! reported as ignored, with the reason.

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn main() {
    println!("there is no guest for this architecture");
}

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
fn main() -> std::process::ExitCode {
    use libtest_mimic::{Arguments, Trial, run};

    let tests = vec![
        Trial::ignorable_test(
            "kvm_does_what_the_table_of_paths_says",
            guest::kvm_does_what_the_table_of_paths_says,
        ),
        Trial::ignorable_test(
            "kvms_line_interrupts_until_the_cause_is_cleared",
            guest::kvms_line,
        ),
        Trial::ignorable_test(
            "our_own_line_interrupts_until_the_cause_is_cleared",
            guest::our_own_line,
        ),
        Trial::ignorable_test(
            "the_line_wanders_from_one_vcpu_to_the_other",
            guest::the_line_wanders,
        ),
        Trial::ignorable_test(
            "a_guest_that_never_ends_takes_one",
            guest::a_guest_that_never_ends_takes_one,
        ),
    ];
    run(&Arguments::from_args(), tests).exit_code()
}

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod guest {
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
    use std::thread;
    use std::time::{Duration, Instant};

    use eoi_forward::{Eventfd, Hypervisor, Result};
    use eoi_kvm_guest::guest::{Causes, Controller, Ends, Machine, Pin, Setup, Vcpus};
    use eoi_kvm_guest::{acks, holds};
    use libtest_mimic::{Completion, Failed};

    /// A function without VFIO. With the VMM's own controller its line follows the cause whenever the guest ends an interrupt.
    struct Function {
        cause: AtomicU32,
        pin: Mutex<Pin>,
        ended: AtomicU64,
    }

    impl Causes for Function {
        fn pending(&self) -> Result<u32> {
            Ok(self.cause.load(Ordering::SeqCst))
        }

        fn clear(&self, bits: u32) -> Result<()> {
            self.cause.fetch_and(!bits, Ordering::SeqCst);
            Ok(())
        }

        fn eoi(&self) -> Result<()> {
            self.ended.fetch_add(1, Ordering::SeqCst);
            let up = self.cause.load(Ordering::SeqCst) != 0;
            self.pin.lock().expect("nobody panicked").set_line(up)
        }
    }

    /// The reason why nothing can be tested here.
    type Lack = Option<String>;

    fn lacks_kvm() -> Lack {
        kvm_ioctls::Kvm::new()
            .err()
            .map(|error| format!("cannot open /dev/kvm: {error}"))
    }

    fn lacks_a_kvm_that_holds() -> Lack {
        lacks_kvm().or_else(|| match holds() {
            Ok(true) => None,
            Ok(false) => {
                Some("this KVM interrupts a guest again that has not ended its interrupt".into())
            }
            Err(error) => panic!("{error:#}"),
        })
    }

    fn tested(lack: Lack, test: impl FnOnce()) -> std::result::Result<Completion, Failed> {
        if let Some(lack) = lack {
            return Ok(Completion::ignored_with(lack));
        }
        test();
        Ok(Completion::Completed)
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

    /// Five causes, each of which the guest clears after `again` interrupts more: how often an end was heard of, and the interrupts
    /// that each vCPU took.
    fn five(setup: &Setup) -> (u64, [u32; 2]) {
        let mut machine = Machine::new(setup).expect("a machine");
        let (trigger, resample) = (
            Eventfd::new().expect("an eventfd"),
            Eventfd::new().expect("an eventfd"),
        );
        let mut pin = machine.pin();
        let is_own = setup.controller == Controller::Own;
        if !is_own {
            pin.wire(&trigger, Some(&resample)).expect("wired");
        }
        let line = Function {
            cause: AtomicU32::new(0),
            pin: Mutex::new(pin),
            ended: AtomicU64::new(0),
        };
        let heard = machine.run(&line, |counts| {
            assert!(until(|| counts.ready()), "the guest does not start");
            let mut heard = 0;
            for round in 1..=5 {
                line.cause.store(1, Ordering::SeqCst);
                if is_own {
                    line.pin
                        .lock()
                        .expect("nobody panicked")
                        .set_line(true)
                        .expect("raised");
                    assert!(
                        until(|| counts.cleared() == round),
                        "round {round}: {counts:?}"
                    );
                    continue;
                }
                while counts.cleared() < round {
                    let taken = counts.taken();
                    trigger.signal().expect("written");
                    assert!(
                        until(|| counts.taken() > taken),
                        "round {round}: {counts:?}"
                    );
                    heard += resample.take().expect("read");
                }
            }
            thread::sleep(Duration::from_millis(50));
            assert_eq!(counts.stray(), 0);
            (
                heard + line.ended.load(Ordering::SeqCst),
                [counts.taken_by(0), counts.taken_by(1)],
            )
        });
        heard.expect("the guest went on")
    }

    pub fn kvm_does_what_the_table_of_paths_says() -> std::result::Result<Completion, Failed> {
        tested(lacks_kvm(), || assert!(acks().expect("tried")))
    }

    /// Exact counts of KVM's own controller without a stray one have been seen on every KVM.
    pub fn kvms_line() -> std::result::Result<Completion, Failed> {
        tested(lacks_kvm(), || {
            assert_eq!(
                five(&Setup {
                    again: 2,
                    ..Setup::new(Controller::Kernel)
                }),
                (15, [15, 0])
            );
        })
    }

    pub fn our_own_line() -> std::result::Result<Completion, Failed> {
        tested(lacks_a_kvm_that_holds(), || {
            assert_eq!(
                five(&Setup {
                    again: 2,
                    ..Setup::new(Controller::Own)
                }),
                (15, [15, 0])
            );
        })
    }

    pub fn the_line_wanders() -> std::result::Result<Completion, Failed> {
        tested(lacks_a_kvm_that_holds(), || {
            for controller in [Controller::Kernel, Controller::Own] {
                let setup = Setup {
                    vcpus: Vcpus::Two,
                    ..Setup::new(controller)
                };
                assert_eq!(five(&setup), (5, [3, 2]), "{controller:?}");
            }
        })
    }

    pub fn a_guest_that_never_ends_takes_one() -> std::result::Result<Completion, Failed> {
        tested(lacks_a_kvm_that_holds(), || {
            for controller in [Controller::Kernel, Controller::Own] {
                let setup = Setup {
                    ends: Ends::Never,
                    ..Setup::new(controller)
                };
                let mut machine = Machine::new(&setup).expect("a machine");
                let pin = Mutex::new(machine.pin());
                let line = Function {
                    cause: AtomicU32::new(1),
                    pin,
                    ended: AtomicU64::new(0),
                };
                let taken = machine.run(&line, |counts| {
                    assert!(until(|| counts.ready()), "the guest does not start");
                    line.pin
                        .lock()
                        .expect("nobody panicked")
                        .set_line(true)
                        .expect("raised");
                    assert!(until(|| counts.taken() > 0), "it takes none");
                    thread::sleep(Duration::from_millis(50));
                    counts.taken()
                });
                let (taken, ended) = (
                    taken.expect("it went on"),
                    line.ended.load(Ordering::SeqCst),
                );
                assert_eq!((taken, ended), (1, 0), "{controller:?}");
            }
        })
    }
}
