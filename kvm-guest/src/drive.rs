//! Interrupt after interrupt of a real function, served as the machine says, and how long each took.

use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use eoi_forward::vfio::{self, Bar};
use eoi_forward::{Forward, Function, Here};
use eoi_intx::{Input, Path};

use crate::device::Device;
use crate::{host_irq, wait};

/// How long a new line is listened to before it is used.
const SETTLE: Duration = Duration::from_millis(10);

/// The question.
#[derive(Clone, Copy, Debug)]
pub struct Wish {
    /// Interrupts.
    pub rounds: u32,
    /// At most so many a second; as fast as they come if there is none, or no number above 0.
    pub rate: Option<f64>,
    /// The longest that one may take.
    pub wait: Duration,
    /// Give [`Input::Rearm`] once where one does not come, and go on if that brings it.
    pub rearm: bool,
}

/// The result.
#[derive(Clone, Debug, Default)]
pub struct Driven {
    /// Interrupts that came and were served, in order: from the write that raised the cause to the unmask's return.
    pub times: Vec<Duration>,
    /// Whether one did not come.
    pub stalled: bool,
    /// How often a rearm brought one that had not come.
    pub rearmed: u32,
    /// Interrupts that the host took meanwhile; `None` where the kernel does not say (no CONFIG_SPARSE_IRQ).
    pub host_irqs: Option<u64>,
}

impl Driven {
    /// The time that this share of the interrupts did not exceed (0.5 is the median); zero without interrupts.
    #[must_use]
    pub fn quantile(&self, share: f64) -> Duration {
        let mut times = self.times.clone();
        times.sort_unstable();
        let at = (times.len() as f64 * share).ceil() as usize;
        times
            .get(at.clamp(1, times.len().max(1)) - 1)
            .copied()
            .unwrap_or_default()
    }

    /// Interrupts that the host took for each that was served.
    #[must_use]
    pub fn host_irqs_per_event(&self) -> Option<f64> {
        (!self.times.is_empty())
            .then(|| {
                self.host_irqs
                    .map(|irqs| irqs as f64 / self.times.len() as f64)
            })
            .flatten()
    }
}

/// A function that is being driven. Its guest is this program. Dropping it clears its causes and tears its interrupt down.
pub struct Driver<'a> {
    function: Function<&'a vfio::Device, Here>,
    device: &'a dyn Device,
    bar: Bar<'a>,
    irq: Option<u32>,
}

impl<'a> Driver<'a> {
    /// Clears the function's causes and sets its interrupt up, with a storm budget (0 is none).
    ///
    /// # Errors
    /// What the kernel refused, or a cause that does not go.
    pub fn new(
        vfio: &'a vfio::Device,
        device: &'a dyn Device,
        address: &str,
        budget: u8,
    ) -> Result<Self> {
        let bar = vfio.bar(device.bar())?;
        let forward = Forward::new(Path::Eoi, vfio, Here::default(), ())
            .context("no eventfd")?
            .named(address);
        let mut driver = Self {
            function: Function::new(forward),
            device,
            bar,
            irq: None,
        };
        driver.function.set_budget(budget)?;
        driver.clear()?;
        driver.function.input(Input::Enable)?;
        // An interrupt that somebody left pending in the controller comes now, and must not count as the first one.
        if driver.comes(SETTLE)? {
            driver.function.input(Input::Eoi)?;
        }
        let irq = std::fs::read_to_string(format!("/sys/bus/pci/devices/{address}/irq")).ok();
        driver.irq = irq.and_then(|irq| irq.trim().parse().ok());
        Ok(driver)
    }

    /// The machine with its backend.
    pub fn function(&mut self) -> &mut Function<&'a vfio::Device, Here> {
        &mut self.function
    }

    /// The Linux irq.
    #[must_use]
    pub fn irq(&self) -> Option<u32> {
        self.irq
    }

    /// Raises the cause and sees that it is up.
    ///
    /// # Errors
    /// The registers cannot be reached, or the cause does not come up.
    pub fn raise(&self) -> Result<()> {
        let bit = self.device.causes()[0];
        self.device
            .raise(&self.bar, bit)
            .context("cannot raise the cause")?;
        match self.pending()? {
            pending if pending & bit == 0 => {
                bail!("the cause was raised and is not up (status {pending:#x})")
            }
            _ => Ok(()),
        }
    }

    /// The causes that are up.
    ///
    /// # Errors
    /// The registers cannot be reached, or nothing answers.
    pub fn pending(&self) -> Result<u32> {
        match self
            .device
            .pending(&self.bar)
            .context("cannot read the function's status")?
        {
            u32::MAX => {
                bail!("the function does not answer: its memory is not decoded, or it is gone")
            }
            pending => Ok(pending),
        }
    }

    /// Clears every cause, and sees that the one that is raised here is gone.
    ///
    /// # Errors
    /// The registers cannot be reached, or the cause stays.
    pub fn clear(&self) -> Result<()> {
        self.device
            .clear(&self.bar, u32::MAX)
            .context("cannot clear the cause")?;
        match self.pending()? & self.device.causes()[0] {
            0 => Ok(()),
            left => bail!("the cause was cleared and is still up (status {left:#x})"),
        }
    }

    /// Whether an interrupt comes within so long; the machine has heard of it then.
    ///
    /// # Errors
    /// What the kernel refused.
    pub fn comes(&mut self, within: Duration) -> Result<bool> {
        wait::readable(self.function.trigger(), within).context("poll")?;
        Ok(self.function.ready()?)
    }

    /// One interrupt: raised, taken, cleared, ended. Whether it came.
    ///
    /// # Errors
    /// As the others.
    pub fn round(&mut self, wish: &Wish) -> Result<Option<bool>> {
        self.raise()?;
        let mut rearmed = false;
        while !self.comes(wish.wait)? {
            if rearmed || !wish.rearm {
                return Ok(None);
            }
            self.function.input(Input::Rearm)?;
            rearmed = true;
        }
        self.clear()?;
        self.function.input(Input::Eoi)?;
        Ok(Some(rearmed))
    }

    /// Runs the wanted number of rounds. Ends early when an interrupt does not come, or when `go_on`, which hears of
    /// each, says no.
    ///
    /// # Errors
    /// As the others.
    pub fn run(&mut self, wish: &Wish, mut go_on: impl FnMut(u32) -> bool) -> Result<Driven> {
        let count = |irq: Option<u32>| irq.and_then(|irq| host_irq::count(irq).ok());
        let (before, begin) = (count(self.irq), Instant::now());
        let mut driven = Driven::default();
        for round in 0..wish.rounds {
            if let Some(rate) = wish.rate {
                let due = Duration::try_from_secs_f64(f64::from(round) / rate).unwrap_or_default();
                sleep(due.saturating_sub(begin.elapsed()));
            }
            let start = Instant::now();
            let Some(rearmed) = self.round(wish)? else {
                driven.stalled = go_on(round); // unless it was told to stop while it waited
                break;
            };
            driven.times.push(start.elapsed());
            driven.rearmed += u32::from(rearmed);
            if !go_on(round + 1) {
                break;
            }
        }
        driven.host_irqs = count(self.irq)
            .zip(before)
            .map(|(after, before)| after.saturating_sub(before));
        Ok(driven)
    }

    /// Clears the causes and tears the interrupt down.
    ///
    /// # Errors
    /// As the others.
    pub fn close(mut self) -> Result<()> {
        self.clear()?;
        self.device
            .quiet(&self.bar)
            .context("cannot quiet the function")?;
        self.function
            .input(Input::Disable)
            .context("cannot tear INTx down")
    }
}

impl Drop for Driver<'_> {
    fn drop(&mut self) {
        let _ = self.clear(); // while somebody still listens to the line
        let _ = self.device.quiet(&self.bar);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_times_that_occurred() {
        let times = [9, 1, 8, 2, 7, 3, 6, 4, 5, 10]
            .map(Duration::from_micros)
            .to_vec();
        let driven = Driven {
            times,
            host_irqs: Some(15),
            ..Driven::default()
        };
        let us = |share| driven.quantile(share).as_micros();
        assert_eq!((us(0.0), us(0.5), us(0.99), us(1.0)), (1, 5, 10, 10));
        assert_eq!(driven.host_irqs_per_event(), Some(1.5));
        assert_eq!(Driven::default().quantile(0.5), Duration::ZERO);
        assert_eq!(Driven::default().host_irqs_per_event(), None);
    }
}
