//! The chain under causes at random times: nobody waits for anybody, and the guest's line wanders between its vCPUs.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread::{self, sleep, yield_now};
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};
use eoi_intx::{Input, Path};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::fd::OwnedFd;
use rustix::io;
use rustix::thread::gettid;

use super::bench::Bench;
use super::chain::{Forwarded, Handed, input, within};
use super::interrupts;
use super::plan::Soak;
use super::steps::Failed;
use super::syscalls::Counter;
use crate::device::Device;
use crate::eventfd::Eventfd;
use crate::forward::Forward;
use crate::function::Function;
use crate::kvm::guest::{Controller, Counts, Machine, Setup};
use crate::vfio::Bar;

/// How often the guest's counts are looked at.
const LOOK: Duration = Duration::from_millis(5);
/// How often it is told how far it is.
const SAY: Duration = Duration::from_secs(20);
/// Longer pauses are slept and not spun away, so that the guest has the CPU.
const SPUN: Duration = Duration::from_micros(60);
/// The longest pause, 2 ms, as a power of two in nanoseconds.
const PAUSE_BITS: u64 = 21;
/// Guests that may lose their registers in one case.
const MOST_ASTRAY: u32 = 20;
/// The generator's start, any number but 0: the same causes in each run.
const SEED: u64 = 0x9e37_79b9_7f4a_7c15;

/// Marsaglia's xorshift64 (Journal of Statistical Software 8 (2003), 14).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// As many short ones as long ones: first how long at most, from 1 ns to 2 ms by powers of two, then how long.
    fn pause(&mut self) -> Duration {
        let most = 1 << ((self.next() >> 32) % (PAUSE_BITS + 1));
        Duration::from_nanos((self.next() >> 16) % most)
    }
}

/// What it came to, of one guest or of several.
#[derive(Default)]
struct Soaked {
    vcpus: [u32; 2],
    stray: u32,
    host: u64,
    raises: u64,
    lost: u32,
    after_teardown: u64,
    wakeups: u64,
    /// `None` where the kernel does not count.
    vmm_syscalls: Option<u64>,
    time: Duration,
}

impl Soaked {
    fn taken(&self) -> u32 {
        self.vcpus[0] + self.vcpus[1]
    }

    fn and(self, more: &Self) -> Self {
        Self {
            vcpus: [self.vcpus[0] + more.vcpus[0], self.vcpus[1] + more.vcpus[1]],
            stray: self.stray + more.stray,
            host: self.host + more.host,
            raises: self.raises + more.raises,
            lost: self.lost + more.lost,
            after_teardown: self.after_teardown + more.after_teardown,
            wakeups: self.wakeups + more.wakeups,
            vmm_syscalls: self.vmm_syscalls.zip(more.vmm_syscalls).map(|(calls, more)| calls + more),
            time: self.time + more.time,
        }
    }
}

/// Whether nothing was lost; the counts go to `lines`. A guest whose CPU loses its registers is replaced by another.
pub(super) fn run(
    bench: &Bench<'_>,
    soak: Soak,
    idle: Duration,
    alive: &dyn Fn(&str),
    lines: &mut Vec<String>,
) -> Result<bool, Failed> {
    let (mut all, mut astray) = (Soaked { vmm_syscalls: Some(0), ..Soaked::default() }, 0);
    let chip = loop {
        let left = Soak { interrupts: soak.interrupts - all.taken(), ..soak };
        let (mut one, chip, lost_at) = one(bench, left, idle, alive)?;
        if let Some(at) = lost_at {
            lines.push(format!("debug a vCPU lost its registers after {} interrupts and was at {at:#x}", one.taken()));
            one.lost = 0; // nobody was there to clear them
            astray += 1;
            clear(bench, idle)?;
        }
        all = all.and(&one);
        if lost_at.is_none() || all.taken() >= soak.interrupts {
            break chip;
        }
        if astray == MOST_ASTRAY {
            return Err(Failed::Spoilt(anyhow!(
                "{astray} guests lost their registers, after {} interrupts",
                all.taken()
            )));
        }
    };
    let path = if soak.path == Path::Resample { "resample" } else { "eoi" };
    let ([vcpu0, vcpu1], vcpus, taken) = (all.vcpus, soak.vcpus, all.taken());
    let Soaked { stray, host, raises, lost, after_teardown, wakeups, .. } = all;
    let vmm_syscalls = all.vmm_syscalls.map_or(String::new(), |calls| format!(" vmm_syscalls={calls}"));
    let us = all.time.as_micros();
    lines.push(format!(
        "chain path={path} chip={chip} vcpus={vcpus} guest_irqs={taken} vcpu0={vcpu0} vcpu1={vcpu1} stray={stray} \
         host_irqs={host} raises={raises} lost={lost} after_teardown={after_teardown} wakeups={wakeups}{vmm_syscalls} \
         astray={astray} us={us}"
    ));
    if taken == 0 {
        return Err(Failed::Spoilt(anyhow!("the guest took no interrupt at all: this says nothing about its line")));
    }
    Ok(lost == 0)
}

/// One guest, its controller, and where its CPU is if it is lost.
fn one(
    bench: &Bench<'_>,
    soak: Soak,
    idle: Duration,
    alive: &dyn Fn(&str),
) -> Result<(Soaked, &'static str, Option<u64>), Failed> {
    let Soak { path, vcpus, .. } = soak;
    let controller = if path == Path::Resample { Controller::Kernel } else { Controller::Own };
    let mut machine = Machine::new(&Setup { vcpus, ..Setup::new(controller) }).map_err(Failed::Spoilt)?;
    let function = Function::new(Forward::new(path, bench.vfio, machine.pin(), ())?);
    let trigger = function.trigger().try_clone_to_owned().context("no descriptor left")?;
    let (function, wakeups) = (Mutex::new(function), AtomicU64::new(0));
    let (stop, thread) = (Eventfd::new()?, OnceLock::new());
    let causes = Forwarded { device: bench.device, bar: &bench.bar, function: &function };
    let run = |counts: &Counts| {
        thread::scope(|scope| {
            let event_loop = scope.spawn(|| serve(&function, &trigger, &stop, &wakeups, &thread));
            let soaked = go(bench, &function, counts, soak, (&thread, &wakeups), idle, alive);
            stop.signal()?;
            event_loop.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
            let (vcpus, stray) = ([counts.taken_by(0), counts.taken_by(1)], counts.stray());
            soaked.map(|soaked| Soaked { vcpus, stray, ..soaked })
        })
    };
    let soaked = machine.run(&causes, run).map_err(Failed::Spoilt)??;
    let lost_at = if soaked.lost > 0 { machine.astray().map_err(Failed::Spoilt)? } else { None };
    Ok((soaked, machine.chip(), lost_at))
}

/// The VMM's event loop, which listens to the trigger on every path. How often it woke goes to `wakeups`.
fn serve(
    function: &Mutex<Handed<'_>>,
    trigger: &OwnedFd,
    stop: &Eventfd,
    wakeups: &AtomicU64,
    thread: &OnceLock<i32>,
) -> Result<(), Failed> {
    thread.get_or_init(|| gettid().as_raw_nonzero().get());
    loop {
        let mut fds = [PollFd::new(stop, PollFlags::IN), PollFd::new(trigger, PollFlags::IN)];
        match poll(&mut fds, None) {
            Err(io::Errno::INTR) => continue,
            result => result?,
        };
        if !fds[0].revents().is_empty() {
            return Ok(());
        }
        wakeups.fetch_add(1, Ordering::Release);
        let mut function = function.lock().unwrap_or_else(PoisonError::into_inner);
        function.ready().map_err(|failure| failure.error.errno())?;
    }
}

fn go(
    bench: &Bench<'_>,
    function: &Mutex<Handed<'_>>,
    counts: &Counts,
    soak: Soak,
    (thread, wakeups): (&OnceLock<i32>, &AtomicU64),
    idle: Duration,
    alive: &dyn Fn(&str),
) -> Result<Soaked, Failed> {
    if !within(bench.wait, || counts.ready() && thread.get().is_some()) {
        return Err(Failed::Spoilt(anyhow!("the guest did not program its controller in {:?}", bench.wait)));
    }
    let before = interrupts::count(bench.irq)?;
    input(function, Input::Enable)?;
    sleep(idle / 10); // the event loop is in poll()
    let woken = wakeups.load(Ordering::Acquire);
    let counter = Counter::new(*thread.get().context("a thread without a number")?)?;
    let start = Instant::now();
    let (raises, time) = raise(bench, counts, soak.interrupts, start, alive)?;
    // What was raised is served without another cause to push it on.
    within(bench.wait, || bench.device.pending(&bench.bar) == Ok(0));
    let lost = bench.device.pending(&bench.bar)?.count_ones();
    let vmm_syscalls = counter.as_ref().map(Counter::get).transpose()?;
    let wakeups = wakeups.load(Ordering::Acquire) - woken;
    drop(counter);
    sleep(idle / 10); // an interrupt that serves nothing may still be on its way
    let host = interrupts::count(bench.irq)? - before;
    input(function, Input::Disable)?;
    let after_teardown = if lost == 0 { after_teardown(bench, function, counts, idle)? } else { 0 };
    Ok(Soaked { host, raises, lost, after_teardown, wakeups, vmm_syscalls, time, ..Soaked::default() })
}

/// Raises causes until the guest has taken so many interrupts, or none for a cause that is up: how many, and how long that
/// took.
fn raise(
    bench: &Bench<'_>,
    counts: &Counts,
    interrupts: u32,
    start: Instant,
    alive: &dyn Fn(&str),
) -> Result<(u64, Duration), Failed> {
    let (device, bar, stop) = (bench.device, &bench.bar, AtomicBool::new(false));
    thread::scope(|scope| {
        let raiser = scope.spawn(|| raise_at_random(device, bar, &stop));
        let watched = watch(bench, counts, interrupts, alive);
        stop.store(true, Ordering::Release);
        let raises = raiser.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        watched.map(|()| (raises, start.elapsed()))
    })
}

fn watch(bench: &Bench<'_>, counts: &Counts, interrupts: u32, alive: &dyn Fn(&str)) -> Result<(), Failed> {
    let (mut taken, mut last, mut said) = (0, Instant::now(), Instant::now());
    while taken < interrupts {
        sleep(LOOK);
        let now = counts.taken();
        if now != taken || bench.device.pending(&bench.bar)? == 0 {
            (taken, last) = (now, Instant::now());
        } else if last.elapsed() > bench.wait {
            return Ok(());
        }
        if said.elapsed() > SAY {
            alive(&format!("progress guest_irqs={now}"));
            said = Instant::now();
        }
    }
    Ok(())
}

fn raise_at_random(device: &dyn Device, bar: &Bar<'_>, stop: &AtomicBool) -> io::Result<u64> {
    let (mut random, mut raises) = (Random(SEED), 0);
    while !stop.load(Ordering::Acquire) {
        let cause = 1 + (random.next() >> 63) as u8;
        device.raise(bar, device.bit(cause))?;
        raises += 1;
        let (pause, start) = (random.pause(), Instant::now());
        if pause > SPUN {
            sleep(pause);
        }
        while start.elapsed() < pause {
            yield_now();
        }
    }
    Ok(raises)
}

/// What comes of a cause that is raised now.
fn after_teardown(
    bench: &Bench<'_>,
    function: &Mutex<Handed<'_>>,
    counts: &Counts,
    idle: Duration,
) -> Result<u64, Failed> {
    let (taken, host) = (counts.taken(), interrupts::count(bench.irq)?);
    bench.raise(1)?;
    sleep(idle);
    let came = u64::from(counts.taken() - taken) + (interrupts::count(bench.irq)? - host);
    let signals = function.lock().unwrap_or_else(PoisonError::into_inner).forward().take()?;
    clear(bench, idle)?;
    Ok(came + signals)
}

/// Clears every cause while the line is set up: QEMU's IO-APIC keeps a level that falls while nobody has requested it.
fn clear(bench: &Bench<'_>, idle: Duration) -> Result<(), Failed> {
    bench.enable()?;
    bench.clear(1)?;
    bench.clear(2)?;
    sleep(idle / 10); // what it has interrupted for is signalled
    bench.take()?;
    bench.disable()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_are_short_and_long() {
        let mut random = Random(SEED);
        let pauses: Vec<Duration> = (0..10_000).map(|_| random.pause()).collect();
        let spun = pauses.iter().filter(|&&pause| pause <= SPUN).count();
        assert!((7_000..9_500).contains(&spun), "{spun} of 10000");
        assert!(pauses.iter().all(|&pause| pause < Duration::from_nanos(1 << PAUSE_BITS)));
        assert!(pauses.iter().any(|&pause| pause > Duration::from_millis(1)));
    }
}
