//! One thread masks and unmasks while another takes interrupts.

use std::hint::spin_loop;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use eoi_lab_protocol::{Cause, Counts, Key};
use rustix::io::{self, Errno};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

use crate::bench::Bench;
use crate::failed::Failed;
use crate::files::put;

/// Without pauses the next cause would always come before the other thread has unmasked for the last one, and with
/// equal ones the two threads might keep step: pauses go up by the one and begin again at the other.
const PAUSE_STEP: Duration = Duration::from_nanos(1_300);
const PAUSE_MOST: Duration = Duration::from_micros(60);

/// How often it is told how far the race is.
const SAY: Duration = Duration::from_secs(20);

/// The result of a race.
pub struct Raced {
    /// Rounds in which the interrupt came.
    pub rounds: u32,
    /// Of those, rounds in which it came only after the other thread had stopped.
    pub late: u32,
    /// Masks of the other thread.
    pub masks: u64,
    /// Whether the line delivered to the end, the last round without the other thread included.
    pub delivered: bool,
}

impl Raced {
    /// The same, as the console has them.
    pub fn counts(&self) -> Counts {
        Counts::new()
            .with(Key::Rounds, self.rounds.into())
            .with(Key::Late, self.late.into())
            .with(Key::Masks, self.masks)
    }
}

/// Says now and then how far the race is.
struct Teller<'a> {
    alive: &'a dyn Fn(Counts),
    last: Instant,
}

impl Teller<'_> {
    fn tell(&mut self, rounds: u32, late: u32) {
        if self.last.elapsed() > SAY {
            (self.alive)(
                Counts::new()
                    .with(Key::Rounds, rounds.into())
                    .with(Key::Late, late.into()),
            );
            self.last = Instant::now();
        }
    }
}

/// Takes `rounds` interrupts on the CPU of the line while another masks and unmasks, then one more without that.
pub fn run(bench: &Bench<'_>, rounds: u32, alive: &dyn Fn(Counts)) -> Result<Raced, Failed> {
    let all = sched_getaffinity(None)?;
    let far = if all.is_set(1) { 1 } else { 0 };
    if far != 0 {
        // Where the line cannot be moved the race is as good, only less even.
        let _ = put(&format!("/proc/irq/{}/smp_affinity", bench.irq), "1");
    }
    pin(0)?;
    let raced = in_place(
        bench,
        rounds,
        far,
        &mut Teller {
            alive,
            last: Instant::now(),
        },
    );
    sched_setaffinity(None, &all)?;
    raced
}

fn in_place(
    bench: &Bench<'_>,
    rounds: u32,
    far: usize,
    teller: &mut Teller<'_>,
) -> Result<Raced, Failed> {
    let mut raced = Raced {
        rounds: 0,
        late: 0,
        masks: 0,
        delivered: true,
    };
    while raced.rounds < rounds {
        if take_until_late(bench, rounds, &mut raced, far, teller)? {
            break;
        }
        bench.unmask()?;
        if !served(bench, far)? {
            raced.delivered = false;
            return Ok(raced);
        }
        raced.late += 1;
        raced.rounds += 1;
    }
    bench.unmask()?;
    bench.take()?;
    bench.raise(Cause::One)?;
    raced.delivered = served(bench, far)?;
    bench.unmask()?;
    Ok(raced)
}

/// Rounds while the other thread is at work: whether all were done, or one is late and still has its cause up.
fn take_until_late(
    bench: &Bench<'_>,
    rounds: u32,
    raced: &mut Raced,
    far: usize,
    teller: &mut Teller<'_>,
) -> Result<bool, Failed> {
    let Raced {
        rounds: done,
        masks,
        late,
        ..
    } = raced;
    let stop = AtomicBool::new(false);
    let lines = bench.lines();
    thread::scope(|scope| {
        let masker = scope.spawn(|| -> io::Result<u64> {
            pin(far)?;
            let mut masks = 0;
            while !stop.load(Ordering::Relaxed) {
                lines.mask()?;
                lines.unmask()?;
                masks += 1;
                thread::yield_now(); // virqfd signals from a work item on this CPU
            }
            Ok(masks)
        });
        let mut take = || -> Result<bool, Failed> {
            let mut pause = Duration::ZERO;
            while *done < rounds {
                spin(pause);
                pause = if pause < PAUSE_MOST {
                    pause + PAUSE_STEP
                } else {
                    Duration::ZERO
                };
                bench.take()?; // one that came twice for the cause of before must not stand for this one
                bench.raise(Cause::One)?;
                if !served(bench, far)? {
                    return Ok(false);
                }
                *done += 1;
                teller.tell(*done, *late);
            }
            Ok(true)
        };
        let taken = take();
        stop.store(true, Ordering::Relaxed);
        match masker.join() {
            Ok(masked) => *masks += masked?,
            Err(panic) => std::panic::resume_unwind(panic),
        }
        taken
    })
}

/// Polls for a signal and clears the cause; whether one came in time.
fn served(bench: &Bench<'_>, far: usize) -> Result<bool, Failed> {
    let start = Instant::now();
    while bench.take()? == 0 {
        if start.elapsed() > bench.wait {
            return Ok(false);
        }
        if far == 0 {
            thread::yield_now();
        }
    }
    bench.clear(Cause::One)?;
    Ok(true)
}

fn spin(pause: Duration) {
    let start = Instant::now();
    while start.elapsed() < pause {
        spin_loop();
    }
}

fn pin(cpu: usize) -> Result<(), Errno> {
    let mut set = CpuSet::new();
    set.set(cpu);
    sched_setaffinity(None, &set)
}
