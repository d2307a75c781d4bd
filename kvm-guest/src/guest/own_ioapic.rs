//! The VMM's IO-APIC on KVM's local APICs, which any thread may reach.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use eoi_forward::kvm::split;
use kvm_bindings::KvmIrqRouting;
use kvm_ioctls::VmFd;
use rustix::io::{Errno, Result};

use super::errno::errno;
use super::ioapic::Ioapic;
use super::registers::GSI;

/// The IO-APIC, for any thread.
#[derive(Debug)]
pub(super) struct Own {
    vm: Arc<VmFd>,
    pin: Mutex<Ioapic>,
}

impl Own {
    /// Before the vCPUs.
    pub fn new(vm: Arc<VmFd>) -> Result<Self> {
        split::reserve(&vm, GSI + 1)?;
        Ok(Self {
            vm,
            pin: Mutex::new(Ioapic::new(GSI)),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Ioapic> {
        self.pin.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends what there is to be sent. The lock is held, so that two threads send one message.
    fn look(&self, pin: &mut Ioapic) -> Result<()> {
        pin.take()
            .map_or(Ok(()), |message| split::send(&self.vm, message))
    }

    pub fn set_line(&self, up: bool) -> Result<()> {
        let mut pin = self.lock();
        pin.set_line(up);
        self.look(&mut pin)
    }

    pub fn read(&self, at: u64) -> Option<u32> {
        self.lock().read(at)
    }

    /// Whether there is such a register.
    pub fn write(&self, at: u64, value: u32) -> Result<bool> {
        let mut pin = self.lock();
        let vector = pin.vector();
        let is = pin.write(at, value);
        if pin.vector() != vector {
            self.report(pin.vector())?;
        }
        self.look(&mut pin)?;
        Ok(is)
    }

    fn report(&self, vector: u8) -> Result<()> {
        let routes = KvmIrqRouting::from_entries(&[split::eoi_route(GSI, vector)])
            .map_err(|_| Errno::NOMEM)?;
        self.vm.set_gsi_routing(&routes).map_err(errno)
    }

    /// A CPU has ended the vector. `eoi` is told before the pin's line is looked at again.
    pub fn end(&self, vector: u8, eoi: impl FnOnce() -> Result<()>) -> Result<()> {
        if !self.lock().is_ended_by(vector) {
            return Ok(());
        }
        eoi()?;
        let mut pin = self.lock();
        pin.end();
        self.look(&mut pin)
    }
}
