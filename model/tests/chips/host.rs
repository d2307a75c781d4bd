//! The hardware in the host's seat.

use eoi_model::irqchip::Access::{
    Accept, DirectedEoi, Disable, Enable, Eoi, Line, Mask, SetPq, Unmask,
};
use eoi_model::irqchip::{ALL, Access, by_name};
use eoi_model::kernels;

use super::expect::{EXPECT, each};
use super::{Drive, declared};

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
            .find(|(name, _)| chip.name.starts_with(name) && !chip.name.ends_with("-qemu"));
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

#[test]
fn a_load_passes_the_store_of_an_eoi_unless_it_waits_for_it() {
    // arch/powerpc/sysdev/xive/common.c:xive_esb_read: SET_PQ_10 alone has XIVE_ESB_LD_ST_MO.
    let open = Drive::host(by_name("xive-p10-posted").unwrap()).on(&[Unmask, SetPq(0)]);
    let ended = open.on(&[Line(true), Accept, Line(false), Eoi]);
    for pq in 0..4 {
        let old = (ended.hw)(ended.pin, SetPq(pq)).value;
        assert_eq!(old == 2, pq != 2, "SET_PQ_{pq:02b} returns {old:02b}");
    }
    // Until it has arrived, P holds the source.
    assert!(!ended.on(&[Line(true)]).signals());
    assert!(ended.on(&[Line(true), DirectedEoi]).signals());
    // A source that is off stays off when it arrives, and one that was set anew is ended too early.
    let off = ended.on(&[SetPq(1)]);
    assert_eq!(
        off.on(&[DirectedEoi]).pin,
        ended.on(&[DirectedEoi, SetPq(1)]).pin
    );
    let anew = ended.on(&[SetPq(0), Line(true), DirectedEoi]);
    assert!(
        anew.on(&[Accept]).signals(),
        "two notifications of one level"
    );
}
