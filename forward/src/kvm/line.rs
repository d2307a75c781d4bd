//! One line of the guest's controller, where that is in the kernel.

use std::sync::Arc;

use kvm_ioctls::VmFd;
use rustix::io::{Errno, Result};
use vmm_sys_util::eventfd::EventFd;

use crate::eventfd::Eventfd;
use crate::forward::Hypervisor;

/// A line of the virtual machine's controller: `KVM_IRQ_LINE` and `KVM_IRQFD`.
#[derive(Clone, Debug)]
pub struct Line {
    vm: Arc<VmFd>,
    gsi: u32,
}

impl Line {
    /// The line of this GSI: on x86-64 the IO-APIC's pin, on arm64 the number of the SPI, counted from 0.
    #[must_use]
    pub const fn new(vm: Arc<VmFd>, gsi: u32) -> Self {
        Self { vm, gsi }
    }

    /// What `KVM_IRQ_LINE` calls it. Only arm64 does not take the GSI (Documentation/virt/kvm/api.rst, 4.25).
    const fn number(&self) -> u32 {
        #[cfg(target_arch = "aarch64")]
        return kvm_bindings::KVM_ARM_IRQ_TYPE_SPI << kvm_bindings::KVM_ARM_IRQ_TYPE_SHIFT | 32 + self.gsi;
        #[cfg(not(target_arch = "aarch64"))]
        self.gsi
    }
}

impl Hypervisor for Line {
    fn set_line(&mut self, up: bool) -> Result<()> {
        self.vm.set_irq_line(self.number(), up).map_err(errno)
    }

    fn wire(&mut self, trigger: &Eventfd, resample: Option<&Eventfd>) -> Result<()> {
        let trigger = EventFd::from(trigger.try_clone()?);
        let Some(resample) = resample else { return self.vm.register_irqfd(&trigger, self.gsi).map_err(errno) };
        let resample = EventFd::from(resample.try_clone()?);
        self.vm.register_irqfd_with_resample(&trigger, &resample, self.gsi).map_err(errno)
    }

    /// KVM knows it by the eventfd behind the descriptor, so that a duplicate will do (`kvm_irqfd_deassign`).
    fn unwire(&mut self, trigger: &Eventfd) -> Result<()> {
        self.vm.unregister_irqfd(&EventFd::from(trigger.try_clone()?), self.gsi).map_err(errno)
    }
}

/// What a call of kvm-ioctls failed with.
pub(super) fn errno(error: kvm_ioctls::Error) -> Errno {
    Errno::from_raw_os_error(error.errno())
}
