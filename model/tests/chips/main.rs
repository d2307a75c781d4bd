//! Every controller, over every pin that any order of accesses can reach: the host's and the
//! guest's.
//!
//! The expected behaviour stands in the tables, from the manuals and sources that the controllers'
//! files cite.

use std::collections::BTreeSet;

use eoi_model::guest::GuestChip;
use eoi_model::irqchip::Access::Line;
use eoi_model::irqchip::{Access, Irqchip, LINE, Pin, Reply};
use eoi_model::packed::Word;

mod drivers;
mod expect;
mod guests;
mod host;

/// A pin that is driven.
#[derive(Clone, Copy)]
struct Drive {
    hw: fn(Pin, Access) -> Reply,
    signals: fn(Pin) -> bool,
    pin: Pin,
}

impl Drive {
    fn host(chip: &Irqchip) -> Self {
        Self {
            hw: chip.hw,
            signals: chip.signals,
            pin: chip.reset,
        }
    }

    fn guest(chip: &GuestChip, pin: Pin) -> Self {
        Self {
            hw: chip.hw,
            signals: chip.signals,
            pin,
        }
    }

    fn on(mut self, accesses: &[Access]) -> Self {
        for &access in accesses {
            self.pin = (self.hw)(self.pin, access).pin;
        }
        self
    }

    fn signals(self) -> bool {
        (self.signals)(self.pin)
    }

    /// Every pin that these accesses reach.
    fn reaches(self, accesses: &[Access]) -> BTreeSet<Pin> {
        let (mut seen, mut todo) = (BTreeSet::from([self.pin]), vec![self.pin]);
        while let Some(pin) = todo.pop() {
            let next = accesses.iter().map(|&access| (self.hw)(pin, access).pin);
            todo.extend(next.filter(|&pin| seen.insert(pin)));
        }
        seen
    }

    /// The rules that hold for every chip in either seat. `bits` are the declared ones.
    fn keeps_the_rules(self, name: &str, bits: Pin, accesses: &[Access]) {
        for pin in self.reaches(accesses) {
            assert_eq!(
                pin & !bits,
                0,
                "{name}: pin {pin:#b} has bits that are not declared"
            );
            for &access in accesses {
                let next = (self.hw)(pin, access).pin;
                let line = if let Line(level) = access {
                    Pin::from(level)
                } else {
                    pin & LINE
                };
                assert_eq!(
                    next & LINE,
                    line,
                    "{name}: {access:?} at {pin:#b} makes {next:#b}"
                );
            }
        }
        let low: Vec<Access> = accesses
            .iter()
            .copied()
            .filter(|&access| access != Line(true))
            .collect();
        for pin in self.reaches(&low) {
            assert!(
                !(self.signals)(pin),
                "{name}: pin {pin:#b} signals and the line was never high"
            );
        }
    }
}

fn declared(name: &str, bits: &[Word]) -> Pin {
    assert!(
        bits.len() <= 8 && bits[0].name == "LINE",
        "{name}: bits {bits:?}"
    );
    let names: BTreeSet<_> = bits.iter().map(|bit| bit.name).collect();
    assert_eq!(names.len(), bits.len(), "{name}: a bit's name twice");
    assert!(
        bits.iter().all(|bit| bit.about.ends_with('.')),
        "{name}: a bit without a sentence"
    );
    ((1u16 << bits.len()) - 1) as Pin
}
