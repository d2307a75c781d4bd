//! The guest's line: of KVM's controller, or of the VMM's.

use std::sync::Arc;

use eoi_intx::Path;
use rustix::io::Errno;

use super::arch;
use crate::eventfd::Eventfd;
use crate::forward::Hypervisor;
use crate::kvm::line::Line;

/// The guest's line, for the VMM.
#[derive(Debug)]
pub enum Pin {
    /// Of KVM's controller.
    Kernel(Line),
    /// Of the VMM's.
    Own(Own),
}

/// The VMM's controller.
#[derive(Clone, Debug)]
pub struct Own(pub(in crate::kvm) Arc<arch::Own>);

impl Hypervisor for Pin {
    fn serves(&self, path: Path) -> bool {
        match self {
            Self::Kernel(line) => line.serves(path),
            Self::Own(_) => path == Path::Eoi,
        }
    }

    fn set_line(&mut self, up: bool) -> rustix::io::Result<()> {
        match self {
            Self::Kernel(line) => line.set_line(up),
            Self::Own(Own(own)) => own.set_line(up),
        }
    }

    fn wire(&mut self, trigger: &Eventfd, resample: Option<&Eventfd>) -> rustix::io::Result<()> {
        match self {
            Self::Kernel(line) => line.wire(trigger, resample),
            Self::Own(_) => Err(Errno::OPNOTSUPP),
        }
    }

    fn unwire(&mut self, trigger: &Eventfd) -> rustix::io::Result<()> {
        match self {
            Self::Kernel(line) => line.unwire(trigger),
            Self::Own(_) => Err(Errno::OPNOTSUPP),
        }
    }
}
