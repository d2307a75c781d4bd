//! A GICv2 of one shared interrupt and up to eight CPUs, kept by the VMM: KVM has only the CPUs' IRQ inputs.
//!
//! Arm IHI 0048, 3.2.4 (states of a level-sensitive interrupt), 4.3 and 4.4 (registers). Priorities are not looked at, since
//! there is nothing to compare; configuration beyond level-sensitive is taken and ignored.

/// The distributor.
pub(super) const GICD: u64 = 0x0800_0000;
/// The CPU interface, each CPU its own.
pub(super) const GICC: u64 = 0x0801_0000;
const SIZE: u64 = 0x1000;
const NONE: u32 = 1023;

/// The effect of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wrote {
    /// There is no such register.
    Nothing,
    /// The effect of registers.
    Register,
    /// The CPU ends the interrupt: [`Gicv2::end`] has to follow.
    End,
}

/// The controller.
#[derive(Debug)]
pub(super) struct Gicv2 {
    intid: u32,
    on: bool,
    enabled: bool,
    targets: u8,
    line: bool,
    /// The CPU that has it in service.
    active: Option<u8>,
    /// The CPUs whose interface is on.
    interfaces: u8,
}

impl Gicv2 {
    /// After reset: everything is off.
    pub const fn new(intid: u32) -> Self {
        Self {
            intid,
            on: false,
            enabled: false,
            targets: 0,
            line: false,
            active: None,
            interfaces: 0,
        }
    }

    /// The level at the input.
    pub const fn set_line(&mut self, up: bool) {
        self.line = up;
    }

    /// Whether this CPU is to be interrupted.
    pub const fn interrupts(&self, cpu: u8) -> bool {
        let pending = self.on && self.enabled && self.line && self.active.is_none();
        pending && self.targets & self.interfaces & 1 << cpu != 0
    }

    /// The register at `at` as this CPU reads it, if there is one. GICC_IAR takes the interrupt.
    pub fn read(&mut self, cpu: u8, at: u64) -> Option<u32> {
        match (at.wrapping_sub(GICD), at.wrapping_sub(GICC)) {
            (_, 0x0c) if self.interrupts(cpu) => {
                self.active = Some(cpu);
                Some(self.intid)
            }
            (_, 0x0c) => Some(NONE),
            _ => None,
        }
    }

    /// This CPU writes a register.
    pub fn write(&mut self, cpu: u8, at: u64, value: u32) -> Wrote {
        let (word, bit) = (u64::from(self.intid) / 32 * 4, 1 << (self.intid % 32));
        match (at.wrapping_sub(GICD), at.wrapping_sub(GICC)) {
            (0x000, _) => self.on = value & 1 != 0,
            (at, _) if at == 0x100 + word => self.enabled |= value & bit != 0,
            (at, _) if at == 0x180 + word => self.enabled &= value & bit == 0,
            (at, _) if at == 0x800 + u64::from(self.intid) => self.targets = value as u8,
            (at, _) if at < SIZE => {}
            (_, 0x00) => self.interfaces = self.interfaces & !(1 << cpu) | (value as u8 & 1) << cpu,
            (_, 0x10) if value == self.intid && self.active == Some(cpu) => return Wrote::End,
            (_, at) if at < SIZE => {}
            _ => return Wrote::Nothing,
        }
        Wrote::Register
    }

    /// It is no longer in service.
    pub const fn end(&mut self) {
        self.active = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IAR: u64 = GICC + 0xc;
    const EOIR: u64 = GICC + 0x10;
    const TARGET: u64 = GICD + 0x800 + 48;

    fn programmed() -> Gicv2 {
        let mut gic = Gicv2::new(48);
        for (cpu, at, value) in [
            (0, TARGET, 1),
            (0, GICD + 0x104, 1 << 16),
            (0, GICD, 1),
            (0, GICC, 1),
            (1, GICC, 1),
        ] {
            assert_eq!(gic.write(cpu, at, value), Wrote::Register);
        }
        gic
    }

    #[test]
    fn a_level_is_taken_by_the_cpu_that_it_is_sent_to_and_comes_again_after_its_end() {
        let mut gic = programmed();
        assert_eq!(gic.read(0, IAR), Some(NONE));
        gic.set_line(true);
        assert_eq!((gic.interrupts(0), gic.interrupts(1)), (true, false));
        assert_eq!(gic.read(1, IAR), Some(NONE));
        assert_eq!(gic.read(0, IAR), Some(48));
        assert!(!gic.interrupts(0));
        gic.write(0, TARGET, 2);
        assert!(!gic.interrupts(1), "it is in service");
        assert_eq!(
            gic.write(1, EOIR, 48),
            Wrote::Register,
            "another CPU ends nothing"
        );
        assert_eq!(gic.write(0, EOIR, 48), Wrote::End);
        gic.end();
        assert_eq!((gic.interrupts(0), gic.interrupts(1)), (false, true));
        gic.set_line(false);
        assert_eq!(
            gic.read(1, IAR),
            Some(NONE),
            "a level that fell is no longer pending"
        );
    }

    #[test]
    fn what_is_off_does_not_interrupt() {
        for (at, value) in [(GICD, 0), (GICC, 0), (GICD + 0x184, 1 << 16), (TARGET, 0)] {
            let mut gic = programmed();
            gic.set_line(true);
            gic.write(0, at, value);
            assert!(!gic.interrupts(0), "{at:#x}");
        }
        assert_eq!(programmed().write(0, GICC + SIZE, 0), Wrote::Nothing);
    }
}
