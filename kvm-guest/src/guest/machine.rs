//! A virtual machine, from its memory to its end.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::{Context, Result, bail};
use eoi_forward::kvm::Lines;
use kvm_bindings::kvm_userspace_memory_region;
use kvm_ioctls::{Cap, Kvm, VcpuFd};

#[cfg(target_arch = "aarch64")]
use super::aarch64 as arch;
use super::causes::Causes;
use super::counts::Counts;
use super::memory::Memory;
use super::pin::{Own, Pin};
use super::registers::GSI;
use super::setup::{Controller, Setup};
use super::threads::{Job, beside};
use super::vcpu::Running;
#[cfg(target_arch = "x86_64")]
use super::x86_64 as arch;

/// A virtual machine, not yet started.
#[derive(Debug)]
pub struct Machine {
    vcpus: Vec<VcpuFd>,
    chip: arch::Chip,
    lines: Lines,
    _memory: Memory, // after the vCPUs, which alone use it
}

impl Machine {
    /// A virtual machine with this guest.
    ///
    /// # Errors
    /// KVM lacks something, or refused something.
    pub fn new(setup: &Setup) -> Result<Self> {
        let kvm = Kvm::new()
            .context("cannot open /dev/kvm; is KVM loaded, and has the CPU virtualization?")?;
        if setup.controller == Controller::Kernel && !kvm.check_extension(Cap::IrqfdResample) {
            bail!("this kernel's KVM has no KVM_CAP_IRQFD_RESAMPLE");
        }
        let vm = Arc::new(kvm.create_vm().context("KVM_CREATE_VM")?);
        let mut memory = Memory::new(arch::RAM_SIZE).context("no memory for the guest")?;
        let region = kvm_userspace_memory_region {
            slot: 0,
            flags: 0,
            guest_phys_addr: arch::RAM,
            memory_size: memory.size() as u64,
            userspace_addr: memory.address(),
        };
        // SAFETY: the range is all of the mapping, which `Self` keeps until there is no vCPU that could touch it.
        unsafe { vm.set_user_memory_region(region) }.context("KVM_SET_USER_MEMORY_REGION")?;
        let mut chip = arch::Chip::new(&vm, setup)?;
        let vcpu = |id: u8| vm.create_vcpu(id.into()).context("KVM_CREATE_VCPU");
        let vcpus = (0..setup.vcpus.count())
            .map(vcpu)
            .collect::<Result<Vec<_>>>()?;
        chip.start(&vm, &vcpus, &mut memory, setup)?;
        Ok(Self {
            vcpus,
            chip,
            lines: Lines::new(vm),
            _memory: memory,
        })
    }

    /// The guest's controller: `ioapic`, `vgic-v3` or `vgic-v2` in the kernel, `own-ioapic` or `own-gicv2` here.
    #[must_use]
    pub fn chip(&self) -> &'static str {
        self.chip.name()
    }

    /// Its line.
    #[must_use]
    pub fn pin(&self) -> Pin {
        let line = || Pin::Kernel(self.lines.line(GSI));
        self.chip
            .own()
            .map_or_else(line, |own| Pin::Own(Own(Arc::clone(own))))
    }

    /// Where a vCPU is that is at none of the guest's instructions. The guest cannot have gone there: whoever emulates the CPU
    /// has lost its registers. QEMU 10.0 without KVM did so twice in 370,000 interrupts of a guest on its SVM: what came out of
    /// VMRUN were RIP and RSP of the hypervisor's kernel.
    ///
    /// # Errors
    /// The registers cannot be read.
    pub fn astray(&self) -> Result<Option<u64>> {
        for vcpu in &self.vcpus {
            let at = arch::program_counter(vcpu)?;
            if !arch::is_instruction(at) {
                return Ok(Some(at));
            }
        }
        Ok(None)
    }

    /// Runs the guest, each vCPU on a thread of its own, while `work` is done on this one, then stops it for good.
    ///
    /// # Errors
    /// A vCPU has no thread, the guest went astray, or `causes` failed. The result of `work` is dropped then.
    pub fn run<T>(&mut self, causes: &dyn Causes, work: impl FnOnce(&Counts) -> T) -> Result<T> {
        let counts = Counts::new(self.vcpus.len());
        let stop = AtomicBool::new(false);
        let (chip, stop) = (&self.chip, &stop);
        let mut jobs = Vec::new();
        for (vcpu, cpu) in self.vcpus.iter_mut().zip(0u8..) {
            let count = counts.of(cpu.into()).context("a vCPU without a count")?;
            let running = Running {
                cpu,
                chip,
                causes,
                count,
                clears: false,
            };
            jobs.push(Job::new(format!("vcpu{cpu}"), move || {
                running.go(vcpu, stop)
            }));
        }
        beside(jobs, stop, || work(&counts))
    }
}
