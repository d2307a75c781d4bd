//! The VMM's GICv2 on KVM's CPUs, which any thread may reach.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kvm_bindings::{
    KVM_ARM_IRQ_CPU_IRQ, KVM_ARM_IRQ_TYPE_CPU, KVM_ARM_IRQ_TYPE_SHIFT, KVM_ARM_IRQ_VCPU_SHIFT,
};
use kvm_ioctls::VmFd;
use rustix::io::Result;

use super::errno::errno;
use super::gicv2::{Gicv2, Wrote};
use super::registers::GSI;
use super::setup::Vcpus;

/// The controller and what the CPUs were told last.
#[derive(Debug)]
struct Wired {
    gic: Gicv2,
    told: Vec<bool>,
}

/// The GICv2, for any thread.
#[derive(Debug)]
pub(super) struct Own {
    vm: Arc<VmFd>,
    wired: Mutex<Wired>,
}

impl Own {
    pub fn new(vm: Arc<VmFd>, vcpus: Vcpus) -> Self {
        Self {
            vm,
            wired: Mutex::new(Wired {
                gic: Gicv2::new(32 + GSI),
                told: vec![false; vcpus.count().into()],
            }),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Wired> {
        self.wired.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells the CPUs what has changed. The lock is held, so that the last word is the right one.
    fn look(&self, wired: &mut Wired) -> Result<()> {
        for (cpu, told) in (0..).zip(&mut wired.told) {
            let up = wired.gic.interrupts(cpu);
            if up != *told {
                let irq = KVM_ARM_IRQ_TYPE_CPU << KVM_ARM_IRQ_TYPE_SHIFT
                    | u32::from(cpu) << KVM_ARM_IRQ_VCPU_SHIFT
                    | KVM_ARM_IRQ_CPU_IRQ;
                self.vm.set_irq_line(irq, up).map_err(errno)?;
                *told = up;
            }
        }
        Ok(())
    }

    pub fn set_line(&self, up: bool) -> Result<()> {
        let mut wired = self.lock();
        wired.gic.set_line(up);
        self.look(&mut wired)
    }

    pub fn read(&self, cpu: u8, at: u64) -> Result<Option<u32>> {
        let mut wired = self.lock();
        let value = wired.gic.read(cpu, at);
        self.look(&mut wired)?;
        Ok(value)
    }

    /// Whether there is such a register. `eoi` is told before the line is looked at again.
    pub fn write(
        &self,
        cpu: u8,
        at: u64,
        value: u32,
        eoi: impl FnOnce() -> Result<()>,
    ) -> Result<bool> {
        let wrote = self.lock().gic.write(cpu, at, value);
        if wrote == Wrote::End {
            eoi()?;
        }
        let mut wired = self.lock();
        if wrote == Wrote::End {
            wired.gic.end();
        }
        self.look(&mut wired)?;
        Ok(wrote != Wrote::Nothing)
    }
}
