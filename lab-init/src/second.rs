//! The other function on the line of the one under test.

use anyhow::{Context, Result, anyhow, bail};
use eoi_forward::vfio::{self, Intx};
use eoi_forward::{Errno, Eventfd};
use rustix::fd::AsFd;

use crate::failed::Failed;
use crate::pci::iommu;
use crate::steps::Bed;

/// The function, open.
pub struct Second {
    vfio: vfio::Device,
    trigger: Eventfd,
}

impl Second {
    /// Opens the other function of the same kind, which has to have this Linux irq.
    pub fn open(bed: &Bed<'_>, irq: u32) -> Result<Self> {
        let function = bed.function.beside()?;
        function.detach()?;
        function.bind()?;
        let address = &function.address;
        let vfio = if function.group()? == bed.function.group()? {
            bed.vfio.beside(address)?
        } else {
            vfio::Device::open(address, iommu(bed.plan.container))?
        };
        let its = function.irq()?;
        if its != irq {
            let first = &bed.function.address;
            bail!("{address} has irq {its} and {first} has irq {irq}: they are not on one line");
        }
        let trigger = Eventfd::new().context("no eventfd")?;
        Ok(Self { vfio, trigger })
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
