//! An IO-APIC of one pin, kept by the VMM: KVM has only the local APICs (`KVM_CAP_SPLIT_IRQCHIP`).
//!
//! 82093AA, 3.1 and 3.2. Only level-triggered interrupts of fixed delivery to one CPU: that is what the guest programs.

use eoi_forward::kvm::split::Message;

/// Where the registers are.
pub(super) const BASE: u64 = 0xfec0_0000;
const IOREGSEL: u64 = BASE;
const IOWIN: u64 = BASE + 0x10;

const REMOTE_IRR: u64 = 1 << 14;
const LEVEL: u64 = 1 << 15;
const MASKED: u64 = 1 << 16;

/// The pin, and the register that chooses which half of it is seen.
#[derive(Debug)]
pub(super) struct Ioapic {
    low: u32,
    select: u32,
    entry: u64,
    line: bool,
}

impl Ioapic {
    /// After reset: the pin is masked.
    pub const fn new(pin: u32) -> Self {
        Self {
            low: 0x10 + 2 * pin,
            select: 0,
            entry: MASKED,
            line: false,
        }
    }

    /// The register at `at`, if there is one.
    pub const fn read(&self, at: u64) -> Option<u32> {
        match at {
            IOREGSEL => Some(self.select),
            IOWIN if self.select == self.low => Some(self.entry as u32),
            IOWIN if self.select == self.low + 1 => Some((self.entry >> 32) as u32),
            _ => None,
        }
    }

    /// Writes a register; whether there is one. Remote IRR is read-only.
    pub const fn write(&mut self, at: u64, value: u32) -> bool {
        let value = value as u64;
        match at {
            IOREGSEL => self.select = value as u32 & 0xff,
            IOWIN if self.select == self.low => {
                self.entry = self.entry & (0xffff_ffff << 32 | REMOTE_IRR) | value & !REMOTE_IRR;
            }
            IOWIN if self.select == self.low + 1 => {
                self.entry = self.entry & 0xffff_ffff | value << 32;
            }
            _ => return false,
        }
        true
    }

    /// The level at the pin.
    pub const fn set_line(&mut self, up: bool) {
        self.line = up;
    }

    /// The vector whose EOIs are of interest.
    pub const fn vector(&self) -> u8 {
        self.entry as u8
    }

    /// Whether an EOI of this vector ends what the pin has sent.
    pub const fn is_ended_by(&self, vector: u8) -> bool {
        self.entry & REMOTE_IRR != 0 && self.vector() == vector
    }

    /// The EOI has come.
    pub const fn end(&mut self) {
        self.entry &= !REMOTE_IRR;
    }

    /// The message that has to be sent now. It counts as sent.
    pub fn take(&mut self) -> Option<Message> {
        let waits = self.line && self.entry & (MASKED | LEVEL | REMOTE_IRR) == LEVEL;
        waits.then(|| {
            self.entry |= REMOTE_IRR;
            Message {
                to: (self.entry >> 56) as u8,
                vector: self.vector(),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn programmed() -> Ioapic {
        let mut ioapic = Ioapic::new(16);
        for (register, value) in [(0x31, 1 << 24), (0x30, 1 << 15 | 0x40)] {
            assert!(ioapic.write(IOREGSEL, register) && ioapic.write(IOWIN, value));
        }
        ioapic
    }

    #[test]
    fn a_level_is_sent_once_until_its_eoi_and_again_while_it_is_up() {
        let mut ioapic = programmed();
        assert_eq!(ioapic.take(), None);
        ioapic.set_line(true);
        assert_eq!(
            ioapic.take(),
            Some(Message {
                to: 1,
                vector: 0x40
            })
        );
        assert_eq!(ioapic.take(), None);
        assert!(ioapic.is_ended_by(0x40) && !ioapic.is_ended_by(0x41));
        ioapic.write(IOREGSEL, 0x31);
        ioapic.write(IOWIN, 0); // the guest sends it elsewhere while it is in service
        ioapic.end();
        assert_eq!(
            ioapic.take(),
            Some(Message {
                to: 0,
                vector: 0x40
            })
        );
        ioapic.set_line(false);
        ioapic.end();
        assert_eq!((ioapic.take(), ioapic.is_ended_by(0x40)), (None, false));
    }

    #[test]
    fn a_masked_pin_sends_when_it_is_unmasked() {
        let mut ioapic = programmed();
        ioapic.write(IOREGSEL, 0x30);
        ioapic.write(IOWIN, 1 << 16 | 1 << 15 | 0x40);
        ioapic.set_line(true);
        assert_eq!(ioapic.take(), None);
        ioapic.write(IOWIN, 1 << 15 | 0x40);
        assert!(ioapic.take().is_some());
        assert_eq!(ioapic.read(IOWIN), Some(1 << 15 | 1 << 14 | 0x40));
    }

    #[test]
    fn there_is_only_one_pin() {
        let mut ioapic = programmed();
        ioapic.write(IOREGSEL, 0x32);
        assert_eq!(
            (ioapic.read(IOREGSEL), ioapic.read(IOWIN)),
            (Some(0x32), None)
        );
        assert!(!ioapic.write(IOWIN, 0) && !ioapic.write(BASE + 0x40, 0));
    }
}
