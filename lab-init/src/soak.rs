//! The chain under causes at random times: nobody waits for anybody, and the guest's line wanders between its vCPUs.

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread::{self, sleep, yield_now};
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};
use eoi_forward::vfio::Bar;
use eoi_forward::{Eventfd, Forward, Function};
use eoi_intx::{Input, Path};
use eoi_kvm_guest::device::Device;
use eoi_kvm_guest::guest::{self, Controller, Machine, Setup};
use eoi_kvm_guest::host_irq;
use eoi_lab_protocol::{Cause, Counts, Key, Message, Soak, SoakPath, Vcpus};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io;
use rustix::thread::gettid;

use crate::bench::{Bench, bit};
use crate::failed::Failed;
use crate::handed::{Handed, Reached, input, within};
use crate::random::Random;
use crate::syscalls::Counter;

/// How often the guest's counts are looked at.
const LOOK: Duration = Duration::from_millis(5);
/// How often it is told how far it is.
const SAY: Duration = Duration::from_secs(20);
/// Longer pauses are slept and not spun away, so that the guest has the CPU.
const SPUN: Duration = Duration::from_micros(60);
/// Guests that may lose their registers in one case.
const MOST_ASTRAY: u32 = 20;
/// The counts of one guest or of several.
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

    fn counts(&self, soak: Soak, chip: &str) -> Counts {
        let Self {
            vcpus: [vcpu0, vcpu1],
            stray,
            host,
            raises,
            lost,
            after_teardown,
            wakeups,
            ..
        } = *self;
        let counts = Counts::new()
            .with_word(Key::Path, soak.path.name())
            .with_word(Key::Chip, chip)
            .with_word(Key::Vcpus, soak.vcpus.name())
            .with(Key::GuestIrqs, self.taken().into())
            .with(Key::Vcpu0, vcpu0.into())
            .with(Key::Vcpu1, vcpu1.into())
            .with(Key::Stray, stray.into())
            .with(Key::HostIrqs, host)
            .with(Key::Raises, raises)
            .with(Key::Lost, lost.into())
            .with(Key::AfterTeardown, after_teardown)
            .with(Key::Wakeups, wakeups)
            .with(Key::Us, self.time.as_micros() as u64);
        match self.vmm_syscalls {
            Some(calls) => counts.with(Key::VmmSyscalls, calls),
            None => counts,
        }
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
            vmm_syscalls: self
                .vmm_syscalls
                .zip(more.vmm_syscalls)
                .map(|(calls, more)| calls + more),
            time: self.time + more.time,
        }
    }
}

/// Whether nothing was lost; the counts go to `messages`. A guest whose CPU loses its registers is replaced by another.
pub fn run(
    bench: &Bench<'_>,
    soak: Soak,
    idle: Duration,
    alive: &dyn Fn(Counts),
    messages: &mut Vec<Message>,
) -> Result<bool, Failed> {
    let (mut all, mut astray) = (
        Soaked {
            vmm_syscalls: Some(0),
            ..Soaked::default()
        },
        0,
    );
    let wanted = soak.interrupts.get();
    let chip = loop {
        let one = One {
            bench,
            soak,
            interrupts: wanted - all.taken(),
            idle,
            alive,
        };
        let (mut soaked, chip, lost_at) = one.run()?;
        if let Some(at) = lost_at {
            let lost = format!(
                "a vCPU lost its registers after {} interrupts and was at {at:#x}",
                soaked.taken()
            );
            messages.push(Message::Debug(lost.as_str().into()));
            soaked.lost = 0; // nobody was there to clear them
            astray += 1;
            clear(bench, idle)?;
        }
        all = all.and(&soaked);
        if lost_at.is_none() || all.taken() >= wanted {
            break chip;
        }
        if astray == MOST_ASTRAY {
            let taken = all.taken();
            return Err(Failed::Spoilt(anyhow!(
                "{astray} guests lost their registers, after {taken} interrupts"
            )));
        }
    };
    messages.push(Message::Chain(
        all.counts(soak, chip).with(Key::Astray, astray.into()),
    ));
    if all.taken() == 0 {
        return Err(Failed::Spoilt(anyhow!(
            "the guest took no interrupt at all: this says nothing about its line"
        )));
    }
    Ok(all.lost == 0)
}

/// One guest, until it has taken its interrupts or is lost.
struct One<'a, 'b> {
    bench: &'a Bench<'b>,
    soak: Soak,
    interrupts: u32,
    idle: Duration,
    alive: &'a dyn Fn(Counts),
}

impl One<'_, '_> {
    /// The counts, the guest's controller, and where its CPU is if it is lost.
    fn run(&self) -> Result<(Soaked, &'static str, Option<u64>), Failed> {
        let Self { bench, soak, .. } = *self;
        let (path, controller) = match soak.path {
            SoakPath::Resample => (Path::Resample, Controller::Kernel),
            SoakPath::Eoi => (Path::Eoi, Controller::Own),
        };
        let vcpus = match soak.vcpus {
            Vcpus::One => guest::Vcpus::One,
            Vcpus::Two => guest::Vcpus::Two,
        };
        let mut machine = Machine::new(&Setup {
            vcpus,
            ..Setup::new(controller)
        })
        .map_err(Failed::Spoilt)?;
        let function = Function::new(Forward::new(path, bench.vfio, machine.pin(), ())?);
        let trigger = function
            .trigger()
            .try_clone_to_owned()
            .context("no descriptor left")?;
        let (function, trigger) = (Mutex::new(function), Eventfd::from(trigger));
        let causes = Reached {
            device: bench.device,
            bar: &bench.bar,
            function: &function,
        };
        let event_loop = EventLoop::new(&function, &trigger)?;
        let run = |counts: &guest::Counts| {
            thread::scope(|scope| {
                let thread = scope.spawn(|| event_loop.serve());
                let soaked = self.go(&event_loop, counts);
                event_loop.stop.signal()?;
                thread.join().unwrap_or_else(|panic| resume_unwind(panic))?;
                let (vcpus, stray) = ([counts.taken_by(0), counts.taken_by(1)], counts.stray());
                soaked.map(|soaked| Soaked {
                    vcpus,
                    stray,
                    ..soaked
                })
            })
        };
        let soaked = machine.run(&causes, run).map_err(Failed::Spoilt)??;
        let lost_at = if soaked.lost > 0 {
            machine.astray().map_err(Failed::Spoilt)?
        } else {
            None
        };
        Ok((soaked, machine.chip(), lost_at))
    }

    fn go(&self, event_loop: &EventLoop<'_, '_>, counts: &guest::Counts) -> Result<Soaked, Failed> {
        let Self { bench, idle, .. } = *self;
        let EventLoop {
            function,
            thread,
            wakeups,
            ..
        } = event_loop;
        if !within(bench.wait, || counts.ready() && thread.get().is_some()) {
            return Err(Failed::Spoilt(anyhow!(
                "the guest did not program its controller in {:?}",
                bench.wait
            )));
        }
        let before = host_irq::count(bench.irq)?;
        input(function, Input::Enable)?;
        sleep(idle / 10); // the event loop is in poll()
        let woken = wakeups.load(Ordering::Acquire);
        let counter = Counter::new(*thread.get().context("a thread without a number")?)?;
        let start = Instant::now();
        let (raises, time) = self.raise(counts, start)?;
        // The causes that were raised are served without another cause to push them on.
        within(bench.wait, || bench.device.pending(&bench.bar) == Ok(0));
        let lost = bench.device.pending(&bench.bar)?.count_ones();
        let vmm_syscalls = counter.as_ref().map(Counter::get).transpose()?;
        let wakeups = wakeups.load(Ordering::Acquire) - woken;
        drop(counter);
        sleep(idle / 10); // an interrupt that serves nothing may still be on its way
        let host = host_irq::count(bench.irq)? - before;
        input(function, Input::Disable)?;
        let after_teardown = if lost == 0 {
            self.after_teardown(event_loop.trigger, counts)?
        } else {
            0
        };
        Ok(Soaked {
            host,
            raises,
            lost,
            after_teardown,
            wakeups,
            vmm_syscalls,
            time,
            ..Soaked::default()
        })
    }

    /// Raises causes until the guest has taken its interrupts, or none for a cause that is up: how many, and how long that took.
    fn raise(&self, counts: &guest::Counts, start: Instant) -> Result<(u64, Duration), Failed> {
        let (device, bar, stop) = (self.bench.device, &self.bench.bar, AtomicBool::new(false));
        thread::scope(|scope| {
            let raiser = scope.spawn(|| raise_at_random(device, bar, &stop));
            let watched = self.watch(counts);
            stop.store(true, Ordering::Release);
            let raises = raiser.join().unwrap_or_else(|panic| resume_unwind(panic))?;
            watched.map(|()| (raises, start.elapsed()))
        })
    }

    fn watch(&self, counts: &guest::Counts) -> Result<(), Failed> {
        let bench = self.bench;
        let (mut taken, mut last, mut said) = (0, Instant::now(), Instant::now());
        while taken < self.interrupts {
            sleep(LOOK);
            let now = counts.taken();
            if now != taken || bench.device.pending(&bench.bar)? == 0 {
                (taken, last) = (now, Instant::now());
            } else if last.elapsed() > bench.wait {
                return Ok(());
            }
            if said.elapsed() > SAY {
                (self.alive)(Counts::new().with(Key::GuestIrqs, now.into()));
                said = Instant::now();
            }
        }
        Ok(())
    }

    /// Interrupts and signals for a cause that is raised now.
    fn after_teardown(&self, trigger: &Eventfd, counts: &guest::Counts) -> Result<u64, Failed> {
        let Self { bench, idle, .. } = *self;
        let (taken, host) = (counts.taken(), host_irq::count(bench.irq)?);
        bench.raise(Cause::One)?;
        sleep(idle);
        let came = u64::from(counts.taken() - taken) + (host_irq::count(bench.irq)? - host);
        let signals = trigger.take()?;
        clear(bench, idle)?;
        Ok(came + signals)
    }
}

/// The VMM's event loop, which listens to the trigger on every path.
struct EventLoop<'a, 'v> {
    function: &'a Mutex<Handed<'v>>,
    trigger: &'a Eventfd,
    stop: Eventfd,
    /// How often it woke.
    wakeups: AtomicU64,
    /// The kernel's number of its thread.
    thread: OnceLock<i32>,
}

impl<'a, 'v> EventLoop<'a, 'v> {
    fn new(function: &'a Mutex<Handed<'v>>, trigger: &'a Eventfd) -> io::Result<Self> {
        Ok(Self {
            function,
            trigger,
            stop: Eventfd::new()?,
            wakeups: AtomicU64::new(0),
            thread: OnceLock::new(),
        })
    }

    fn serve(&self) -> Result<(), Failed> {
        self.thread.get_or_init(|| gettid().as_raw_nonzero().get());
        loop {
            let mut fds = [
                PollFd::new(&self.stop, PollFlags::IN),
                PollFd::new(self.trigger, PollFlags::IN),
            ];
            match poll(&mut fds, None) {
                Err(io::Errno::INTR) => continue,
                result => result?,
            };
            if !fds[0].revents().is_empty() {
                return Ok(());
            }
            self.wakeups.fetch_add(1, Ordering::Release);
            let mut function = self.function.lock().unwrap_or_else(PoisonError::into_inner);
            function.ready().map_err(|failure| failure.error.errno())?;
        }
    }
}

fn raise_at_random(device: &dyn Device, bar: &Bar<'_>, stop: &AtomicBool) -> io::Result<u64> {
    let (mut random, mut raises) = (Random::new(), 0);
    while !stop.load(Ordering::Acquire) {
        let cause = if random.next() >> 63 == 0 {
            Cause::One
        } else {
            Cause::Two
        };
        device.raise(bar, bit(device, cause))?;
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

/// Clears every cause while the line is set up: QEMU's IO-APIC keeps a level that falls while nobody has requested it.
fn clear(bench: &Bench<'_>, idle: Duration) -> Result<(), Failed> {
    bench.enable()?;
    bench.clear(Cause::One)?;
    bench.clear(Cause::Two)?;
    sleep(idle / 10); // what it has interrupted for is signalled
    bench.take()?;
    bench.disable()
}
