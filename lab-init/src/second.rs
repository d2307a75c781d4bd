//! The other function on the line of the one under test.

use std::thread;

use anyhow::{Context, Result, anyhow, bail};
use eoi_forward::vfio::{self, Intx};
use eoi_forward::{Errno, Eventfd};
use eoi_lab_protocol::Container;
use rustix::fd::AsFd;

use crate::bench::Bench;
use crate::failed::Failed;
use crate::pci::{Function, iommu};

/// The function, open.
pub struct Second {
    vfio: vfio::Device,
    trigger: Eventfd,
}

impl Second {
    /// Opens the other function of the kind of `first`, which is open as `vfio`. It has to have the same Linux irq.
    pub fn open(first: &Function, vfio: &vfio::Device, container: Container) -> Result<Self> {
        let function = first.beside()?;
        function.detach()?;
        function.bind()?;
        let address = &function.address;
        let vfio = if function.group()? == first.group()? {
            vfio.beside(address)?
        } else {
            vfio::Device::open(address, iommu(container))?
        };
        let (one, other) = (first.irq()?, function.irq()?);
        if one != other {
            let first = &first.address;
            bail!("{first} has irq {one} and {address} has irq {other}: they are not on one line");
        }
        let trigger = Eventfd::new().context("no eventfd")?;
        Ok(Self { vfio, trigger })
    }

    /// The first function gives the line up, this one takes it, and gives it back while the first one asks for it again.
    pub fn hands_back(&self, first: &Bench<'_>) -> Result<(), Failed> {
        first.disable()?;
        self.vfio.intx(Intx::Enable(self.trigger.as_fd()))?;
        thread::scope(|scope| {
            let freed = scope.spawn(|| self.vfio.intx(Intx::Disable));
            let enabled = loop {
                match first.enable() {
                    Err(Failed::Refused(Errno::BUSY)) => {}
                    done => break done,
                }
            };
            let freed = freed.join();
            enabled?;
            match freed {
                Ok(freed) => Ok(freed?),
                Err(_) => Err(Failed::Fatal(anyhow!("the thread panicked"))),
            }
        })
    }

    /// Sets its INTx up, which has to be refused, since the line has an owner.
    pub fn is_refused(&self) -> Result<(), Failed> {
        match self.vfio.intx(Intx::Enable(self.trigger.as_fd())) {
            Err(Errno::BUSY) => Ok(()),
            Err(errno) => Err(Failed::Refused(errno)),
            Ok(()) => Err(Failed::Spoilt(anyhow!(
                "the second function got the line, though it has an owner"
            ))),
        }
    }
}
