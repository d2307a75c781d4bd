//! A virtual machine whose guest does nothing but take one level interrupt, and the irqfds that bring it.
//!
//! The guest is a few instructions in the files of the architectures. It has one vCPU, no firmware and no paging, and
//! programs the controller that KVM emulates in the kernel. Its function is a window of registers that KVM leaves to
//! the VMM ([`STATUS`] and the following). For each interrupt it
//!
//! 1. reads [`STATUS`];
//! 2. writes what it read to [`CLEAR`], if a cause was up and it has ignored as many interrupts as it was told to;
//! 3. signals EOI to its controller;
//! 4. writes how many interrupts it has taken so far to [`DONE`], and halts until the next.

#[cfg(target_arch = "aarch64")]
mod aarch64;
mod memory;
#[cfg(target_arch = "x86_64")]
mod x86_64;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use kvm_bindings::kvm_userspace_memory_region;
use kvm_ioctls::{Cap, Kvm, VcpuExit, VcpuFd, VmFd};
use rustix::fd::{BorrowedFd, FromRawFd, IntoRawFd};
use rustix::io::Errno;
use vmm_sys_util::eventfd::EventFd;
use vmm_sys_util::signal::{SIGRTMIN, register_signal_handler};

#[cfg(target_arch = "aarch64")]
use aarch64 as arch;
use memory::Memory;
#[cfg(target_arch = "x86_64")]
use x86_64 as arch;

/// The line of the guest's controller. On x86-64 the lowest pin of the IO-APIC that KVM does not route to the i8259 as
/// well (`default_routing`, arch/x86/kvm/irq_comm.c); on arm64 the number of the SPI.
pub const GSI: u32 = 16;

/// The causes that are up, for the guest to read.
pub const STATUS: u64 = 0x0;
/// The guest clears the causes that it writes.
pub const CLEAR: u64 = 0x4;
/// The guest has signalled EOI; it writes the number of interrupts that it has taken.
pub const DONE: u64 = 0x8;
/// The guest has programmed its controller.
pub const READY: u64 = 0xc;
/// The guest took an exception that it knows nothing of; it writes its syndrome. x86-64 has KVM_EXIT_SHUTDOWN for it.
pub const LOST: u64 = 0x10;

/// What a vCPU may take to come out of KVM_RUN; it does not run at all while the host swaps.
const KICKED: Duration = Duration::from_secs(30);

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
}

/// What the guest has done so far, for any thread.
#[derive(Debug, Default)]
pub struct Counts {
    ready: AtomicBool,
    taken: AtomicU32,
    stray: AtomicU32,
    cleared: AtomicU32,
}

impl Counts {
    /// Its controller is programmed.
    pub fn ready(&self) -> bool {
        self.ready.load(Ordering::Acquire)
    }

    /// Interrupts that it took and EOIed, by its own count.
    pub fn taken(&self) -> u32 {
        self.taken.load(Ordering::Acquire)
    }

    /// Of those, interrupts for which it found no cause.
    pub fn stray(&self) -> u32 {
        self.stray.load(Ordering::Acquire)
    }

    /// Interrupts for which it cleared the causes and then EOIed.
    pub fn cleared(&self) -> u32 {
        self.cleared.load(Ordering::Acquire)
    }
}

/// A virtual machine, not yet started. Dropping it takes its irqfds away.
#[derive(Debug)]
pub struct Machine {
    vcpu: VcpuFd,
    chip: arch::Chip,
    vm: VmFd,
    _memory: Memory, // after what may use it
}

impl Machine {
    /// One whose guest EOIs `again` interrupts of each cause before it clears it.
    ///
    /// # Errors
    /// What KVM lacks or refused.
    pub fn new(again: u32) -> Result<Self> {
        let kvm = Kvm::new().context("cannot open /dev/kvm; is KVM loaded, and has the CPU virtualization?")?;
        if !kvm.check_extension(Cap::IrqfdResample) {
            bail!("this kernel's KVM has no KVM_CAP_IRQFD_RESAMPLE");
        }
        let vm = kvm.create_vm().context("KVM_CREATE_VM")?;
        let mut memory = Memory::new(arch::RAM_SIZE).context("no memory for the guest")?;
        let region = kvm_userspace_memory_region {
            slot: 0,
            flags: 0,
            guest_phys_addr: arch::RAM,
            memory_size: memory.size() as u64,
            userspace_addr: memory.address(),
        };
        // SAFETY: the range is all of the mapping, which `Self` keeps until the vCPU and the VM are gone.
        unsafe { vm.set_user_memory_region(region) }.context("KVM_SET_USER_MEMORY_REGION")?;
        let mut chip = arch::Chip::new(&vm)?;
        let vcpu = vm.create_vcpu(0).context("KVM_CREATE_VCPU")?;
        chip.start(&vm, &vcpu, &mut memory, again)?;
        Ok(Self { vcpu, chip, vm, _memory: memory })
    }

    /// The guest's controller: `ioapic`, `vgic-v3` or `vgic-v2`.
    #[must_use]
    pub fn chip(&self) -> &'static str {
        self.chip.name()
    }

    /// Raises [`GSI`] when `trigger` is written; at the guest's EOI lowers it and writes `resample` (KVM_IRQFD with
    /// KVM_IRQFD_FLAG_RESAMPLE).
    ///
    /// # Errors
    /// The kernel's.
    pub fn wire(&self, trigger: BorrowedFd<'_>, resample: BorrowedFd<'_>) -> Result<()> {
        let (trigger, resample) = (again(trigger)?, again(resample)?);
        self.vm.register_irqfd_with_resample(&trigger, &resample, GSI).context("KVM_IRQFD with resamplefd")
    }

    /// Runs the guest on a thread of its own while `work` is done on this one, then stops it for good.
    ///
    /// # Errors
    /// The guest went astray, or `causes` failed; then what `work` came to is dropped.
    pub fn run<T>(mut self, causes: &dyn Causes, work: impl FnOnce(&Counts) -> T) -> Result<T> {
        let kick = SIGRTMIN();
        register_signal_handler(kick, ignore).map_err(|error| anyhow!("no handler for signal {kick}: {error}"))?;
        let (counts, stop, id) = (Counts::default(), AtomicBool::new(false), OnceLock::new());
        thread::scope(|scope| {
            let thread = scope.spawn(|| {
                // SAFETY: it has no conditions.
                id.get_or_init(|| unsafe { libc::pthread_self() });
                go(&mut self.vcpu, causes, &counts, &stop)
            });
            let done = catch_unwind(AssertUnwindSafe(|| work(&counts))); // or the scope would wait for the vCPU for ever
            stop.store(true, Ordering::Release);
            let start = Instant::now();
            // More than once: a signal that comes just before KVM_RUN does not end it.
            while !thread.is_finished() {
                if let Some(&id) = id.get() {
                    // SAFETY: a thread has its number until it is joined.
                    unsafe { libc::pthread_kill(id, kick) };
                }
                thread::sleep(Duration::from_millis(1));
                assert!(start.elapsed() < KICKED, "the vCPU does not come out of KVM_RUN");
            }
            match (thread.join(), done) {
                (Ok(went), Ok(done)) => went.map(|()| done),
                (Err(panic), _) | (_, Err(panic)) => resume_unwind(panic),
            }
        })
    }
}

/// The signal only has to interrupt KVM_RUN.
extern "C" fn ignore(_: libc::c_int, _: *mut libc::siginfo_t, _: *mut libc::c_void) {}

fn again(fd: BorrowedFd<'_>) -> Result<EventFd> {
    let copy = fd.try_clone_to_owned().context("cannot duplicate an eventfd")?;
    // SAFETY: nothing else owns the copy.
    Ok(unsafe { EventFd::from_raw_fd(copy.into_raw_fd()) })
}

/// Lets the guest run, and does what it asks of its function.
fn go(vcpu: &mut VcpuFd, causes: &dyn Causes, counts: &Counts, stop: &AtomicBool) -> Result<()> {
    let mut clears = false;
    while !stop.load(Ordering::Acquire) {
        let exit = match vcpu.run() {
            Ok(exit) => exit,
            Err(error) if [Errno::INTR, Errno::AGAIN].map(Errno::raw_os_error).contains(&error.errno()) => continue,
            Err(error) => return Err(error).context("KVM_RUN"),
        };
        match exit {
            VcpuExit::MmioRead(at, bytes) if at == arch::WINDOW + STATUS => {
                let pending = causes.pending().context("the guest cannot read its function")?;
                bytes.copy_from_slice(pending.to_le_bytes().get(..bytes.len()).context("a read of more than 32 bits")?);
                if pending == 0 {
                    counts.stray.fetch_add(1, Ordering::Release);
                }
            }
            VcpuExit::MmioWrite(at, bytes) => {
                let value = u32::from_le_bytes(bytes.try_into().context("a write of other than 32 bits")?);
                match at.wrapping_sub(arch::WINDOW) {
                    CLEAR => {
                        causes.clear(value).context("the guest cannot write its function")?;
                        clears = true;
                    }
                    DONE => {
                        counts.taken.store(value, Ordering::Release);
                        if std::mem::take(&mut clears) {
                            counts.cleared.fetch_add(1, Ordering::Release);
                        }
                    }
                    READY => counts.ready.store(true, Ordering::Release),
                    LOST => bail!("the guest took an exception with syndrome {value:#x}"),
                    _ => bail!("the guest wrote {value:#x} to {at:#x}, where nothing is"),
                }
            }
            VcpuExit::Intr => {}
            exit => bail!("the guest left KVM_RUN with {exit:?}"),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::fd::{AsFd, AsRawFd};

    use super::*;

    /// A function without VFIO: the test is what unmasks.
    #[derive(Default)]
    struct Line(AtomicU32);

    impl Causes for Line {
        fn pending(&self) -> rustix::io::Result<u32> {
            Ok(self.0.load(Ordering::SeqCst))
        }

        fn clear(&self, bits: u32) -> rustix::io::Result<()> {
            self.0.fetch_and(!bits, Ordering::SeqCst);
            Ok(())
        }
    }

    fn new_eventfd() -> EventFd {
        EventFd::new(libc::EFD_NONBLOCK | libc::EFD_CLOEXEC).expect("an eventfd")
    }

    fn until(is: impl Fn() -> bool) -> bool {
        let start = Instant::now();
        while !is() {
            if start.elapsed() > Duration::from_secs(10) {
                return false;
            }
            thread::yield_now();
        }
        true
    }

    #[test]
    fn the_guest_takes_a_level_interrupt_until_it_has_cleared_the_cause() {
        if Kvm::new().is_err() {
            eprintln!("no /dev/kvm here: not tested");
            return;
        }
        let (line, trigger, resample) = (Line::default(), new_eventfd(), new_eventfd());
        // SAFETY: both outlive what borrows their numbers.
        let (up, eoi) =
            unsafe { (BorrowedFd::borrow_raw(trigger.as_raw_fd()), BorrowedFd::borrow_raw(resample.as_raw_fd())) };
        let machine = Machine::new(2).expect("a machine");
        machine.wire(up.as_fd(), eoi.as_fd()).expect("wired");
        let resampled = machine.run(&line, |counts| {
            assert!(until(|| counts.ready()), "the guest does not start");
            let mut resampled = 0;
            for round in 1..=5 {
                line.0.store(1, Ordering::SeqCst);
                trigger.write(1).expect("written");
                for interrupt in 3 * (round - 1) + 1..=3 * round {
                    assert!(until(|| counts.taken() == interrupt), "interrupt {interrupt}: {counts:?}");
                    resampled += resample.read().expect("an EOI");
                    if line.pending() != Ok(0) {
                        trigger.write(1).expect("written");
                    }
                }
                assert_eq!((line.pending(), counts.cleared()), (Ok(0), round));
            }
            thread::sleep(Duration::from_millis(50));
            assert_eq!((counts.taken(), counts.stray()), (15, 0));
            resampled
        });
        assert_eq!(resampled.expect("the guest went on"), 15);
    }
}
