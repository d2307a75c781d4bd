//! The hardware in the host's seat.

use eoi_model::irqchip::Access::{
    Accept, DirectedEoi, Disable, Enable, Eoi, Line, Mask, SetPq, Setip, Unmask,
};
use eoi_model::irqchip::{ALL, Access, by_name};
use eoi_model::kernels;

use super::{Drive, declared};

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
    /// An interrupt that was signalled and not yet taken goes away with the line.
    follows_line: bool,
    /// An end under `close` counts, and `open` then signals a line that stayed high: what an unlazy
    /// disable relies on.
    closed_end_counts: bool,
    /// `close` and `open` in service signal the same level once more.
    opening_repeats: bool,
    /// Unasked, and taken or not, the chip signals for as long as the line is high.
    stateless: bool,
    /// A line that falls in service leaves one more signal behind.
    fall_is_late: bool,
}

/// Mask bit, EOI, and the level is looked at wherever it could be. The rows say where a chip
/// differs.
const USUAL: Expect = Expect {
    chip: "",
    open: &[Unmask],
    close: &[Mask],
    end: &[Eoi],
    end_looks: true,
    close_holds: true,
    open_looks: true,
    follows_line: false,
    closed_end_counts: true,
    opening_repeats: false,
    stateless: false,
    fall_is_late: false,
};

const EXPECT: &[Expect] = &[
    // 82093AA 3.2.4: a message that the LAPIC accepted is not withdrawn; the broadcast EOI clears
    // Remote IRR.
    Expect {
        chip: "ioapic",
        ..USUAL
    },
    Expect {
        chip: "ir-ioapic",
        end: &[Eoi, DirectedEoi],
        ..USUAL
    },
    // QEMU 10.0 hw/intc/ioapic.c: as hardware, once the entry is a level entry.
    Expect {
        chip: "ioapic-qemu",
        open: &[Enable, Unmask],
        ..USUAL
    },
    Expect {
        chip: "ir-ioapic-qemu",
        open: &[Enable, Unmask],
        end: &[Eoi, DirectedEoi],
        ..USUAL
    },
    // 8259A datasheet: a level request is the input itself.
    Expect {
        chip: "i8259",
        follows_line: true,
        ..USUAL
    },
    // IHI 0048 3.2.4, IHI 0069 4.1: pending to inactive when the line falls.
    Expect {
        chip: "gicv2",
        follows_line: true,
        ..USUAL
    },
    Expect {
        chip: "gicv2-eoimode1",
        follows_line: true,
        ..USUAL
    },
    Expect {
        chip: "gicv3",
        follows_line: true,
        ..USUAL
    },
    Expect {
        chip: "gicv3-eoimode1",
        follows_line: true,
        ..USUAL
    },
    // PAPR: the presentation is in the ICP, the level in the ICS.
    Expect {
        chip: "xics",
        ..USUAL
    },
    Expect {
        chip: "xics-pseries",
        ..USUAL
    },
    Expect {
        chip: "xics-on-xive",
        open: &[Unmask, SetPq(0)],
        close: &[Mask, SetPq(1)],
        opening_repeats: true,
        ..USUAL
    },
    Expect {
        chip: "xics-on-xive-qemu",
        open: &[Unmask, SetPq(0)],
        close: &[Mask, SetPq(1)],
        open_looks: false,
        closed_end_counts: false,
        ..USUAL
    },
    // skiboot doc/xive.rst, and the two open questions.
    Expect {
        chip: "xive",
        open: &[Unmask, SetPq(0)],
        close: &[SetPq(1)],
        close_holds: false,
        opening_repeats: true,
        ..USUAL
    },
    Expect {
        chip: "xive-q",
        open: &[Unmask, SetPq(0)],
        close: &[SetPq(1)],
        opening_repeats: true,
        ..USUAL
    },
    Expect {
        chip: "xive-qemu",
        open: &[Unmask, SetPq(0)],
        close: &[SetPq(1)],
        open_looks: false,
        closed_end_counts: false,
        ..USUAL
    },
    // OpenPIC: activity is "pending and not masked".
    Expect {
        chip: "mpic",
        follows_line: true,
        ..USUAL
    },
    // PLIC 1.0: a request of the gateway is not withdrawn; a completion samples the level. QEMU's
    // does not.
    Expect {
        chip: "plic",
        open: &[Enable, Unmask],
        close: &[Disable],
        closed_end_counts: false,
        ..USUAL
    },
    Expect {
        chip: "plic-qemu",
        open: &[Enable, Unmask],
        close: &[Disable],
        end_looks: false,
        closed_end_counts: false,
        ..USUAL
    },
    Expect {
        chip: "plic-bare",
        open: &[Enable, Unmask],
        close: &[Disable],
        closed_end_counts: false,
        ..USUAL
    },
    Expect {
        chip: "plic-5.10",
        open: &[Unmask, Enable],
        close: &[Mask, Disable],
        closed_end_counts: false,
        ..USUAL
    },
    // AIA 4.7: in direct mode pending is the rectified input.
    Expect {
        chip: "aplic-direct",
        end: &[],
        follows_line: true,
        stateless: true,
        opening_repeats: true,
        ..USUAL
    },
    // QEMU 10.0 riscv_aplic_request: a falling line does not clear pending; a claim does.
    Expect {
        chip: "aplic-direct-qemu",
        end: &[],
        stateless: true,
        opening_repeats: true,
        fall_is_late: true,
        ..USUAL
    },
    // AIA 4.9.2: setipnum before the handler exits.
    Expect {
        chip: "aplic-msi",
        open: &[Enable, Unmask],
        close: &[Mask, Disable],
        end: &[Setip],
        ..USUAL
    },
    Expect {
        chip: "aplic-msi-qemu",
        open: &[Enable, Unmask],
        close: &[Mask, Disable],
        end: &[Setip],
        ..USUAL
    },
    // The driver masks at entry and unmasks at the end; only the unmask sends again.
    Expect {
        chip: "pch-pic",
        end: &[Mask, Unmask],
        follows_line: true,
        opening_repeats: true,
        ..USUAL
    },
    Expect {
        chip: "mips-gic",
        end: &[],
        follows_line: true,
        stateless: true,
        opening_repeats: true,
        ..USUAL
    },
];

fn each() -> impl Iterator<Item = (&'static Expect, Drive)> {
    ALL.iter().map(|chip| {
        let expect = EXPECT.iter().find(|expect| expect.chip == chip.name);
        (
            expect.unwrap_or_else(|| panic!("{}: no row in EXPECT", chip.name)),
            Drive::host(chip),
        )
    })
}

#[test]
fn the_table_has_the_chips_in_order() {
    let names: Vec<_> = ALL.iter().map(|chip| chip.name).collect();
    assert_eq!(
        names,
        EXPECT.iter().map(|expect| expect.chip).collect::<Vec<_>>()
    );
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
    const GUESTS_ONLY: &[(&str, &[&str])] = &[
        ("ioapic", &["EDGE"]),
        ("ir-ioapic", &["EDGE"]),
        ("i8259", &["EDGE", "IRR"]),
        ("gic", &["EDGE", "LATCH"]),
    ];
    for chip in ALL {
        let set = Drive::host(chip)
            .reaches(&Access::ALL)
            .into_iter()
            .fold(0, |all, pin| all | pin);
        let guests = GUESTS_ONLY
            .iter()
            .find(|(name, _)| chip.name.starts_with(name) && chip.activate.is_none());
        let guests = guests.map_or(&[][..], |row| row.1);
        for (bit, name) in chip.bits.iter().enumerate() {
            assert_eq!(
                set & (1 << bit) != 0,
                !guests.contains(&name.name),
                "{}: {}",
                chip.name,
                name.name
            );
        }
    }
}

#[test]
fn nothing_is_signalled_before_the_line_is_opened() {
    for (expect, chip) in each() {
        assert!(!chip.signals(), "{}: signals at reset", expect.chip);
        assert!(
            !chip.on(&[Line(true)]).signals(),
            "{}: line raised at reset",
            expect.chip
        );
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
            assert_eq!(
                taken.signals(),
                expect.stateless,
                "{}: round {round}, taken",
                expect.chip
            );
            quiet = taken.on(&[Line(false)]).on(expect.end);
            assert_eq!(
                quiet.signals(),
                expect.fall_is_late,
                "{}: round {round}, fallen",
                expect.chip
            );
            if expect.fall_is_late {
                quiet = quiet.on(&[Accept]).on(expect.end);
            }
            assert_eq!(quiet.pin, open.pin, "{}: round {round}, ended", expect.chip);
        }
    }
}

#[test]
fn the_end_of_interrupt_looks_at_a_level_that_is_still_high() {
    for (expect, chip) in each() {
        let ended = chip
            .on(expect.open)
            .on(&[Line(true), Accept])
            .on(expect.end);
        assert_eq!(
            ended.signals(),
            expect.end_looks,
            "{}: {:#b}",
            expect.chip,
            ended.pin
        );
    }
}

#[test]
fn closing_holds_a_rise_and_opening_looks_at_it() {
    for (expect, chip) in each() {
        let closed = chip.on(expect.open).on(expect.close).on(&[Line(true)]);
        assert_eq!(
            closed.signals(),
            !expect.close_holds,
            "{}: closed, {:#b}",
            expect.chip,
            closed.pin
        );
        let opened = closed.on(expect.open);
        assert_eq!(
            opened.signals(),
            expect.open_looks,
            "{}: opened, {:#b}",
            expect.chip,
            opened.pin
        );
    }
}

#[test]
fn an_end_under_close_counts_or_not() {
    for (expect, chip) in each() {
        let ended = chip
            .on(expect.open)
            .on(&[Line(true), Accept])
            .on(expect.close)
            .on(expect.end)
            .on(expect.open);
        assert_eq!(
            ended.signals(),
            expect.closed_end_counts,
            "{}: {:#b}",
            expect.chip,
            ended.pin
        );
    }
}

#[test]
fn opening_in_service_repeats_the_level_or_not() {
    for (expect, chip) in each() {
        let opened = chip
            .on(expect.open)
            .on(&[Line(true), Accept])
            .on(expect.close)
            .on(expect.open);
        assert_eq!(
            opened.signals(),
            expect.opening_repeats,
            "{}: {:#b}",
            expect.chip,
            opened.pin
        );
        if !expect.opening_repeats && expect.end_looks {
            assert!(
                opened.on(expect.end).signals(),
                "{}: and the end still looks",
                expect.chip
            );
        }
    }
}

#[test]
fn what_was_signalled_goes_with_the_line_or_stays() {
    for (expect, chip) in each() {
        let fallen = chip.on(expect.open).on(&[Line(true), Line(false)]);
        assert_eq!(
            fallen.signals(),
            !expect.follows_line,
            "{}: {:#b}",
            expect.chip,
            fallen.pin
        );
    }
}

#[test]
fn an_end_of_interrupt_that_the_chip_ignores_stays_ignored() {
    // PLIC 1.0, "Interrupt Completion": ignored while the source is not enabled; the gateway stays
    // closed.
    let plic = Drive::host(by_name("plic").unwrap()).on(&[
        Enable,
        Unmask,
        Line(true),
        Accept,
        Disable,
        Eoi,
        Enable,
    ]);
    assert!(!plic.signals() && !plic.on(&[Line(false), Line(true)]).signals());
    assert!(plic.on(&[Eoi]).signals());
    // QEMU honours it, and has forgotten the level.
    let plic = Drive::host(by_name("plic-qemu").unwrap()).on(&[
        Enable,
        Unmask,
        Line(true),
        Accept,
        Disable,
        Eoi,
        Enable,
    ]);
    assert!(!plic.signals() && plic.on(&[Line(false), Line(true)]).signals());
    // A XIVE source that nobody EOIs is silent whatever its line does.
    let xive = Drive::host(by_name("xive").unwrap()).on(&[
        Unmask,
        SetPq(0),
        Line(true),
        Accept,
        Line(false),
        Line(true),
    ]);
    assert!(!xive.signals() && xive.on(&[Eoi]).signals());
}

#[test]
fn a_level_that_fell_leaves_what_the_manual_says() {
    // PLIC: a completion latches the level; the line may fall, and the next enable delivers nothing
    // but a memory.
    let fallen = [
        Enable,
        Unmask,
        Line(true),
        Accept,
        Disable,
        Enable,
        Eoi,
        Disable,
        Line(false),
        Enable,
    ];
    assert!(Drive::host(by_name("plic").unwrap()).on(&fallen).signals());
    assert!(
        !Drive::host(by_name("plic-qemu").unwrap())
            .on(&fallen)
            .signals()
    );
    // APLIC, MSI mode: AIA 4.7 clears the pending bit with the line; the emulations keep it.
    let fallen = [Enable, Line(true), Line(false), Unmask];
    assert!(
        !Drive::host(by_name("aplic-msi").unwrap())
            .on(&fallen)
            .signals()
    );
    assert!(
        Drive::host(by_name("aplic-msi-qemu").unwrap())
            .on(&fallen)
            .signals()
    );
}

#[test]
fn an_event_behind_a_masked_eas_is_lost() {
    let open = Drive::host(by_name("xics-on-xive").unwrap()).on(&[Unmask, SetPq(0)]);
    let lost = open.on(&[Mask, Line(true)]);
    assert!(!lost.signals() && !lost.on(&[Unmask]).signals());
    assert!(
        open.on(&[Line(true), Mask]).signals(),
        "an entry that is in the queue stays there"
    );
}

#[test]
fn qemus_io_apic_does_not_see_a_rise_while_nobody_has_requested_the_line() {
    for chip in ["ioapic-qemu", "ir-ioapic-qemu"].map(|name| Drive::host(by_name(name).unwrap())) {
        assert!(!chip.on(&[Line(true), Enable, Unmask]).signals());
        let closed = chip.on(&[Enable, Unmask, Disable]);
        assert!(!closed.on(&[Line(true), Enable, Unmask]).signals());
        assert!(
            closed
                .on(&[Line(true), Enable, Unmask, Line(false), Line(true)])
                .signals(),
            "the next one is seen"
        );
        let high = chip.on(&[Enable, Unmask, Mask, Line(true), Disable, Enable, Unmask]);
        assert!(high.signals(), "a line that rose before is not forgotten");
    }
}

#[test]
fn a_chip_belongs_to_kernels_that_exist() {
    let known: Vec<_> = kernels::ALL.iter().map(|kernel| kernel.name).collect();
    let since = |first| &known[known.iter().position(|&name| name == first).unwrap()..];
    for chip in ALL {
        let expected = match chip.name {
            "plic-5.10" => &known[..1],                 // before irq_enable
            "plic" | "plic-qemu" => since("linux-6.1"), // a1706a1c5062
            "plic-bare" => &known[1..2],                // until 9c92006b896c
            "pch-pic" => since("linux-6.1"),            // LoongArch, v5.19
            "aplic-direct" | "aplic-direct-qemu" | "aplic-msi" | "aplic-msi-qemu" => {
                since("linux-6.12.57") // v6.10
            }
            _ => &known[..],
        };
        let has: Vec<_> = chip.kernels.kernels().map(|kernel| kernel.name).collect();
        assert_eq!(has, expected, "{}", chip.name);
    }
}
