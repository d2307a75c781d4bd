//! Who moves a guest's pin: by `KVM_IRQ_LINE`, or by irqfds, and never both.

use std::collections::HashMap;

use rustix::io::{Errno, Result};

/// Those who move the pins of a virtual machine, by GSI.
#[derive(Debug, Default)]
pub(super) struct Pins(HashMap<u32, Pin>);

#[derive(Debug, Default)]
struct Pin {
    /// How many hold it up.
    up: u32,
    /// How many irqfds it has.
    wired: u32,
}

impl Pins {
    fn pin(&mut self, gsi: u32) -> &mut Pin {
        self.0.entry(gsi).or_default()
    }

    /// One more would hold the pin up; returns whether it is the first, who has to tell KVM.
    pub(super) fn is_first(&mut self, gsi: u32) -> Result<bool> {
        let pin = self.pin(gsi);
        if pin.wired == 0 {
            Ok(pin.up == 0)
        } else {
            Err(Errno::BUSY)
        }
    }

    /// Nobody else holds the pin up: who lowers it has to tell KVM.
    pub(super) fn is_last(&mut self, gsi: u32) -> bool {
        self.pin(gsi).up <= 1
    }

    /// One more holds the pin up, or one less.
    pub(super) fn hold(&mut self, gsi: u32, up: bool) {
        let pin = self.pin(gsi);
        pin.up = if up { pin.up + 1 } else { pin.up - 1 };
    }

    /// The pin may get an irqfd.
    pub(super) fn can_be_wired(&mut self, gsi: u32) -> Result<()> {
        if self.pin(gsi).up == 0 {
            Ok(())
        } else {
            Err(Errno::BUSY)
        }
    }

    /// The pin has one irqfd more, or one less.
    pub(super) fn wire(&mut self, gsi: u32, wired: bool) {
        let pin = self.pin(gsi);
        pin.wired = if wired { pin.wired + 1 } else { pin.wired - 1 };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GSI: u32 = 16;

    #[test]
    fn the_first_and_the_last_who_hold_a_pin_up_tell_kvm() {
        let mut pins = Pins::default();
        assert_eq!(pins.is_first(GSI), Ok(true));
        pins.hold(GSI, true);
        assert_eq!(pins.is_first(GSI), Ok(false));
        assert_eq!(pins.is_first(GSI + 1), Ok(true), "another pin");
        pins.hold(GSI, true);
        assert!(!pins.is_last(GSI));
        pins.hold(GSI, false);
        assert!(pins.is_last(GSI));
        pins.hold(GSI, false);
        assert_eq!(pins.is_first(GSI), Ok(true));
    }

    #[test]
    fn nobody_holds_a_pin_up_whose_level_an_ack_of_kvms_lowers() {
        let mut pins = Pins::default();
        pins.wire(GSI, true);
        pins.wire(GSI, true);
        assert_eq!(pins.can_be_wired(GSI), Ok(()), "resamplers share a pin");
        pins.wire(GSI, false);
        assert_eq!(pins.is_first(GSI), Err(Errno::BUSY));
        pins.wire(GSI, false);
        assert_eq!(pins.is_first(GSI), Ok(true));
        pins.hold(GSI, true);
        assert_eq!(pins.can_be_wired(GSI), Err(Errno::BUSY));
        assert_eq!(pins.can_be_wired(GSI + 1), Ok(()), "another pin");
        pins.hold(GSI, false);
        assert_eq!(pins.can_be_wired(GSI), Ok(()));
    }
}
