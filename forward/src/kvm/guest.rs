//! A virtual machine whose guest does nothing but take one level interrupt.
//!
//! The guest is a few instructions in the files of the architectures. It has one or two vCPUs, no firmware and no paging, and
//! programs a controller that KVM emulates in the kernel, or one that is kept here. Its function is a window of registers
//! that KVM leaves to the VMM ([`STATUS`] and the following). For each interrupt it
//!
//! 1. reads [`STATUS`];
//! 2. writes what it read to [`CLEAR`], if a cause was up and it has ignored as many interrupts as it was told to;
//! 3. sends the line to the other vCPU, if there is one;
//! 4. signals EOI to its controller;
//! 5. writes how many interrupts this vCPU has taken so far to [`DONE`], and halts until the next.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use std::{process, thread};

use anyhow::{Context, Result, anyhow, bail};
use kvm_bindings::kvm_userspace_memory_region;
use kvm_ioctls::{Cap, Kvm, VcpuExit, VcpuFd};
use rustix::io::Errno;
use vmm_sys_util::signal::{SIGRTMIN, register_signal_handler};

#[cfg(target_arch = "aarch64")]
use super::aarch64 as arch;
use super::line::Lines;
use super::memory::Memory;
#[cfg(target_arch = "x86_64")]
use super::x86_64 as arch;

mod pin;

pub use pin::{Own, Pin};

/// The line of the guest's controller. On x86-64 the lowest pin of the IO-APIC that KVM does not route to the i8259 as
/// well (`default_routing`, arch/x86/kvm/irq_comm.c); on arm64 the number of the SPI.
pub const GSI: u32 = 16;

/// The causes that are up, for the guest to read.
pub const STATUS: u64 = 0x0;
/// The guest clears the causes that it writes.
pub const CLEAR: u64 = 0x4;
/// The guest has signalled EOI; it writes the number of interrupts that this vCPU has taken.
pub const DONE: u64 = 0x8;
/// A vCPU is ready to take interrupts.
pub const READY: u64 = 0xc;
/// The guest took an exception that it knows nothing of; it writes its syndrome. x86-64 has KVM_EXIT_SHUTDOWN for it.
pub const LOST: u64 = 0x10;

/// What a vCPU may take to come out of KVM_RUN; it does not run at all while the host swaps.
const KICKED: Duration = Duration::from_secs(30);

/// Whose the guest's controller is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Controller {
    /// KVM's, wholly in the kernel.
    Kernel,
    /// The VMM's, which learns of every EOI.
    Own,
}

/// What the guest is, and what it does.
#[derive(Clone, Copy, Debug)]
pub struct Setup {
    /// Its controller.
    pub controller: Controller,
    /// 1 or 2. With 2, each interrupt sends the line to the other before its EOI.
    pub vcpus: u8,
    /// How many interrupts of each cause a vCPU EOIs before it clears it.
    pub again: u32,
    /// Whether it EOIs at all. Without, it takes one interrupt and leaves it in service.
    pub ends: bool,
}

impl Setup {
    /// A guest of one vCPU that serves and EOIs what it takes.
    #[must_use]
    pub const fn new(controller: Controller) -> Self {
        Self { controller, vcpus: 1, again: 0, ends: true }
    }

    /// The number with which its instructions know what to do before an EOI: 0 nothing, 1 send the line to the other, 2
    /// leave the EOI out.
    pub(super) const fn before_eoi(&self) -> u64 {
        match (self.ends, self.vcpus) {
            (false, _) => 2,
            (true, 2) => 1,
            (true, _) => 0,
        }
    }
}

/// The function behind the guest's registers.
pub trait Causes: Sync {
    /// The causes that are up.
    ///
    /// # Errors
    /// The function cannot be read.
    fn pending(&self) -> rustix::io::Result<u32>;
    /// Clears the causes in `bits`.
    ///
    /// # Errors
    /// The function cannot be written.
    fn clear(&self, bits: u32) -> rustix::io::Result<()>;
    /// The VMM's own controller saw the guest's EOI, and has not looked at its line again. It is called by a vCPU's thread,
    /// without a lock.
    ///
    /// # Errors
    /// What was to be done then failed.
    fn eoi(&self) -> rustix::io::Result<()> {
        Ok(())
    }
}

/// What one vCPU has done so far.
#[derive(Debug, Default)]
struct Count {
    ready: AtomicBool,
    taken: AtomicU32,
    stray: AtomicU32,
    cleared: AtomicU32,
}

/// What the guest has done so far, for any thread.
#[derive(Debug)]
pub struct Counts(Vec<Count>);

impl Counts {
    fn new(vcpus: u8) -> Self {
        Self((0..vcpus).map(|_| Count::default()).collect())
    }

    fn sum(&self, of: impl Fn(&Count) -> &AtomicU32) -> u32 {
        self.0.iter().map(|count| of(count).load(Ordering::Acquire)).sum()
    }

    /// Its controller is programmed, and every vCPU waits for interrupts.
    pub fn ready(&self) -> bool {
        self.0.iter().all(|count| count.ready.load(Ordering::Acquire))
    }

    /// Interrupts that it took and EOIed, by its own count.
    pub fn taken(&self) -> u32 {
        self.sum(|count| &count.taken)
    }

    /// Those of one vCPU; none where it has no such vCPU.
    pub fn taken_by(&self, vcpu: usize) -> u32 {
        self.0.get(vcpu).map_or(0, |count| count.taken.load(Ordering::Acquire))
    }

    /// Of those, interrupts for which it found no cause.
    pub fn stray(&self) -> u32 {
        self.sum(|count| &count.stray)
    }

    /// Interrupts for which it cleared the causes and then EOIed.
    pub fn cleared(&self) -> u32 {
        self.sum(|count| &count.cleared)
    }
}

/// A virtual machine, not yet started.
#[derive(Debug)]
pub struct Machine {
    vcpus: Vec<VcpuFd>,
    chip: arch::Chip,
    lines: Lines,
    _memory: Memory, // after the vCPUs, which alone use it
}

impl Machine {
    /// One whose guest does this.
    ///
    /// # Errors
    /// What KVM lacks or refused.
    pub fn new(setup: &Setup) -> Result<Self> {
        let kvm = Kvm::new().context("cannot open /dev/kvm; is KVM loaded, and has the CPU virtualization?")?;
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
        let vcpus = (0..setup.vcpus).map(vcpu).collect::<Result<Vec<_>>>()?;
        chip.start(&vm, &vcpus, &mut memory, setup)?;
        Ok(Self { vcpus, chip, lines: Lines::new(vm), _memory: memory })
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
        self.chip.own().map_or_else(line, |own| Pin::Own(Own(Arc::clone(own))))
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
    /// The guest went astray, or `causes` failed; then what `work` came to is dropped.
    pub fn run<T>(&mut self, causes: &dyn Causes, work: impl FnOnce(&Counts) -> T) -> Result<T> {
        let kick = SIGRTMIN();
        register_signal_handler(kick, ignore).map_err(|error| anyhow!("no handler for signal {kick}: {error}"))?;
        let counts = Counts::new(self.vcpus.len() as u8);
        let stop = AtomicBool::new(false);
        thread::scope(|scope| {
            let mut threads = Vec::new();
            for (vcpu, cpu) in self.vcpus.iter_mut().zip(0..) {
                let (id, count) = (Arc::new(OnceLock::new()), &counts.0[usize::from(cpu)]);
                let (own_id, chip, stop) = (Arc::clone(&id), &self.chip, &stop);
                let thread = scope.spawn(move || {
                    // SAFETY: it has no conditions.
                    own_id.get_or_init(|| unsafe { libc::pthread_self() });
                    Running { cpu, chip, causes, count, clears: false }.go(vcpu, stop)
                });
                threads.push((thread, id));
            }
            let done = catch_unwind(AssertUnwindSafe(|| work(&counts))); // or the scope would wait for ever
            stop.store(true, Ordering::Release);
            let mut went = Ok(());
            for (thread, id) in threads {
                let start = Instant::now();
                // More than once: a signal that comes just before KVM_RUN does not end it.
                while !thread.is_finished() {
                    if let Some(&id) = id.get() {
                        // SAFETY: a thread has its number until it is joined.
                        unsafe { libc::pthread_kill(id, kick) };
                    }
                    thread::sleep(Duration::from_millis(1));
                    if start.elapsed() > KICKED {
                        // A panic would wait for that very thread.
                        eprintln!("eoi-forward: a vCPU did not come out of KVM_RUN in {KICKED:?}: this KVM is broken");
                        process::abort();
                    }
                }
                went = went.and(thread.join().unwrap_or_else(|panic| resume_unwind(panic)));
            }
            done.map_or_else(|panic| resume_unwind(panic), |done| went.map(|()| done))
        })
    }
}

/// The signal only has to interrupt KVM_RUN.
extern "C" fn ignore(_: libc::c_int, _: *mut libc::siginfo_t, _: *mut libc::c_void) {}

/// One vCPU, and what it reaches.
struct Running<'a> {
    cpu: u8,
    chip: &'a arch::Chip,
    causes: &'a dyn Causes,
    count: &'a Count,
    /// It has cleared, and not yet EOIed.
    clears: bool,
}

impl Running<'_> {
    /// Lets the guest run, and does what it asks of its function and, where that is the VMM's, of its controller.
    fn go(mut self, vcpu: &mut VcpuFd, stop: &AtomicBool) -> Result<()> {
        while !stop.load(Ordering::Acquire) {
            let exit = match vcpu.run() {
                Ok(exit) => exit,
                Err(error) if [Errno::INTR, Errno::AGAIN].map(Errno::raw_os_error).contains(&error.errno()) => continue,
                Err(error) => return Err(error).context("KVM_RUN"),
            };
            match exit {
                VcpuExit::MmioRead(at, bytes) => {
                    let value = self.read(at).with_context(|| format!("the guest reads {at:#x}"))?;
                    bytes.copy_from_slice(value.to_le_bytes().get(..bytes.len()).context("more than 32 bits")?);
                }
                VcpuExit::MmioWrite(at, bytes) => {
                    let mut value = [0; 4];
                    value.get_mut(..bytes.len()).context("a write of more than 32 bits")?.copy_from_slice(bytes);
                    let value = u32::from_le_bytes(value);
                    self.write(at, value).with_context(|| format!("the guest writes {value:#x} to {at:#x}"))?;
                }
                VcpuExit::Intr => {}
                VcpuExit::IoapicEoi(vector) => {
                    self.chip.end(vector, || self.causes.eoi()).context("the guest's EOI")?;
                }
                VcpuExit::InternalError => {
                    let at = arch::program_counter(vcpu)?;
                    if arch::is_instruction(at) {
                        bail!("KVM cannot emulate the guest's instruction at {at:#x}");
                    }
                    return Ok(()); // see `Machine::astray`, which whoever misses it will ask
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
        let pending = self.causes.pending().context("its function cannot be read")?;
        if pending == 0 {
            self.count.stray.fetch_add(1, Ordering::Release);
        }
        Ok(pending)
    }

    fn write(&mut self, at: u64, value: u32) -> Result<()> {
        match at.wrapping_sub(arch::WINDOW) {
            CLEAR => {
                self.causes.clear(value).context("its function cannot be written")?;
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

#[cfg(test)]
mod tests;
