//! Every controller, over every pin that any order of accesses can reach: the host's and the guest's.
//!
//! What is expected stands in the tables, from the manuals and sources that the controllers' files cite.

use std::collections::BTreeSet;

use eoi_model::guest::chips::{self as guests, by_name as guest};
use eoi_model::guest::{GuestChip, Reports};
use eoi_model::irqchip::{ALL, Access, Flow, Irqchip, Kvm, LINE, Pin, Reply, by_name as host};
use eoi_model::kernels;

/// How a driver that makes no mistakes drives a chip, and what the chip then does.
struct Expect {
    chip: &'static str,
    /// Lets interrupts in, from reset and after `close`.
    open: &'static [Access],
    /// Keeps them out.
    close: &'static [Access],
    /// Ends one.
    end: &'static [Access],
    /// A line that stays high is signalled again after `end`.
    end_looks: bool,
    /// `close` holds a line that rises.
    close_holds: bool,
    /// A line that rose under `close` is signalled by `open`.
    open_looks: bool,
    /// What was signalled and not yet taken goes away with the line.
    follows_line: bool,
    /// Unasked, and taken or not, the chip signals for as long as the line is high.
    stateless: bool,
}

use Access::{Accept, DirectedEoi, Disable, Enable, Eoi, Line, Mask, SetPq, Setip, Unmask};

/// Mask bit, EOI, and the level is looked at wherever it could be. The rows say where a chip differs.
const USUAL: Expect = Expect {
    chip: "",
    open: &[Unmask],
    close: &[Mask],
    end: &[Eoi],
    end_looks: true,
    close_holds: true,
    open_looks: true,
    follows_line: false,
    stateless: false,
};

const EXPECT: &[Expect] = &[
    // 82093AA 3.2.4: a message that the LAPIC accepted is not withdrawn; the broadcast EOI clears Remote IRR.
    Expect { chip: "ioapic", ..USUAL },
    Expect { chip: "ir-ioapic", end: &[Eoi, DirectedEoi], ..USUAL },
    // 8259A datasheet: a level request is the input itself.
    Expect { chip: "i8259", follows_line: true, ..USUAL },
    // IHI 0048 3.2.4, IHI 0069 4.1: pending to inactive when the line falls.
    Expect { chip: "gicv2", follows_line: true, ..USUAL },
    Expect { chip: "gicv2-eoimode1", follows_line: true, ..USUAL },
    Expect { chip: "gicv3", follows_line: true, ..USUAL },
    Expect { chip: "gicv3-eoimode1", follows_line: true, ..USUAL },
    // PAPR: the presentation is in the ICP, the level in the ICS.
    Expect { chip: "xics", ..USUAL },
    Expect { chip: "xics-on-xive", open: &[Unmask, SetPq(0)], close: &[Mask, SetPq(1)], ..USUAL },
    Expect {
        chip: "xics-on-xive-qemu",
        open: &[Unmask, SetPq(0)],
        close: &[Mask, SetPq(1)],
        open_looks: false,
        ..USUAL
    },
    // skiboot doc/xive.rst, and the two open questions.
    Expect { chip: "xive", open: &[SetPq(0)], close: &[SetPq(1)], ..USUAL },
    Expect { chip: "xive-no-q", open: &[SetPq(0)], close: &[SetPq(1)], close_holds: false, ..USUAL },
    Expect { chip: "xive-qemu", open: &[SetPq(0)], close: &[SetPq(1)], open_looks: false, ..USUAL },
    // OpenPIC: activity is "pending and not masked".
    Expect { chip: "mpic", follows_line: true, ..USUAL },
    // PLIC 1.0: a request of the gateway is not withdrawn; a completion samples the level. QEMU's does not.
    Expect { chip: "plic", open: &[Enable, Unmask], close: &[Disable], ..USUAL },
    Expect { chip: "plic-qemu", open: &[Enable, Unmask], close: &[Disable], end_looks: false, ..USUAL },
    Expect { chip: "plic-5.10", open: &[Unmask, Enable], close: &[Mask, Disable], ..USUAL },
    // AIA 4.7: in direct mode pending is the rectified input.
    Expect { chip: "aplic-direct", end: &[], follows_line: true, stateless: true, ..USUAL },
    // AIA 4.9.2: setipnum before the handler exits.
    Expect { chip: "aplic-msi", open: &[Enable, Unmask], close: &[Mask, Disable], end: &[Setip], ..USUAL },
    Expect { chip: "aplic-msi-qemu", open: &[Enable, Unmask], close: &[Mask, Disable], end: &[Setip], ..USUAL },
    // The driver masks at entry and unmasks at the end; only the unmask sends again.
    Expect { chip: "pch-pic", end: &[Mask, Unmask], follows_line: true, ..USUAL },
    Expect { chip: "mips-gic", end: &[], follows_line: true, stateless: true, ..USUAL },
];

/// A pin that is driven.
#[derive(Clone, Copy)]
struct Drive {
    hw: fn(Pin, Access) -> Reply,
    signals: fn(Pin) -> bool,
    pin: Pin,
}

impl Drive {
    fn host(chip: &Irqchip) -> Self {
        Self { hw: chip.hw, signals: chip.signals, pin: chip.reset }
    }

    fn guest(chip: &GuestChip, pin: Pin) -> Self {
        Self { hw: chip.hw, signals: chip.signals, pin }
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
            assert_eq!(pin & !bits, 0, "{name}: pin {pin:#b} has bits that are not declared");
            for &access in accesses {
                let next = (self.hw)(pin, access).pin;
                let line = if let Line(level) = access { Pin::from(level) } else { pin & LINE };
                assert_eq!(next & LINE, line, "{name}: {access:?} at {pin:#b} makes {next:#b}");
            }
        }
        let low: Vec<Access> = accesses.iter().copied().filter(|&access| access != Line(true)).collect();
        for pin in self.reaches(&low) {
            assert!(!(self.signals)(pin), "{name}: pin {pin:#b} signals and the line was never high");
        }
    }
}

fn declared(name: &str, bits: &[&str]) -> Pin {
    assert!(bits.len() <= 8 && bits[0] == "LINE", "{name}: bits {bits:?}");
    assert_eq!(bits.iter().collect::<BTreeSet<_>>().len(), bits.len(), "{name}: a bit's name twice");
    ((1u16 << bits.len()) - 1) as Pin
}

fn each() -> impl Iterator<Item = (&'static Expect, Drive)> {
    ALL.iter().map(|chip| {
        let expect = EXPECT.iter().find(|expect| expect.chip == chip.name);
        (expect.unwrap_or_else(|| panic!("{}: no row in EXPECT", chip.name)), Drive::host(chip))
    })
}

#[test]
fn the_table_has_the_chips_in_order() {
    let names: Vec<_> = ALL.iter().map(|chip| chip.name).collect();
    assert_eq!(names, EXPECT.iter().map(|expect| expect.chip).collect::<Vec<_>>());
}

#[test]
fn every_reachable_pin_keeps_the_rules() {
    for chip in ALL {
        Drive::host(chip).keeps_the_rules(chip.name, declared(chip.name, chip.bits), &Access::ALL);
    }
}

#[test]
fn every_declared_bit_that_the_host_can_set_is_set_somewhere() {
    // EDGE and its latch are the guest's to program.
    const GUESTS_ONLY: &[(&str, &[&str])] =
        &[("ioapic", &["EDGE"]), ("ir-ioapic", &["EDGE"]), ("i8259", &["EDGE", "IRR"]), ("gic", &["EDGE", "LATCH"])];
    for chip in ALL {
        let set = Drive::host(chip).reaches(&Access::ALL).into_iter().fold(0, |all, pin| all | pin);
        let guests = GUESTS_ONLY.iter().find(|(name, _)| chip.name.starts_with(name)).map_or(&[][..], |row| row.1);
        for (bit, name) in chip.bits.iter().enumerate() {
            assert_eq!(set & (1 << bit) != 0, !guests.contains(name), "{}: {name}", chip.name);
        }
    }
}

#[test]
fn nothing_is_signalled_before_the_line_is_opened() {
    for (expect, chip) in each() {
        assert!(!chip.signals(), "{}: signals at reset", expect.chip);
        let raised = chip.on(&[Line(true)]);
        assert_eq!(raised.signals(), !expect.close_holds, "{}: line raised at reset", expect.chip);
    }
}

#[test]
fn a_perfect_driver_gets_every_interrupt() {
    for (expect, chip) in each() {
        let open = chip.on(expect.open);
        assert!(!open.signals(), "{}: opened", expect.chip);
        let mut quiet = open;
        for round in 1..=3 {
            let raised = quiet.on(&[Line(true)]);
            assert!(raised.signals(), "{}: round {round}, raised", expect.chip);
            let taken = raised.on(&[Accept]);
            assert_eq!(taken.signals(), expect.stateless, "{}: round {round}, taken", expect.chip);
            quiet = taken.on(&[Line(false)]).on(expect.end);
            assert_eq!(quiet.pin, open.pin, "{}: round {round}, ended", expect.chip);
        }
    }
}

#[test]
fn the_end_of_interrupt_looks_at_a_level_that_is_still_high() {
    for (expect, chip) in each() {
        let ended = chip.on(expect.open).on(&[Line(true), Accept]).on(expect.end);
        assert_eq!(ended.signals(), expect.end_looks, "{}: {:#b}", expect.chip, ended.pin);
    }
}

#[test]
fn closing_holds_a_rise_and_opening_looks_at_it() {
    for (expect, chip) in each() {
        let closed = chip.on(expect.open).on(expect.close).on(&[Line(true)]);
        assert_eq!(closed.signals(), !expect.close_holds, "{}: closed, {:#b}", expect.chip, closed.pin);
        let opened = closed.on(expect.open);
        assert_eq!(opened.signals(), expect.open_looks, "{}: opened, {:#b}", expect.chip, opened.pin);
    }
}

#[test]
fn what_was_signalled_goes_with_the_line_or_stays() {
    for (expect, chip) in each() {
        let fallen = chip.on(expect.open).on(&[Line(true), Line(false)]);
        assert_eq!(fallen.signals(), !expect.follows_line, "{}: {:#b}", expect.chip, fallen.pin);
    }
}

#[test]
fn an_end_of_interrupt_that_the_chip_ignores_stays_ignored() {
    // PLIC 1.0, "Interrupt Completion": ignored while the source is not enabled; the gateway stays closed.
    let plic = Drive::host(host("plic").unwrap()).on(&[Enable, Unmask, Line(true), Accept, Disable, Eoi, Enable]);
    assert!(!plic.signals() && !plic.on(&[Line(false), Line(true)]).signals());
    assert!(plic.on(&[Eoi]).signals());
    // QEMU honours it, and has forgotten the level.
    let plic = Drive::host(host("plic-qemu").unwrap()).on(&[Enable, Unmask, Line(true), Accept, Disable, Eoi, Enable]);
    assert!(!plic.signals() && plic.on(&[Line(false), Line(true)]).signals());
    // A XIVE source that nobody EOIs is silent whatever its line does.
    let xive = Drive::host(host("xive").unwrap()).on(&[SetPq(0), Line(true), Accept, Line(false), Line(true)]);
    assert!(!xive.signals() && xive.on(&[Eoi]).signals());
}

#[test]
fn a_level_that_fell_leaves_what_the_manual_says() {
    // PLIC: a completion latches the level; the line may fall, and the next enable delivers nothing but a memory.
    let fallen = [Enable, Unmask, Line(true), Accept, Disable, Enable, Eoi, Disable, Line(false), Enable];
    assert!(Drive::host(host("plic").unwrap()).on(&fallen).signals());
    assert!(!Drive::host(host("plic-qemu").unwrap()).on(&fallen).signals());
    // APLIC, MSI mode: AIA 4.7 clears the pending bit with the line; the emulations keep it.
    let fallen = [Enable, Line(true), Line(false), Unmask];
    assert!(!Drive::host(host("aplic-msi").unwrap()).on(&fallen).signals());
    assert!(Drive::host(host("aplic-msi-qemu").unwrap()).on(&fallen).signals());
}

#[test]
fn an_event_behind_a_masked_eas_is_lost() {
    let open = Drive::host(host("xics-on-xive").unwrap()).on(&[Unmask, SetPq(0)]);
    let lost = open.on(&[Mask, Line(true)]);
    assert!(!lost.signals() && !lost.on(&[Unmask]).signals());
    assert!(open.on(&[Line(true), Mask]).signals(), "an entry that is in the queue stays there");
}

#[test]
fn a_chip_belongs_to_kernels_that_exist() {
    let known: Vec<_> = kernels::ALL.iter().map(|kernel| kernel.name).collect();
    let since = |first| &known[known.iter().position(|&name| name == first).unwrap()..];
    for chip in ALL {
        let expected = match chip.name {
            "plic-5.10" => &known[..1],                 // before irq_enable
            "plic" | "plic-qemu" => since("linux-6.1"), // a1706a1c5062 and its kin, v5.19 and v6.1
            "pch-pic" => since("linux-6.1"),            // LoongArch, v5.19
            "aplic-direct" | "aplic-msi" | "aplic-msi-qemu" => since("linux-6.12.57"), // v6.10
            _ => &[],
        };
        assert_eq!(chip.kernels, expected, "{}", chip.name);
    }
}

#[test]
fn kvm_on_a_host_gives_a_guest_controller_that_exists() {
    for chip in ALL {
        let (name, acks) = match chip.kvm {
            Kvm::Acks(name) => (name, true),
            Kvm::NeverAcks(name) => (name, false),
            Kvm::None(reason) => {
                assert!(reason.len() > 10, "{}: no reason", chip.name);
                continue;
            }
        };
        let guest = guest(name).unwrap_or_else(|| panic!("{}: no guest controller {name}", chip.name));
        assert_eq!(matches!(guest.reports, Reports::BeforeEoi | Reports::AfterEoi), acks, "{}: {name}", chip.name);
    }
}

/// What a guest's driver does to its controller.
const GUEST: [Access; 6] = [Line(true), Line(false), Accept, Mask, Unmask, Eoi];

fn each_guest() -> impl Iterator<Item = (&'static GuestChip, bool, Drive)> {
    guests::ALL.iter().flat_map(|&chip| {
        let level = Some((chip, false, Drive::guest(chip, chip.level)));
        level.into_iter().chain(chip.edge.map(|pin| (chip, true, Drive::guest(chip, pin))))
    })
}

#[test]
fn every_guest_pin_keeps_the_rules_in_six_bits() {
    for (chip, _, start) in each_guest() {
        assert!(declared(chip.name, chip.bits) < 64, "{}: a guest's pin has six bits", chip.name);
        start.keeps_the_rules(chip.name, declared(chip.name, chip.bits), &GUEST);
    }
}

#[test]
fn a_guest_gets_every_interrupt() {
    for (chip, edge, start) in each_guest() {
        assert!(!start.signals(), "{}", chip.name);
        let mut quiet = start;
        for round in 1..=3 {
            let raised = quiet.on(&[Line(true)]);
            assert!(raised.signals(), "{} edge={edge}: round {round}", chip.name);
            quiet = if chip.flow == Flow::Level {
                raised.on(&[Accept, Mask, Eoi, Line(false), Unmask])
            } else {
                raised.on(&[Accept, Line(false), Eoi])
            };
            assert_eq!(quiet.pin, start.pin, "{} edge={edge}: round {round}, ended", chip.name);
        }
        let masked = start.on(&[Mask, Line(true)]);
        assert!(!masked.signals(), "{} edge={edge}: masked", chip.name);
        // An IO-APIC loses an edge that comes while masked (82093AA 3.2.4, mask bit); everything else keeps it.
        let loses = edge && chip.name.contains("ioapic");
        assert_eq!(masked.on(&[Unmask]).signals(), !loses, "{} edge={edge}: unmasked", chip.name);
    }
}

#[test]
fn a_guest_that_ends_a_level_too_early_gets_it_again() {
    for (chip, edge, start) in each_guest() {
        let ended = start.on(if chip.flow == Flow::Level {
            &[Line(true), Accept, Mask, Eoi, Unmask]
        } else {
            &[Line(true), Accept, Eoi]
        });
        assert_eq!(ended.signals(), !edge, "{} edge={edge}: {:#b}", chip.name, ended.pin);
    }
}

#[test]
fn kvm_xics_delivers_more_than_the_hardware() {
    let start = Drive::guest(guest("kvm-xics").unwrap(), 0);
    // ics_eoi delivers before kvm_notify_acked_irq lowers the line, and what is in the ICP stays.
    let again = start.on(&[Line(true), Accept, Eoi, Line(false)]);
    assert!(again.signals() && !again.on(&[Accept, Eoi]).signals());
    // A second rise before the EOI is a second interrupt; so is one while masked, even if it falls again.
    let twice = start.on(&[Line(true), Accept, Line(false), Line(true), Line(false)]);
    assert!(!twice.signals() && twice.on(&[Eoi]).signals());
    assert!(start.on(&[Mask, Line(true), Line(false), Unmask]).signals());
}

#[test]
fn kvm_xive_ends_a_masked_interrupt_at_the_unmask() {
    let start = Drive::guest(guest("kvm-xive").unwrap(), 0);
    let masked = start.on(&[Line(true), Accept, Mask, Eoi, Line(false)]);
    assert_eq!(masked.on(&[Unmask]).pin, start.pin);
    // Each call with level 1 triggers; the ESB remembers one beyond the one in service.
    let again = start.on(&[Line(true), Accept, Line(false), Line(true), Line(false), Eoi]);
    assert!(again.signals() && !again.on(&[Accept, Eoi]).signals());
}

#[test]
fn who_hears_of_an_edge_eoi() {
    let heard: Vec<_> = guests::ALL.iter().filter(|chip| chip.reports_edge).map(|chip| chip.name).collect();
    assert_eq!(heard, ["kvm-ioapic", "kvm-i8259"]); // kvm_ioapic_scan_entry; pic_clear_isr
    for chip in guests::ALL {
        assert!(!chip.reports_edge || chip.edge.is_some(), "{}", chip.name);
    }
}
