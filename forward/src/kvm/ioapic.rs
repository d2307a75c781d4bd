//! An IO-APIC of one pin, kept by the VMM: KVM has only the local APICs (`KVM_CAP_SPLIT_IRQCHIP`).
//!
//! 82093AA, 3.1 and 3.2. Only level-triggered interrupts of fixed delivery to one CPU: that is what the guest programs.

/// Where the registers are.
pub(super) const BASE: u64 = 0xfec0_0000;
const IOREGSEL: u64 = BASE;
const IOWIN: u64 = BASE + 0x10;

const REMOTE_IRR: u64 = 1 << 14;
const LEVEL: u64 = 1 << 15;
const MASKED: u64 = 1 << 16;

/// What goes to a local APIC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Message {
    /// The local APIC's number.
    pub to: u8,
    /// The vector.
    pub vector: u8,
}

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
        Self { low: 0x10 + 2 * pin, select: 0, entry: MASKED, line: false }
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
            IOWIN if self.select == self.low + 1 => self.entry = self.entry & 0xffff_ffff | value << 32,
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

    /// What has to be sent now. It is taken as sent.
    pub fn take(&mut self) -> Option<Message> {
        let waits = self.line && self.entry & (MASKED | LEVEL | REMOTE_IRR) == LEVEL;
        waits.then(|| {
            self.entry |= REMOTE_IRR;
            Message { to: (self.entry >> 56) as u8, vector: self.vector() }
        })
    }
}

#[cfg(target_arch = "x86_64")]
pub(super) use on_kvm::Own;

#[cfg(target_arch = "x86_64")]
mod on_kvm {
    use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

    use kvm_bindings::{
        KVM_CAP_SPLIT_IRQCHIP, KVM_IRQ_ROUTING_MSI, KvmIrqRouting, kvm_enable_cap, kvm_irq_routing_entry,
        kvm_irq_routing_entry__bindgen_ty_1, kvm_irq_routing_msi, kvm_msi,
    };
    use kvm_ioctls::VmFd;
    use rustix::io::{Errno, Result};

    use super::{Ioapic, Message};
    use crate::kvm::guest::GSI;
    use crate::kvm::line::errno;

    // Intel SDM volume 3, 11.11.1 and 11.11.2: an interrupt as a write.
    const ADDRESS: u32 = 0xfee0_0000;
    const EVERY_CPU: u8 = 0xff;
    const ASSERTED_LEVEL: u32 = 1 << 15 | 1 << 14;

    fn address_and_data(message: Message) -> (u32, u32) {
        (ADDRESS | u32::from(message.to) << 12, ASSERTED_LEVEL | u32::from(message.vector))
    }

    /// The IO-APIC, for any thread.
    #[derive(Debug)]
    pub(in crate::kvm) struct Own {
        vm: Arc<VmFd>,
        pin: Mutex<Ioapic>,
    }

    impl Own {
        /// Before the vCPUs.
        pub fn new(vm: Arc<VmFd>) -> Result<Self> {
            let mut cap = kvm_enable_cap { cap: KVM_CAP_SPLIT_IRQCHIP, ..Default::default() };
            cap.args[0] = u64::from(GSI) + 1;
            vm.enable_cap(&cap).map_err(errno)?;
            Ok(Self { vm, pin: Mutex::new(Ioapic::new(GSI)) })
        }

        fn lock(&self) -> MutexGuard<'_, Ioapic> {
            self.pin.lock().unwrap_or_else(PoisonError::into_inner)
        }

        /// Sends what there is to be sent. The lock is held, so that two threads send one message.
        fn look(&self, pin: &mut Ioapic) -> Result<()> {
            let Some(message) = pin.take() else { return Ok(()) };
            let (address_lo, data) = address_and_data(message);
            self.vm.signal_msi(kvm_msi { address_lo, data, ..Default::default() }).map(drop).map_err(errno)
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

        /// KVM reports the EOIs of the vectors that it finds in level-triggered MSI routes, to the CPUs that they name or
        /// that have one in service (`kvm_scan_ioapic_routes`). Nothing is injected by this route, and it names all CPUs: so
        /// it stays as it is when the interrupt is sent to another.
        fn report(&self, vector: u8) -> Result<()> {
            let (address_lo, data) = address_and_data(Message { to: EVERY_CPU, vector });
            let msi = kvm_irq_routing_msi { address_lo, data, ..Default::default() };
            let u = kvm_irq_routing_entry__bindgen_ty_1 { msi };
            let entry = kvm_irq_routing_entry { gsi: GSI, type_: KVM_IRQ_ROUTING_MSI, u, ..Default::default() };
            let routes = KvmIrqRouting::from_entries(&[entry]).map_err(|_| Errno::NOMEM)?;
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
        assert_eq!(ioapic.take(), Some(Message { to: 1, vector: 0x40 }));
        assert_eq!(ioapic.take(), None);
        assert!(ioapic.is_ended_by(0x40) && !ioapic.is_ended_by(0x41));
        ioapic.write(IOREGSEL, 0x31);
        ioapic.write(IOWIN, 0); // the guest sends it elsewhere while it is in service
        ioapic.end();
        assert_eq!(ioapic.take(), Some(Message { to: 0, vector: 0x40 }));
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
        assert_eq!((ioapic.read(IOREGSEL), ioapic.read(IOWIN)), (Some(0x32), None));
        assert!(!ioapic.write(IOWIN, 0) && !ioapic.write(BASE + 0x40, 0));
    }
}
