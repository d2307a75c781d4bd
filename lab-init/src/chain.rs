//! The whole chain in one machine: VFIO's trigger raises KVM's line, and the guest's EOI is VFIO's unmask.

use std::sync::Mutex;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::anyhow;
use eoi_forward::{Eventfd, Forward, Function, Hypervisor};
use eoi_intx::{Input, Path};
use eoi_kvm_guest::guest::{Controller, Counts as Guest, Machine, Pin, Setup};
use eoi_kvm_guest::host_irq;
use eoi_lab_protocol::{Cause, Counts, Key, Message};
use rustix::io;

use crate::bench::{Bench, bit};
use crate::failed::Failed;
use crate::handed::{Handed, Reached, input, within};

/// The counts of the rounds.
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

impl Rounds {
    fn counts(&self) -> Counts {
        let Self {
            delivered,
            resampled,
            refired,
            quiet,
            taken,
            stray,
            done,
        } = *self;
        Counts::new()
            .with(Key::Delivered, delivered.into())
            .with(Key::Resampled, resampled)
            .with(Key::Refired, refired.into())
            .with(Key::Quiet, quiet.into())
            .with(Key::GuestIrqs, taken.into())
            .with(Key::Stray, stray.into())
            .with(Key::Rounds, done.into())
    }
}

/// A second irqfd on the guest's line, which nothing triggers: KVM's EOI writes every resamplefd of a line
/// (`irqfd_resampler_ack`), and VFIO reads its own away.
struct Probe {
    trigger: Eventfd,
    resample: Eventfd,
}

impl Probe {
    fn new(mut pin: Pin) -> io::Result<Self> {
        let probe = Self {
            trigger: Eventfd::new()?,
            resample: Eventfd::new()?,
        };
        pin.wire(&probe.trigger, Some(&probe.resample))?;
        Ok(probe)
    }

    /// The guest's EOIs that KVM saw since the last time.
    fn take(&self) -> io::Result<u64> {
        self.resample.take()
    }
}

/// Raises `rounds` causes. The guest ends `again` interrupts of each before it clears the cause. Whether all of it came; the counts go
/// to `messages`. The machine sets INTx up and tears it down.
pub fn run(
    bench: &Bench<'_>,
    rounds: u32,
    again: u32,
    idle: Duration,
    messages: &mut Vec<Message>,
) -> Result<bool, Failed> {
    let mut machine = Machine::new(&Setup {
        again,
        ..Setup::new(Controller::Kernel)
    })
    .map_err(Failed::Spoilt)?;
    let (chip, path) = (machine.chip(), Path::Resample);
    let probe = Probe::new(machine.pin())?;
    let forward = Forward::new(path, bench.vfio, machine.pin(), ())?;
    let function = Mutex::new(Function::new(forward));
    let causes = Reached {
        device: bench.device,
        bar: &bench.bar,
        function: &function,
    };
    let (before, start) = (host_irq::count(bench.irq)?, Instant::now());
    let work = |counts: &Guest| go(bench, &function, counts, &probe, rounds, idle);
    let went = machine.run(&causes, work).map_err(Failed::Spoilt)??;
    let (us, host) = (
        start.elapsed().as_micros() as u64,
        host_irq::count(bench.irq)? - before,
    );
    messages.push(Message::Chain(
        went.counts()
            .with(Key::HostIrqs, host)
            .with_word(Key::Chip, chip)
            .with(Key::Us, us),
    ));
    let Rounds {
        resampled,
        taken,
        done,
        ..
    } = went;
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
    counts: &Guest,
    probe: &Probe,
    rounds: u32,
    idle: Duration,
) -> Result<Rounds, Failed> {
    let mut went = Rounds::default();
    if !within(bench.wait, || counts.ready()) {
        return Err(Failed::Spoilt(anyhow!(
            "the guest did not program its controller in {:?}",
            bench.wait
        )));
    }
    input(function, Input::Enable)?;
    while went.done < rounds {
        let (taken, stray) = (counts.taken(), counts.stray());
        bench
            .device
            .raise(&bench.bar, bit(bench.device, Cause::One))?;
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
    let host = host_irq::count(bench.irq)?;
    sleep(idle);
    went.resampled += probe.take()?;
    went.quiet = counts.taken() == went.taken && host_irq::count(bench.irq)? == host;
    (went.taken, went.stray) = (counts.taken(), counts.stray());
    input(function, Input::Disable)?;
    Ok(went)
}
