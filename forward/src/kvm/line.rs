//! One line of the guest's controller, where that is in the kernel.

use std::mem::ManuallyDrop;
use std::sync::Arc;

use kvm_ioctls::VmFd;
use rustix::fd::{AsRawFd, FromRawFd};
use rustix::io::{Errno, Result};
use vmm_sys_util::eventfd::EventFd;

use crate::eventfd::Eventfd;
use crate::forward::Hypervisor;

/// A line of the virtual machine's controller: `KVM_IRQ_LINE` and `KVM_IRQFD`.
#[derive(Clone, Debug)]
pub struct Line {
    vm: Arc<VmFd>,
    gsi: u32,
    /// Where it was raised and where it is wired: it is lowered and unwired there, wherever it was routed since.
    raised: Option<u32>,
    wired: Option<u32>,
}

impl Line {
    /// The line of this GSI: on x86-64 the IO-APIC's pin, on arm64 the number of the SPI, counted from 0.
    #[must_use]
    pub const fn new(vm: Arc<VmFd>, gsi: u32) -> Self {
        Self { vm, gsi, raised: None, wired: None }
    }

    /// The guest's line is another one from now on: give [`Input::Route`](eoi_intx::Input::Route) then.
    pub const fn route(&mut self, gsi: u32) {
        self.gsi = gsi;
    }

    /// What `KVM_IRQ_LINE` calls it. Only arm64 does not take the GSI (Documentation/virt/kvm/api.rst, 4.25).
    const fn number(gsi: u32) -> u32 {
        #[cfg(target_arch = "aarch64")]
        return kvm_bindings::KVM_ARM_IRQ_TYPE_SPI << kvm_bindings::KVM_ARM_IRQ_TYPE_SHIFT | 32 + gsi;
        #[cfg(not(target_arch = "aarch64"))]
        gsi
    }
}

impl Hypervisor for Line {
    fn set_line(&mut self, up: bool) -> Result<()> {
        let gsi = if up { self.gsi } else { self.raised.unwrap_or(self.gsi) };
        self.vm.set_irq_line(Self::number(gsi), up).map_err(errno)?;
        self.raised = up.then_some(gsi);
        Ok(())
    }

    fn wire(&mut self, trigger: &Eventfd, resample: Option<&Eventfd>) -> Result<()> {
        let trigger = borrowed(trigger);
        match resample {
            None => self.vm.register_irqfd(&trigger, self.gsi),
            Some(resample) => self.vm.register_irqfd_with_resample(&trigger, &borrowed(resample), self.gsi),
        }
        .map_err(errno)?;
        self.wired = Some(self.gsi);
        Ok(())
    }

    /// KVM knows it by eventfd and GSI (`kvm_irqfd_deassign`).
    fn unwire(&mut self, trigger: &Eventfd) -> Result<()> {
        let gsi = self.wired.take().unwrap_or(self.gsi);
        self.vm.unregister_irqfd(&borrowed(trigger), gsi).map_err(errno)
    }
}

/// For kvm-ioctls, which takes rust-vmm's: no new descriptor, so that this cannot fail in a teardown.
fn borrowed(eventfd: &Eventfd) -> ManuallyDrop<EventFd> {
    // SAFETY: the descriptor is open while `eventfd` is, and is not closed here.
    ManuallyDrop::new(unsafe { EventFd::from_raw_fd(eventfd.as_raw_fd()) })
}

/// What a call of kvm-ioctls failed with.
pub(super) fn errno(error: kvm_ioctls::Error) -> Errno {
    Errno::from_raw_os_error(error.errno())
}
