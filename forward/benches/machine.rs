//! The cost of one input of the machine, beside the VMM's work around it. The machine allocates nothing.
//!
//! `cargo bench -p eoi-forward --bench machine`. It is in this crate because to count allocations takes `unsafe`. Nothing is
//! asserted but the allocations: other work on the host shows, and so the best of several runs counts.

use std::alloc::{GlobalAlloc, Layout, System};
use std::convert::Infallible;
use std::hint::black_box;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;

use eoi_forward::Eventfd;
use eoi_intx::{Action, Backend, Input, Intx, Path, drive};

/// Runs of which the best counts.
const RUNS: usize = 9;
/// Inputs, or other things, in a run.
const STEPS: usize = 1 << 20;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

/// The system's allocator, counted.
struct Counted;

// SAFETY: the system's allocator does it all.
unsafe impl GlobalAlloc for Counted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Relaxed);
        // SAFETY: the caller's promises are those of the system's allocator.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: as above; the memory is the system allocator's.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static COUNTED: Counted = Counted;

/// A backend that does nothing, where the compiler may not know it.
struct Nothing;

impl Backend for Nothing {
    type Error = Infallible;

    fn act(&mut self, action: Action) -> Result<(), Infallible> {
        black_box(action);
        Ok(())
    }
}

/// The best nanoseconds a step of some runs, in which nothing is allocated.
fn measured(what: &str, steps: usize, mut run: impl FnMut()) -> f64 {
    let mut best = f64::INFINITY;
    for _ in 0..RUNS {
        let before = ALLOCATIONS.load(Relaxed);
        let start = Instant::now();
        run();
        best = best.min(start.elapsed().as_secs_f64() * 1e9 / steps as f64);
        assert_eq!(ALLOCATIONS.load(Relaxed), before, "{what} allocates");
    }
    println!("{what:<58} {best:>8.2} ns");
    best
}

fn give(machine: &mut Intx, inputs: &[Input]) {
    for &input in inputs {
        let Ok(()) = drive(machine, black_box(input), &mut Nothing);
    }
}

/// Random inputs, one in 16 of them Enable, so that the machine is mostly set up (splitmix64; Steele, Lea, Flood 2014).
fn mixed() -> Vec<Input> {
    let mut state = 2_500_u64;
    let mut random = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) as usize
    };
    let input = |random: usize| {
        if random % 16 == 0 {
            Input::Enable
        } else {
            Input::ALL[random / 16 % Input::ALL.len()]
        }
    };
    (0..STEPS).map(|_| input(random())).collect()
}

#[inline(never)]
fn looked_up(input: Input) -> u32 {
    match input {
        Input::Trigger => 3,
        Input::Eoi => 5,
        Input::Access => 7,
        _ => 11,
    }
}

fn main() {
    println!("{STEPS} steps; the best of {RUNS}");
    let interrupts: Vec<Input> = [Input::Trigger, Input::Eoi]
        .into_iter()
        .cycle()
        .take(STEPS)
        .collect();
    let mixed = mixed();
    let fresh = |path| {
        let mut machine = Intx::new(path);
        give(&mut machine, &[Input::Enable]);
        machine
    };

    let mut machine = fresh(Path::Eoi);
    let steady = measured(
        "an input: trigger and EOI in turn, Path::Eoi",
        STEPS,
        || give(&mut machine, &interrupts),
    );
    let mut machine = fresh(Path::Eoi).with_budget(254);
    measured(
        "an input: the same with a budget, mostly spent",
        STEPS,
        || give(&mut machine, &interrupts),
    );
    for path in [Path::Eoi, Path::BarTrap, Path::Resample] {
        let mut machine = fresh(path);
        let what = format!("an input: random ones, {path:?}");
        measured(&what, STEPS, || give(&mut machine, &mixed));
    }

    measured("a call and a match on the input in turn", STEPS, || {
        for &input in &interrupts {
            black_box(looked_up(black_box(input)));
        }
    });
    let lock = Mutex::new(0_u64);
    let mutex = measured("a lock and unlock that nobody contends", STEPS, || {
        (0..STEPS).for_each(|_| *lock.lock().expect("nobody panicked") += 1);
    });
    black_box(&lock);
    let eventfd = Eventfd::new().expect("an eventfd");
    let few = STEPS / 16;
    let pair = measured(
        "a signal and a take of an eventfd: two system calls",
        few,
        || {
            for _ in 0..few {
                eventfd.signal().expect("it counts");
                assert_eq!(eventfd.take(), Ok(1));
            }
        },
    );
    println!(
        "\nan interrupt (two inputs) takes {:.2} of one lock and unlock,",
        2.0 * steady / mutex
    );
    println!(
        "and {:.3} of the two system calls that it makes at least; nothing was allocated",
        2.0 * steady / pair
    );
}
