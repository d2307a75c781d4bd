//! The whole chain in one machine: VFIO's trigger raises KVM's line, and the guest's EOI is VFIO's unmask.

use std::sync::{Mutex, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::anyhow;
use eoi_intx::{Input, Path};
use rustix::io::{self, Errno};

use super::bench::Bench;
use super::plan::Step;
use super::steps::Failed;
use super::{interrupts, soak};
use crate::device::Device;
use crate::eventfd::Eventfd;
use crate::forward::{Forward, Hypervisor};
use crate::function::Function;
use crate::kvm::guest::{Causes, Controller, Counts, Machine, Pin, Setup};
use crate::vfio::{self, Bar};

/// How often the guest's counts are looked at; a thread that spins would take the only CPU from the guest.
const LOOK: Duration = Duration::from_micros(50);

/// The function that is handed to the guest.
pub(super) type Handed<'a> = Function<&'a vfio::Device, Pin>;

/// The function as the guest reaches it.
pub(super) struct Forwarded<'a, 'v> {
    pub device: &'static dyn Device,
    pub bar: &'a Bar<'a>,
    pub function: &'a Mutex<Handed<'v>>,
}

impl Causes for Forwarded<'_, '_> {
    fn pending(&self) -> io::Result<u32> {
        self.device.pending(self.bar)
    }

    fn clear(&self, bits: u32) -> io::Result<()> {
        self.device.clear(self.bar, bits)?;
        self.device.pending(self.bar).map(drop) // before the guest's EOI
    }

    fn eoi(&self) -> io::Result<()> {
        input(self.function, Input::Eoi)
    }
}

/// What the rounds came to.
#[derive(Default)]
struct Rounds {
    delivered: u32,
    resampled: u64,
    refired: u32,
    quiet: bool,
    taken: u32,
    stray: u32,
    done: u32,
}

/// A second irqfd on the guest's line, which nothing triggers: KVM's EOI writes every resamplefd of a line
/// (`irqfd_resampler_ack`), and VFIO reads its own away.
struct Probe {
    trigger: Eventfd,
    resample: Eventfd,
}

impl Probe {
    fn new(mut pin: Pin) -> io::Result<Self> {
        let probe = Self { trigger: Eventfd::new()?, resample: Eventfd::new()? };
        pin.wire(&probe.trigger, Some(&probe.resample))?;
        Ok(probe)
    }

    /// The guest's EOIs that KVM saw since the last time.
    fn take(&self) -> io::Result<u64> {
        self.resample.take()
    }
}

/// Does the step. INTx is set up and torn down by the machine. Whether all of it came; the counts go to `lines`.
pub(super) fn run(
    bench: &Bench<'_>,
    step: Step,
    idle: Duration,
    alive: &dyn Fn(&str),
    lines: &mut Vec<String>,
) -> Result<bool, Failed> {
    match step {
        Step::Kvm { rounds, again } => rounds_of(bench, rounds, again, idle, lines),
        Step::Soak(soak) => soak::run(bench, soak, idle, alive, lines),
        step => Err(Failed::Spoilt(anyhow!("{} needs no KVM", step.word()))),
    }
}

/// `rounds` causes, of each of which the guest EOIs `again` interrupts before it clears it.
fn rounds_of(
    bench: &Bench<'_>,
    rounds: u32,
    again: u32,
    idle: Duration,
    lines: &mut Vec<String>,
) -> Result<bool, Failed> {
    let mut machine = Machine::new(&Setup { again, ..Setup::new(Controller::Kernel) }).map_err(Failed::Spoilt)?;
    let (chip, path) = (machine.chip(), Path::Resample);
    let probe = Probe::new(machine.pin())?;
    let forward = Forward::new(path, bench.vfio, machine.pin(), ())?;
    let function = Mutex::new(Function::new(forward));
    let causes = Forwarded { device: bench.device, bar: &bench.bar, function: &function };
    let (before, start) = (interrupts::count(bench.irq)?, Instant::now());
    let work = |counts: &Counts| go(bench, &function, counts, &probe, rounds, idle);
    let went = machine.run(&causes, work).map_err(Failed::Spoilt)??;
    let (us, host) = (start.elapsed().as_micros(), interrupts::count(bench.irq)? - before);
    let Rounds { delivered, resampled, refired, quiet, taken, stray, done } = went;
    let quiet_bit = u8::from(quiet);
    lines.push(format!(
        "chain delivered={delivered} resampled={resampled} refired={refired} quiet={quiet_bit} guest_irqs={taken} \
         stray={stray} host_irqs={host} rounds={done} chip={chip} us={us}"
    ));
    if taken == 0 {
        return Err(Failed::Spoilt(anyhow!(
            "the guest took no interrupt at all and irq {} was taken {host} times: this says nothing about its line",
            bench.irq
        )));
    }
    if done < rounds || resampled < u64::from(taken) {
        if let Some(at) = machine.astray().map_err(Failed::Spoilt)? {
            return Err(Failed::Spoilt(anyhow!(
                "the guest's CPU lost its registers and was at {at:#x}; see `Machine::astray`"
            )));
        }
        return Ok(false);
    }
    Ok(true) // whether more came than should, the search says
}

fn go(
    bench: &Bench<'_>,
    function: &Mutex<Handed<'_>>,
    counts: &Counts,
    probe: &Probe,
    rounds: u32,
    idle: Duration,
) -> Result<Rounds, Failed> {
    let mut went = Rounds::default();
    if !within(bench.wait, || counts.ready()) {
        return Err(Failed::Spoilt(anyhow!("the guest did not program its controller in {:?}", bench.wait)));
    }
    input(function, Input::Enable)?;
    while went.done < rounds {
        let (taken, stray) = (counts.taken(), counts.stray());
        bench.device.raise(&bench.bar, bench.device.bit(1))?;
        bench.device.pending(&bench.bar)?; // a posted write has come to the device when a read comes back
        let served = within(bench.wait, || counts.cleared() > went.done);
        let came = (counts.taken() - taken).saturating_sub(counts.stray() - stray);
        went.delivered += came.min(1);
        went.refired += came.saturating_sub(1);
        went.resampled += probe.take()?;
        (went.taken, went.stray) = (counts.taken(), counts.stray());
        if !served {
            return Ok(went);
        }
        went.done += 1;
    }
    let host = interrupts::count(bench.irq)?;
    sleep(idle);
    went.resampled += probe.take()?;
    went.quiet = counts.taken() == went.taken && interrupts::count(bench.irq)? == host;
    (went.taken, went.stray) = (counts.taken(), counts.stray());
    input(function, Input::Disable)?;
    Ok(went)
}

/// Tells the machine. A system call that is refused is the case's end, as in a step.
pub(super) fn input(function: &Mutex<Handed<'_>>, input: Input) -> Result<(), Errno> {
    let mut function = function.lock().unwrap_or_else(PoisonError::into_inner);
    function.input(input).map_err(|failure| failure.error.errno())
}

/// Whether it comes to be, looking again and again.
pub(super) fn within(longest: Duration, mut is: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    loop {
        if is() {
            return true;
        }
        if start.elapsed() > longest {
            return false;
        }
        sleep(LOOK);
    }
}
