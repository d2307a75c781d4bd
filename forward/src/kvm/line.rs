//! One line of the guest's controller, where that is in the kernel.

use std::mem::ManuallyDrop;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use eoi_intx::Path;
use kvm_ioctls::VmFd;
use rustix::fd::{AsRawFd, FromRawFd};
use rustix::io::Result;
use vmm_sys_util::eventfd::EventFd;

use super::errno::errno;
use super::pins::Pins;
use crate::eventfd::Eventfd;
use crate::forward::Hypervisor;

/// The lines of a virtual machine's controller. Several functions can share a pin, either way:
///
/// * All of them are wired with a resample eventfd ([`Path::Resample`]). KVM lowers the pin once at the guest's EOI, and signals
///   the resample eventfd of each (`irqfd_resampler_ack`).
/// * None of them is wired. The pin is up as long as one of them holds it up: `KVM_IRQ_LINE` has one level a pin for all of user
///   space (`KVM_USERSPACE_IRQ_SOURCE_ID`), and does not count.
///
/// A mix is refused with EBUSY, since KVM loses the level that is held up: on arm64 each ack lowers it, and on x86-64 KVM's IO-APIC
/// drops it when the guest unmasks the pin (since Linux 6.4). This knows of the lines that it has made, and not of what the VMM does
/// to a pin by itself. An emulated device beside a wired function takes an irqfd with a resample eventfd as well, and asserts again
/// at each of its signals while it has a cause.
#[derive(Clone, Debug)]
pub struct Lines {
    vm: Arc<VmFd>,
    /// Who moves which pin.
    pins: Arc<Mutex<Pins>>,
}

impl Lines {
    /// Those of this virtual machine. Its controller is wholly in the kernel: with a split irqchip `KVM_IRQ_LINE` says yes and
    /// does nothing.
    #[must_use]
    pub fn new(vm: Arc<VmFd>) -> Self {
        Self {
            vm,
            pins: Arc::default(),
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
        let mut pins = self.pins();
        let alone = if up {
            pins.is_first(gsi)?
        } else {
            pins.is_last(gsi)
        };
        if alone {
            self.vm.set_irq_line(number(gsi), up).map_err(errno)?;
        }
        pins.hold(gsi, up);
        Ok(())
    }

    fn pins(&self) -> MutexGuard<'_, Pins> {
        self.pins.lock().unwrap_or_else(PoisonError::into_inner)
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
        let mut pins = self.lines.pins();
        pins.can_be_wired(self.gsi)?;
        match resample {
            None => self.lines.vm.register_irqfd(&trigger, self.gsi),
            Some(resample) => {
                self.lines
                    .vm
                    .register_irqfd_with_resample(&trigger, &borrowed(resample), self.gsi)
            }
        }
        .map_err(errno)?;
        pins.wire(self.gsi, true);
        if let Some(before) = self.wired.replace(self.gsi) {
            pins.wire(before, false); // its eventfd went, and the irqfd with it
        }
        Ok(())
    }

    /// KVM knows it by eventfd and GSI (`kvm_irqfd_deassign`).
    fn unwire(&mut self, trigger: &Eventfd) -> Result<()> {
        let wired = self.wired.take();
        if let Some(gsi) = wired {
            self.lines.pins().wire(gsi, false);
        }
        let gsi = wired.unwrap_or(self.gsi);
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
        if let Some(gsi) = self.wired {
            self.lines.pins().wire(gsi, false); // the irqfd goes with its eventfd
        }
    }
}
