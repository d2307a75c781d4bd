//! One vCPU: the loop around KVM_RUN.

use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result, bail};
use kvm_ioctls::{VcpuExit, VcpuFd};
use rustix::io::Errno;

#[cfg(target_arch = "aarch64")]
use super::aarch64 as arch;
use super::causes::Causes;
use super::counts::Count;
use super::registers::{CLEAR, DONE, LOST, READY, STATUS};
#[cfg(target_arch = "x86_64")]
use super::x86_64 as arch;

/// One vCPU, and everything that it reaches.
pub(super) struct Running<'a> {
    /// Its number.
    pub cpu: u8,
    /// The guest's controller.
    pub chip: &'a arch::Chip,
    /// The guest's function.
    pub causes: &'a dyn Causes,
    /// Its progress.
    pub count: &'a Count,
    /// It has cleared a cause, and has not ended the interrupt yet.
    pub clears: bool,
}

impl Running<'_> {
    /// Lets the guest run until `stop`, and serves its accesses to its function and, where that is the VMM's, to its controller.
    pub fn go(mut self, vcpu: &mut VcpuFd, stop: &AtomicBool) -> Result<()> {
        while !stop.load(Ordering::Acquire) {
            let exit = match vcpu.run() {
                Ok(exit) => exit,
                Err(error)
                    if [Errno::INTR, Errno::AGAIN]
                        .map(Errno::raw_os_error)
                        .contains(&error.errno()) =>
                {
                    continue;
                }
                Err(error) => return Err(error).context("KVM_RUN"),
            };
            match exit {
                VcpuExit::MmioRead(at, bytes) => {
                    let value = self
                        .read(at)
                        .with_context(|| format!("the guest reads {at:#x}"))?;
                    bytes.copy_from_slice(
                        value
                            .to_le_bytes()
                            .get(..bytes.len())
                            .context("more than 32 bits")?,
                    );
                }
                VcpuExit::MmioWrite(at, bytes) => {
                    let mut value = [0; 4];
                    value
                        .get_mut(..bytes.len())
                        .context("a write of more than 32 bits")?
                        .copy_from_slice(bytes);
                    let value = u32::from_le_bytes(value);
                    self.write(at, value)
                        .with_context(|| format!("the guest writes {value:#x} to {at:#x}"))?;
                }
                VcpuExit::Intr => {}
                VcpuExit::IoapicEoi(vector) => {
                    self.chip
                        .end(vector, || self.causes.eoi())
                        .context("the guest's EOI")?;
                }
                VcpuExit::InternalError => {
                    let at = arch::program_counter(vcpu)?;
                    if arch::is_instruction(at) {
                        bail!("KVM cannot emulate the guest's instruction at {at:#x}");
                    }
                    return Ok(()); // `Machine::astray` tells whoever misses the vCPU
                }
                exit => bail!("the guest left KVM_RUN with {exit:?}"),
            }
        }
        Ok(())
    }

    fn read(&self, at: u64) -> Result<u32> {
        if at != arch::WINDOW + STATUS {
            return self.chip.read(self.cpu, at)?.context("nothing is there");
        }
        let pending = self
            .causes
            .pending()
            .context("its function cannot be read")?;
        if pending == 0 {
            self.count.stray.fetch_add(1, Ordering::Release);
        }
        Ok(pending)
    }

    fn write(&mut self, at: u64, value: u32) -> Result<()> {
        match at.wrapping_sub(arch::WINDOW) {
            CLEAR => {
                self.causes
                    .clear(value)
                    .context("its function cannot be written")?;
                self.clears = true;
            }
            DONE => {
                self.count.taken.store(value, Ordering::Release);
                if std::mem::take(&mut self.clears) {
                    self.count.cleared.fetch_add(1, Ordering::Release);
                }
            }
            READY => self.count.ready.store(true, Ordering::Release),
            LOST => bail!("it took an exception with that syndrome"),
            _ if self.chip.write(self.cpu, at, value, || self.causes.eoi())? => {}
            _ => bail!("nothing is there"),
        }
        Ok(())
    }
}
