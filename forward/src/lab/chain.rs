//! The whole chain in one machine: VFIO's trigger raises KVM's line, and the guest's EOI is VFIO's unmask.

use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};
use rustix::fd::AsFd;
use rustix::io;

use super::bench::Bench;
use super::interrupts;
use super::steps::Failed;
use crate::Eventfd;
use crate::device::Device;
use crate::kvm::{Causes, Counts, Machine};
use crate::vfio::Bar;

/// How often the guest's counts are looked at; a thread that spins would take the only CPU from the guest.
const LOOK: Duration = Duration::from_micros(50);

/// The function as the guest reaches it.
struct Forwarded<'a> {
    device: &'static dyn Device,
    bar: &'a Bar<'a>,
}

impl Causes for Forwarded<'_> {
    fn pending(&self) -> io::Result<u32> {
        self.device.pending(self.bar)
    }

    fn clear(&self, bits: u32) -> io::Result<()> {
        self.device.clear(self.bar, bits)?;
        self.device.pending(self.bar).map(drop) // before the guest's EOI
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
    fn new() -> io::Result<Self> {
        Ok(Self { trigger: Eventfd::new()?, resample: Eventfd::new()? })
    }

    /// The guest's EOIs that KVM saw since the last time.
    fn take(&self) -> io::Result<u64> {
        self.resample.take()
    }
}

/// `rounds` causes, of each of which the guest EOIs `again` interrupts before it clears it; INTx is set up with both
/// eventfds. Whether all of it came; the counts go to `lines`.
pub(super) fn run(
    bench: &Bench<'_>,
    rounds: u32,
    again: u32,
    idle: Duration,
    lines: &mut Vec<String>,
) -> Result<bool, Failed> {
    let machine = Machine::new(again).map_err(Failed::Spoilt)?;
    let chip = machine.chip();
    let unmask = bench.unmask_eventfd().context("the chain unmasks through an eventfd")?;
    let probe = Probe::new()?;
    machine.wire(probe.trigger.as_fd(), probe.resample.as_fd()).map_err(Failed::Spoilt)?;
    machine.wire(bench.trigger.as_fd(), unmask).map_err(Failed::Spoilt)?;
    let function = Forwarded { device: bench.device, bar: &bench.bar };
    let (before, start) = (interrupts::count(bench.irq)?, Instant::now());
    let went = machine.run(&function, |counts| go(bench, counts, &probe, rounds, idle)).map_err(Failed::Spoilt)??;
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
        return Ok(false);
    }
    if stray != 0 || !quiet || resampled != u64::from(taken) {
        return Err(Failed::Spoilt(anyhow!(
            "more came than should: {taken} guest interrupts, {stray} of them without a cause, and {resampled} resamples \
             in {rounds} rounds of {}; quiet={quiet_bit}",
            u64::from(again) + 1
        )));
    }
    Ok(true)
}

fn go(bench: &Bench<'_>, counts: &Counts, probe: &Probe, rounds: u32, idle: Duration) -> Result<Rounds, Failed> {
    let mut went = Rounds::default();
    if !within(bench.wait, || counts.ready()) {
        return Err(Failed::Spoilt(anyhow!("the guest did not program its controller in {:?}", bench.wait)));
    }
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
    Ok(went)
}

fn within(longest: Duration, mut is: impl FnMut() -> bool) -> bool {
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
