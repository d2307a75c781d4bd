//! The guest's line, of KVM's controller or of the VMM's.

use std::sync::Arc;

use eoi_forward::kvm::Line;
use eoi_forward::{Eventfd, Hypervisor};
use eoi_intx::Path;
use rustix::io::{Errno, Result};

#[cfg(target_arch = "aarch64")]
use super::own_gicv2 as own;
#[cfg(target_arch = "x86_64")]
use super::own_ioapic as own;

/// The guest's line, for the VMM.
#[derive(Debug)]
pub enum Pin {
    /// The line of KVM's controller.
    Kernel(Line),
    /// The line of the VMM's controller.
    Own(Own),
}

/// The VMM's controller.
#[derive(Clone, Debug)]
pub struct Own(pub(super) Arc<own::Own>);

impl Hypervisor for Pin {
    fn serves(&self, path: Path) -> bool {
        match self {
            Self::Kernel(line) => line.serves(path),
            Self::Own(_) => path == Path::Eoi,
        }
    }

    fn set_line(&mut self, up: bool) -> Result<()> {
        match self {
            Self::Kernel(line) => line.set_line(up),
            Self::Own(Own(own)) => own.set_line(up),
        }
    }

    fn wire(&mut self, trigger: &Eventfd, resample: Option<&Eventfd>) -> Result<()> {
        match self {
            Self::Kernel(line) => line.wire(trigger, resample),
            Self::Own(_) => Err(Errno::OPNOTSUPP),
        }
    }

    fn unwire(&mut self, trigger: &Eventfd) -> Result<()> {
        match self {
            Self::Kernel(line) => line.unwire(trigger),
            Self::Own(_) => Err(Errno::OPNOTSUPP),
        }
    }
}
