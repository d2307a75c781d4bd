//! From the trigger to the unmask by way of the VMM's own controller ([`Path::Eoi`]), beside a bare echo on the same two CPUs.
//!
//! `cargo bench -p eoi-forward --bench eoi`. One thread is the host: it signals the trigger eventfd and waits for the unmask.
//! The other is the VMM's event loop: it waits for the trigger, takes it under the VMM's lock, and gives [`Input::Trigger`]; the
//! guest's line and its EOI are in memory; [`Input::Eoi`] ends with the unmask. There is no VFIO here, so that the unmask is
//! a write to a second eventfd instead of an ioctl. The echo waits, takes, and writes, and no more. Both wait in turn, some
//! thousands of rounds each, so that what else runs on the host meets both. Wanted: 1.3 times the echo at most.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::Instant;

use eoi_forward::Eventfd;
use eoi_intx::{Action, Backend, Input, Intx, Path, drive};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// Rounds in a block, and blocks of each kind.
const ROUNDS: usize = 2_000;
const BLOCKS: usize = 40;

/// How a thread learns of a signal.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wait {
    /// It sleeps in poll(2), as an event loop does.
    Sleep,
    /// It reads until there is something: no scheduler in between, which leaves the most to the machine.
    Spin,
}

/// Takes a signal; `None` when it is told to stop.
fn taken(eventfd: &Eventfd, wait: Wait, stop: &AtomicBool) -> Option<u64> {
    loop {
        if wait == Wait::Sleep {
            let mut fds = [PollFd::new(eventfd, PollFlags::IN)];
            poll(&mut fds, None).expect("a whole eventfd");
        }
        if stop.load(Relaxed) {
            return None;
        }
        match eventfd.take().expect("a whole eventfd") {
            0 => {}
            count => return Some(count),
        }
    }
}

/// The host's and the guest's half of the backend.
struct Board<'a> {
    unmask: &'a Eventfd,
    line: bool,
}

impl Backend for Board<'_> {
    type Error = Errno;

    fn act(&mut self, action: Action) -> Result<(), Errno> {
        match action {
            Action::Assert => self.line = true,
            Action::Deassert => self.line = false,
            Action::Unmask => self.unmask.signal()?,
            _ => {}
        }
        Ok(())
    }
}

/// The VMM: its lock, and what is under it.
fn interrupted(vmm: &Mutex<(Intx, Board<'_>)>) {
    let (machine, board) = &mut *vmm.lock().expect("nobody panicked");
    drive(machine, Input::Trigger, board).expect("the line is in memory");
    assert!(board.line, "the guest is interrupted");
    drive(machine, Input::Eoi, board).expect("the eventfd counts");
}

/// Nanoseconds of each round of one block, from the signal to the unmask.
fn block(cpus: [usize; 2], wait: Wait, by_the_machine: bool, into: &mut Vec<u64>) {
    let (trigger, unmask) = (
        Eventfd::new().expect("an eventfd"),
        Eventfd::new().expect("an eventfd"),
    );
    let stop = AtomicBool::new(false);
    let mut machine = Intx::new(Path::Eoi);
    let mut board = Board {
        unmask: &unmask,
        line: false,
    };
    drive(&mut machine, Input::Enable, &mut board).expect("nothing to do");
    let vmm = Mutex::new((machine, board));
    thread::scope(|scope| {
        let other = scope.spawn(|| {
            pin(cpus[1]);
            while taken(&trigger, wait, &stop).is_some() {
                if by_the_machine {
                    interrupted(&vmm);
                } else {
                    unmask.signal().expect("it counts");
                }
            }
        });
        pin(cpus[0]);
        for round in 0..ROUNDS + ROUNDS / 10 {
            let start = Instant::now();
            trigger.signal().expect("it counts");
            taken(&unmask, wait, &stop).expect("not told to stop");
            let nanoseconds = start.elapsed().as_nanos() as u64;
            if round >= ROUNDS / 10 {
                into.push(nanoseconds); // the first ones warm up
            }
        }
        stop.store(true, Relaxed);
        trigger.signal().expect("it counts");
        other.join().expect("it was told to stop");
    });
}

fn pin(cpu: usize) {
    let mut set = CpuSet::new();
    set.set(cpu);
    sched_setaffinity(None, &set).expect("a CPU that was allowed before");
}

/// The two CPUs that are furthest apart in the list of those allowed; one twice where there is only one.
fn cpus() -> [usize; 2] {
    let set = sched_getaffinity(None).expect("the CPUs of this thread");
    let allowed: Vec<usize> = (0..CpuSet::MAX_CPU)
        .filter(|&cpu| set.is_set(cpu))
        .collect();
    [allowed[0], allowed[allowed.len() - 1]]
}

fn print(what: &str, rounds: &mut [u64]) -> [f64; 2] {
    rounds.sort_unstable();
    let at = |part: usize| rounds[rounds.len() * part / 100] as f64;
    let (median, high) = (at(50), at(99));
    println!(
        "{what:<44} median {:>8.2} us   p99 {:>8.2} us",
        median / 1e3,
        high / 1e3
    );
    [median, high]
}

fn main() {
    let cpus = cpus();
    println!(
        "{} rounds of each, host on CPU {}, VMM on CPU {}",
        ROUNDS * BLOCKS,
        cpus[0],
        cpus[1]
    );
    for (wait, name) in [
        (Wait::Sleep, "waiting in poll(2)"),
        (Wait::Spin, "reading until it comes"),
    ] {
        if wait == Wait::Spin && cpus[0] == cpus[1] {
            println!("{name}: needs two CPUs");
            continue;
        }
        let (mut bare, mut machine) = (
            Vec::with_capacity(ROUNDS * BLOCKS),
            Vec::with_capacity(ROUNDS * BLOCKS),
        );
        for _ in 0..BLOCKS {
            block(cpus, wait, false, &mut bare);
            block(cpus, wait, true, &mut machine);
        }
        let bare = print(&format!("{name}, echo"), &mut bare);
        let machine = print(&format!("{name}, by the machine"), &mut machine);
        println!(
            "{:<44}        x{:<8.3}        x{:.3}\n",
            "",
            machine[0] / bare[0],
            machine[1] / bare[1]
        );
    }
}
