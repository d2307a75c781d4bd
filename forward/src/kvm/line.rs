//! One line of the guest's controller, where that is in the kernel.

use std::collections::HashMap;
use std::mem::ManuallyDrop;
use std::sync::{Arc, Mutex, PoisonError};

use eoi_intx::Path;
use kvm_ioctls::VmFd;
use rustix::fd::{AsRawFd, FromRawFd};
use rustix::io::Result;
use vmm_sys_util::eventfd::EventFd;

use super::errno::errno;
use crate::eventfd::Eventfd;
use crate::forward::Hypervisor;

/// The lines of a virtual machine's controller. A pin that several functions share is up as long as one of them holds it up:
/// `KVM_IRQ_LINE` has one level a pin for all of user space (`KVM_USERSPACE_IRQ_SOURCE_ID`), and does not count.
#[derive(Clone, Debug)]
pub struct Lines {
    vm: Arc<VmFd>,
    /// How many hold a pin up.
    up: Arc<Mutex<HashMap<u32, u32>>>,
}

impl Lines {
    /// Those of this virtual machine. Its controller is wholly in the kernel: with a split irqchip `KVM_IRQ_LINE` says yes and
    /// does nothing.
    #[must_use]
    pub fn new(vm: Arc<VmFd>) -> Self {
        Self {
            vm,
            up: Arc::default(),
        }
    }

    /// A function's line at this GSI: on x86-64 the IO-APIC's pin, on arm64 the number of the SPI, counted from 0.
    #[must_use]
    pub fn line(&self, gsi: u32) -> Line {
        Line {
            lines: self.clone(),
            gsi,
            raised: None,
            wired: None,
        }
    }

    /// One more or one less that holds the pin up; KVM is told of the first and of the last.
    fn hold(&self, gsi: u32, up: bool) -> Result<()> {
        let mut held = self.up.lock().unwrap_or_else(PoisonError::into_inner);
        let count = held.entry(gsi).or_default();
        let others = *count - u32::from(!up);
        if others == 0 {
            self.vm.set_irq_line(number(gsi), up).map_err(errno)?;
        }
        *count = others + u32::from(up);
        Ok(())
    }
}

/// A line of the virtual machine's controller: `KVM_IRQ_LINE` and `KVM_IRQFD`.
#[derive(Debug)]
pub struct Line {
    lines: Lines,
    gsi: u32,
    /// Where it was raised and where it is wired: it is lowered and unwired there, wherever it was routed since.
    raised: Option<u32>,
    wired: Option<u32>,
}

impl Line {
    /// The guest's line is another one from now on: give [`Input::Route`](eoi_intx::Input::Route) then.
    pub const fn route(&mut self, gsi: u32) {
        self.gsi = gsi;
    }
}

/// The number that `KVM_IRQ_LINE` has for it. Only arm64 does not take the GSI (Documentation/virt/kvm/api.rst, 4.25).
const fn number(gsi: u32) -> u32 {
    #[cfg(target_arch = "aarch64")]
    return kvm_bindings::KVM_ARM_IRQ_TYPE_SPI << kvm_bindings::KVM_ARM_IRQ_TYPE_SHIFT | 32 + gsi;
    #[cfg(not(target_arch = "aarch64"))]
    gsi
}

impl Hypervisor for Line {
    /// A controller in the kernel reports its EOIs to resample eventfds and to nobody else.
    fn serves(&self, path: Path) -> bool {
        path != Path::Eoi
    }

    /// A level that this line does not hold up may be another function's, and is not lowered.
    fn set_line(&mut self, up: bool) -> Result<()> {
        match (self.raised, up) {
            (None, true) => {
                self.lines.hold(self.gsi, true)?;
                self.raised = Some(self.gsi);
            }
            (Some(gsi), false) => {
                self.lines.hold(gsi, false)?;
                self.raised = None;
            }
            (Some(_), true) | (None, false) => {}
        }
        Ok(())
    }

    fn wire(&mut self, trigger: &Eventfd, resample: Option<&Eventfd>) -> Result<()> {
        let trigger = borrowed(trigger);
        match resample {
            None => self.lines.vm.register_irqfd(&trigger, self.gsi),
            Some(resample) => {
                self.lines
                    .vm
                    .register_irqfd_with_resample(&trigger, &borrowed(resample), self.gsi)
            }
        }
        .map_err(errno)?;
        self.wired = Some(self.gsi);
        Ok(())
    }

    /// KVM knows it by eventfd and GSI (`kvm_irqfd_deassign`).
    fn unwire(&mut self, trigger: &Eventfd) -> Result<()> {
        let gsi = self.wired.take().unwrap_or(self.gsi);
        self.lines
            .vm
            .unregister_irqfd(&borrowed(trigger), gsi)
            .map_err(errno)
    }
}

/// For kvm-ioctls, which takes rust-vmm's: no new descriptor, so that this cannot fail in a teardown.
fn borrowed(eventfd: &Eventfd) -> ManuallyDrop<EventFd> {
    // SAFETY: the descriptor is open while `eventfd` is, and is not closed here.
    ManuallyDrop::new(unsafe { EventFd::from_raw_fd(eventfd.as_raw_fd()) })
}

impl Drop for Line {
    fn drop(&mut self) {
        let _ = self.set_line(false); // or it would be up for ever
    }
}
