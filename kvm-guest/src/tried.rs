//! A kernel's KVM, tried: does it do what it claims?

use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use eoi_forward::{Eventfd, Hypervisor};

use crate::guest::{Causes, Controller, Counts, Ends, Machine, Pin, Setup};

/// The time that an interrupt may take; a guest in an emulated machine takes milliseconds.
const LONGEST: Duration = Duration::from_secs(10);
/// How long an EOI that KVM has seen may take to come out of the eventfd: it is written before the vCPU goes on.
const NOTIFIED: Duration = Duration::from_secs(1);
/// How long silence is listened to.
const SILENT: Duration = Duration::from_millis(50);

/// One cause.
struct One(AtomicU32);

impl Causes for One {
    fn pending(&self) -> eoi_forward::Result<u32> {
        Ok(self.0.load(Ordering::SeqCst))
    }

    fn clear(&self, bits: u32) -> eoi_forward::Result<()> {
        self.0.fetch_and(!bits, Ordering::SeqCst);
        Ok(())
    }
}

/// Tries it: whether this KVM's controller resamples when a guest ends a level interrupt.
///
/// # Errors
/// There is no KVM, or its guest took no interrupt at all.
pub fn acks() -> Result<bool> {
    let resample = Eventfd::new()?;
    let wired = |mut pin: Pin| {
        let trigger = Eventfd::new()?;
        pin.wire(&trigger, Some(&resample)).context("KVM_IRQFD")?;
        trigger.signal()?;
        Ok(trigger)
    };
    one(Ends::Always, wired, |_| {
        within(NOTIFIED, || resample.take().is_ok_and(|count| count > 0))
    })
}

/// Tries it: whether this KVM leaves a guest alone that has an interrupt in service. One that emulates without the
/// CPU's help has been seen to interrupt it over and over (PVM, 6.18); what counts interrupts says nothing there.
///
/// # Errors
/// There is no KVM, or its guest took no interrupt at all.
pub fn holds() -> Result<bool> {
    let raised = |mut pin: Pin| {
        pin.set_line(true)?;
        Ok(pin)
    };
    one(Ends::Never, raised, |counts| {
        !within(SILENT, || counts.taken() > 1)
    })
}

/// A guest that takes one interrupt, and what is found then.
fn one<T>(
    ends: Ends,
    raise: impl FnOnce(Pin) -> Result<T>,
    look: impl FnOnce(&Counts) -> bool,
) -> Result<bool> {
    let mut machine = Machine::new(&Setup {
        ends,
        ..Setup::new(Controller::Kernel)
    })?;
    let (pin, cause) = (machine.pin(), One(AtomicU32::new(1)));
    machine.run(&cause, |counts| {
        if !within(LONGEST, || counts.ready()) {
            bail!("the guest did not program its controller in {LONGEST:?}");
        }
        let _raised = raise(pin)?;
        if !within(LONGEST, || counts.taken() > 0) {
            bail!("the guest took no interrupt in {LONGEST:?}");
        }
        Ok(look(counts))
    })?
}

fn within(longest: Duration, mut is: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    while !is() {
        if start.elapsed() > longest {
            return false;
        }
        sleep(Duration::from_micros(50));
    }
    true
}
