//! The line of the demonstration: what vfio-pci does for a device, done by this process.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use eoi_forward::{Eventfd, Hypervisor};
use eoi_intx::{Action, Backend, Input, Intx, Path, drive};
use eoi_kvm_guest::guest::{Causes, Controller, Counts, Machine, Pin, Setup, Vcpus};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::{self, Errno};

use super::table::Row;

/// The time that one interrupt may take; a guest in an emulated machine takes milliseconds.
const LONGEST: Duration = Duration::from_secs(10);

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The device and its mask.
#[derive(Default)]
struct Line {
    is_set_up: bool,
    is_masked: bool,
    /// Since when the cause is up.
    cause: Option<Instant>,
    /// The time that the last one took.
    served: Option<Duration>,
}

/// The host's side of the line.
struct Host {
    line: Mutex<Line>,
    cleared: Condvar,
    trigger: Eventfd,
}

impl Host {
    /// Changes something; the line interrupts if it has to, and masks itself.
    fn change(&self, change: impl FnOnce(&mut Line)) -> io::Result<()> {
        let mut line = lock(&self.line);
        change(&mut line);
        if line.is_set_up && !line.is_masked && line.cause.is_some() {
            line.is_masked = true;
            self.trigger.signal()?;
        }
        Ok(())
    }

    fn unmask(&self) -> io::Result<()> {
        self.change(|line| line.is_masked = false)
    }

    /// Raises the cause, and waits until the guest has cleared it: what that took.
    fn round(&self) -> Result<Duration> {
        self.change(|line| line.cause = Some(Instant::now()))?;
        let line = self
            .cleared
            .wait_timeout_while(lock(&self.line), LONGEST, |line| line.served.is_none());
        let (mut line, _) = line.unwrap_or_else(PoisonError::into_inner);
        line.served
            .take()
            .context("the guest did not serve a cause in 10 s: the line is dead")
    }
}

/// The actions of the machine so far.
struct Doer {
    host: Arc<Host>,
    pin: Pin,
    resample: Option<Eventfd>,
    calls: Arc<AtomicU64>,
}

impl Backend for Doer {
    type Error = Errno;

    fn act(&mut self, action: Action) -> io::Result<()> {
        // An action that would be a system call over VFIO counts as one. The VMM's own controller hears of a fall
        // without one.
        if action != Action::Deassert {
            self.calls.fetch_add(1, Ordering::Relaxed);
        }
        match action {
            Action::Assert => self.pin.set_line(true),
            Action::Deassert => self.pin.set_line(false),
            Action::Unmask => self.host.unmask(),
            Action::EnableIntx => self
                .host
                .change(|line| (line.is_set_up, line.is_masked) = (true, false)),
            Action::DisableIntx => self.host.change(|line| line.is_set_up = false),
            Action::Wire => self.pin.wire(&self.host.trigger, self.resample.as_ref()),
            Action::Unwire => self.pin.unwire(&self.host.trigger),
            Action::Drain => self.host.trigger.take().map(drop),
            _ => Err(Errno::OPNOTSUPP), // nothing here asks for it
        }
    }
}

/// The function under the VMM's lock.
type Vmm = Mutex<(Intx, Doer)>;

fn input(vmm: &Vmm, input: Input) -> io::Result<()> {
    let (machine, doer) = &mut *lock(vmm);
    drive(machine, input, doer).map_err(|failure| failure.error)
}

/// The device as the guest reaches it.
struct Reached<'a> {
    host: &'a Host,
    vmm: &'a Vmm,
}

impl Causes for Reached<'_> {
    fn pending(&self) -> io::Result<u32> {
        Ok(lock(&self.host.line).cause.is_some().into())
    }

    fn clear(&self, _: u32) -> io::Result<()> {
        let mut line = lock(&self.host.line);
        line.served = line.cause.take().map(|since| since.elapsed());
        self.host.cleared.notify_one();
        Ok(())
    }

    fn eoi(&self) -> io::Result<()> {
        input(self.vmm, Input::Eoi)
    }
}

/// Does `work` whenever `eventfd` is signalled, until `stop` is.
fn serve(
    eventfd: &Eventfd,
    stop: &Eventfd,
    mut work: impl FnMut() -> io::Result<()>,
) -> io::Result<()> {
    loop {
        let mut fds = [
            PollFd::new(stop, PollFlags::IN),
            PollFd::new(eventfd, PollFlags::IN),
        ];
        match poll(&mut fds, None) {
            Err(Errno::INTR) => continue,
            result => result?,
        };
        if !fds[0].revents().is_empty() {
            return Ok(());
        }
        if eventfd.take()? > 0 {
            work()?;
        }
    }
}

/// All four.
pub(super) fn rows(rounds: u32) -> Result<Vec<Row>> {
    let ways = [
        ("resample", Path::Resample, Controller::Kernel),
        ("eoi", Path::Eoi, Controller::Own),
    ];
    let mut rows = Vec::new();
    for (name, path, controller) in ways {
        for vcpus in [Vcpus::One, Vcpus::Two] {
            let setup = Setup {
                vcpus,
                ..Setup::new(controller)
            };
            let row = row(name, path, &setup, rounds);
            rows.push(
                row.with_context(|| format!("the path {name} with {} vCPUs", vcpus.count()))?,
            );
        }
    }
    Ok(rows)
}

fn row(name: &'static str, path: Path, setup: &Setup, rounds: u32) -> Result<Row> {
    let mut machine = Machine::new(setup)?;
    let chip = machine.chip();
    let calls = Arc::new(AtomicU64::new(0));
    let host = Arc::new(Host {
        line: Mutex::default(),
        cleared: Condvar::new(),
        trigger: Eventfd::new()?,
    });
    let (resample, stop) = (Eventfd::new()?, Eventfd::new()?);
    let shared = (path == Path::Resample)
        .then(|| resample.try_clone())
        .transpose()?;
    let doer = Doer {
        host: Arc::clone(&host),
        pin: machine.pin(),
        resample: shared,
        calls: Arc::clone(&calls),
    };
    let vmm = Mutex::new((Intx::new(path), doer));
    let work = |counts: &Counts| {
        thread::scope(|scope| {
            // With resample this thread is vfio-pci, which unmasks by itself; without, it is the VMM's event loop.
            let thread = scope.spawn(|| match path {
                Path::Resample => serve(&resample, &stop, || host.unmask()),
                _ => serve(&host.trigger, &stop, || {
                    calls.fetch_add(2, Ordering::Relaxed); // poll and read
                    input(&vmm, Input::Trigger)
                }),
            });
            let went = all(&host, &vmm, counts, &calls, rounds);
            stop.signal()?;
            thread.join().map_err(|_| anyhow!("a thread panicked"))??;
            went
        })
    };
    let (times, calls, interrupts) = machine.run(
        &Reached {
            host: &host,
            vmm: &vmm,
        },
        work,
    )??;
    let at = |hundredths: usize| times[(times.len() * hundredths / 100).min(times.len() - 1)];
    Ok(Row {
        path: name,
        chip,
        vcpus: setup.vcpus.count(),
        interrupts,
        half: at(50),
        most: at(99),
        calls,
    })
}

/// The time of each, in ascending order; the VMM's system calls, without setting up and tearing down; the interrupts.
fn all(
    host: &Host,
    vmm: &Vmm,
    counts: &Counts,
    calls: &AtomicU64,
    rounds: u32,
) -> Result<(Vec<Duration>, u64, u32)> {
    until(|| counts.ready()).context("the guest does not program its controller")?;
    input(vmm, Input::Enable).context("setting up")?;
    let before = calls.load(Ordering::Relaxed);
    let mut times = (0..rounds.max(1))
        .map(|_| host.round())
        .collect::<Result<Vec<_>>>()?;
    until(|| counts.cleared() >= rounds).context("the guest does not end its last interrupt")?;
    let calls = calls.load(Ordering::Relaxed) - before;
    input(vmm, Input::Disable).context("tearing down")?;
    times.sort_unstable();
    Ok((times, calls, counts.taken()))
}

fn until(is: impl Fn() -> bool) -> Result<()> {
    let start = Instant::now();
    while !is() {
        if start.elapsed() > LONGEST {
            bail!("not in {LONGEST:?}");
        }
        thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}
