//! What the machine says: one line a fact on the console, numbered and with a checksum, so that a line which the kernel
//! or the firmware wrote into is not taken for whole.
//!
//! A line is `eoi-lab SEQ CRC PAYLOAD`; SEQ counts from 0, CRC is CRC-16/CCITT-FALSE over the payload in four
//! hexadecimal digits. `step`s count from 0 within their case.
//!
//! In a long step comes, now and then, `progress KEY=VALUE …`: it is not over yet.
//!
//! Before a `step I kvm` comes `chain KEY=VALUE …`:
//!
//! * `delivered`: rounds whose first interrupt came to the guest;
//! * `resampled`: EOIs of the guest for which KVM signalled the resample;
//! * `refired`: interrupts of a cause that the guest had EOIed and not cleared;
//! * `quiet`: 1 if neither guest nor host took any in `idle_ms` after the last round; 0 also without a last round;
//! * `guest_irqs`, `stray`, `host_irqs`: what the guest took, for how much of it there was no cause, what the host took;
//! * `rounds`, `us`: rounds that ended with a cleared cause, and the microseconds of all;
//! * `chip`: the guest's controller, `ioapic`, `vgic-v3` or `vgic-v2`.
//!
//! Before a `step I soak` it has
//!
//! * `path`, `chip`, `vcpus`: `resample` or `eoi`; the guest's controller, `own-ioapic` or `own-gicv2` where it is the VMM's;
//! * `guest_irqs`, `vcpu0`, `vcpu1`, `stray`, `host_irqs`: what the guest took, each of its CPUs, without a cause, the host;
//! * `raises`: how often a cause was raised, whether it was up already or not; `lost`: causes that were still up when
//!   nothing more came;
//! * `after_teardown`: interrupts of guest and host, and signals, of a cause that was raised when all was torn down;
//! * `wakeups`: how often the VMM's event loop came out of poll(); `vmm_syscalls`: system calls of its thread, by the kernel's
//!   own count (raw_syscalls:sys_enter), left out where the kernel has no such event;
//! * `astray`: guests that were replaced, since the emulated CPU had lost their registers (`Machine::astray`);
//! * `us`: from the first cause to the last interrupt.
//!
//! Without DisINTx each interrupt of the guest is one of the host; with it, a round is one of the host: VFIO signals a
//! cause that is still up at the unmask by itself (`vfio_pci_intx_unmask_handler`).

use std::sync::atomic::{AtomicU64, Ordering};

use crc::{CRC_16_IBM_3740, Crc};
use rustix::fd::OwnedFd;
use rustix::fs::{Mode, OFlags};
use rustix::io::write;
use rustix::termios::tcdrain;

/// CRC-16/CCITT-FALSE, which the catalogue calls IBM-3740.
const CRC: Crc<u16> = Crc::<u16>::new(&CRC_16_IBM_3740);

/// /dev/console.
pub struct Console {
    file: OwnedFd,
    next: AtomicU64,
}

impl Console {
    /// Opens it.
    ///
    /// # Errors
    /// There is none.
    pub fn open() -> rustix::io::Result<Self> {
        let file = rustix::fs::open("/dev/console", OFlags::WRONLY | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty())?;
        Ok(Self { file, next: AtomicU64::new(0) })
    }

    /// Writes one line. A console that takes nothing is noticed outside, by the line that is missing.
    pub fn say(&self, payload: &str) {
        let text = line(self.next.fetch_add(1, Ordering::Relaxed), payload);
        let mut rest = text.as_bytes();
        while let Ok(written @ 1..) = write(&self.file, rest) {
            rest = &rest[written..];
        }
    }

    /// Says why nothing more will come.
    pub fn fatal(&self, why: &str) {
        self.say(&format!("fatal {why}"));
        self.drain();
    }

    /// Waits until everything was sent.
    pub fn drain(&self) {
        let _ = tcdrain(&self.file); // a console that is no terminal sends at once
    }
}

/// The line of this number and payload. What would end or split it becomes a space.
#[must_use]
pub fn line(sequence: u64, payload: &str) -> String {
    let payload: String = payload.trim_end().chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    format!("eoi-lab {sequence} {:04x} {payload}\n", CRC.checksum(payload.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 0x29b1 is the check value over "123456789" in the catalogue of parametrised CRC algorithms.
    #[test]
    fn the_checksum_is_ccitt_false() {
        assert_eq!(line(7, "123456789"), "eoi-lab 7 29b1 123456789\n");
        assert_eq!(line(0, ""), "eoi-lab 0 ffff \n");
    }

    #[test]
    fn a_payload_cannot_become_two_lines() {
        let said = line(1, "fatal a\nb\r\n");
        assert_eq!(said, line(1, "fatal a b"));
        assert_eq!(said.lines().count(), 1);
    }
}
