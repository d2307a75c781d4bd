//! `eoi-forward drive`: has a function interrupt, again and again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use eoi_forward::vfio;
use eoi_kvm_guest::drive::{Driver, Wish};

use crate::args::{Drive, Format};
use crate::out;
use crate::progress::Progress;
use crate::report::Report;
use crate::status::Status;

/// Drives the function, and reports.
///
/// # Errors
/// It could not be tried, or nothing ever came.
pub fn run(wanted: &Drive) -> Result<Status> {
    let Drive {
        target,
        rounds,
        rate,
        wait,
        rearm,
        format,
    } = wanted;
    let device = target.device()?;
    target.check_driver()?;
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = Arc::clone(&stop); // the cause must not stay up
    ctrlc::set_handler(move || stopped.store(true, Ordering::Relaxed))
        .context("no handler for ^C")?;
    let vfio = vfio::Device::open(&target.address, target.container())?;
    let _restored = Restored {
        vfio: &vfio,
        command: vfio.enable_memory()?,
    };
    let mut driver = Driver::new(&vfio, device, &target.address, 0)?;
    let irq = driver.irq();
    let wish = Wish {
        rounds: *rounds,
        rate: *rate,
        wait: Duration::from_millis(*wait),
        rearm: *rearm,
    };
    let mut progress = Progress::new(*rounds);
    let driven = driver.run(&wish, |round| {
        progress.tell(round);
        !stop.load(Ordering::Relaxed)
    });
    progress.end();
    let driven = driven?;
    driver.close()?;
    let report = Report {
        address: &target.address,
        device: device.name(),
        irq,
        rounds: *rounds,
        driven: &driven,
    };
    out::print(
        match format {
            Format::Text => report.text(),
            Format::Json => report.json(),
        }
        .as_bytes(),
    )?;
    if driven.stalled && driven.times.is_empty() {
        bail!(
            "nothing ever came, which says nothing about the line: does the device's interrupt have to be enabled first?"
        );
    }
    if stop.load(Ordering::Relaxed) {
        bail!("stopped");
    }
    Ok(if driven.stalled || driven.rearmed > 0 {
        Status::Stalls
    } else {
        Status::Good
    })
}

/// Writes the Command register back when it goes out of scope, also at an error. A signal that kills the process leaves that to
/// vfio-pci, which restores the register at the last close.
struct Restored<'a> {
    vfio: &'a vfio::Device,
    command: u16,
}

impl Drop for Restored<'_> {
    fn drop(&mut self) {
        let _ = self.vfio.set_command(self.command);
    }
}
