//! The hardware in the guest's seat, as KVM and QEMU emulate it.

use eoi_model::guest::GuestChip;
use eoi_model::guest::chips::{ALL, by_name};
use eoi_model::irqchip::Access;
use eoi_model::irqchip::Access::{Accept, Eoi, Line, Mask, Retrigger, Unmask};

use super::{Drive, declared};

/// The accesses of a guest's driver to its controller.
const GUEST: [Access; 6] = [Line(true), Line(false), Accept, Mask, Unmask, Eoi];

fn each_guest() -> impl Iterator<Item = (&'static GuestChip, bool, Drive)> {
    ALL.iter().flat_map(|&chip| {
        let level = Some((chip, false, Drive::guest(chip, chip.level)));
        level
            .into_iter()
            .chain(chip.edge.map(|pin| (chip, true, Drive::guest(chip, pin))))
    })
}

#[test]
fn every_guest_pin_keeps_the_rules_in_six_bits() {
    for (chip, _, start) in each_guest() {
        assert!(
            declared(chip.name, chip.bits) < 64,
            "{}: a guest's pin has six bits",
            chip.name
        );
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
            quiet = if chip.flow.masks_at_entry {
                raised.on(&[Accept, Mask, Eoi, Line(false), Unmask])
            } else {
                raised.on(&[Accept, Line(false), Eoi])
            };
            assert_eq!(
                quiet.pin, start.pin,
                "{} edge={edge}: round {round}, ended",
                chip.name
            );
        }
        let masked = start.on(&[Mask, Line(true)]);
        assert!(!masked.signals(), "{} edge={edge}: masked", chip.name);
        // An IO-APIC loses an edge that comes while masked (82093AA 3.2.4, mask bit); a message source
        // that is off ignores its trigger, and SET_PQ_00 is passed on as it is (QEMU
        // hw/intc/spapr_xive_kvm.c:kvmppc_xive_esb_rw). Everything else keeps it.
        let loses = edge && chip.name.contains("ioapic") || chip.name == "kvm-xive-native";
        assert_eq!(
            masked.on(&[Unmask]).signals(),
            !loses,
            "{} edge={edge}: unmasked",
            chip.name
        );
    }
}

#[test]
fn a_guest_that_ends_a_level_too_early_gets_it_again() {
    for (chip, edge, start) in each_guest() {
        let ended = start.on(if chip.flow.masks_at_entry {
            &[Line(true), Accept, Mask, Eoi, Unmask]
        } else {
            &[Line(true), Accept, Eoi]
        });
        let looks = chip.name != "qemu-plic"; // hw/intc/sifive_plic.c: only a rise sets the pending bit
        assert_eq!(
            ended.signals(),
            !edge && looks,
            "{} edge={edge}: {:#b}",
            chip.name,
            ended.pin
        );
    }
}

#[test]
fn kvm_xics_delivers_more_than_the_hardware() {
    let start = Drive::guest(by_name("kvm-xics").unwrap(), 0);
    // ics_eoi delivers before kvm_notify_acked_irq lowers the line, and what is in the ICP stays.
    let again = start.on(&[Line(true), Accept, Eoi, Line(false)]);
    assert!(again.signals() && !again.on(&[Accept, Eoi]).signals());
    // A second rise before the EOI is a second interrupt; so is one while masked, even if it falls
    // again.
    let twice = start.on(&[Line(true), Accept, Line(false), Line(true), Line(false)]);
    assert!(!twice.signals() && twice.on(&[Eoi]).signals());
    assert!(start.on(&[Mask, Line(true), Line(false), Unmask]).signals());
}

#[test]
fn kvm_xive_ends_a_masked_interrupt_at_the_unmask() {
    let start = Drive::guest(by_name("kvm-xive").unwrap(), 0);
    let masked = start.on(&[Line(true), Accept, Mask, Eoi, Line(false)]);
    assert_eq!(masked.on(&[Unmask]).pin, start.pin);
    // Each call with level 1 triggers; the ESB remembers one beyond the one in service.
    let again = start.on(&[
        Line(true),
        Accept,
        Line(false),
        Line(true),
        Line(false),
        Eoi,
    ]);
    assert!(again.signals() && !again.on(&[Accept, Eoi]).signals());
}

#[test]
fn a_xive_native_guests_line_falls_unheard_if_it_falls_before_the_eoi() {
    // kvmppc_xive_source_set_irq triggers at both edges of an LSI; kvmppc_xive_esb_rw clears P and Q.
    let start = Drive::guest(by_name("kvm-xive-native").unwrap(), 0);
    let taken = start.on(&[Line(true), Accept]);
    assert_eq!(taken.on(&[Line(false), Eoi]).pin, start.pin);
    let after = taken.on(&[Eoi, Accept, Line(false), Eoi]);
    assert_eq!(after.pin, start.pin, "the EOI triggered once more");
    assert!(
        start
            .on(&[Line(true), Accept, Line(false), Eoi, Line(true)])
            .signals()
    );
    // An EOI opens what the driver had masked.
    let masked = taken.on(&[Mask, Eoi]);
    assert!(masked.signals(), "{:#b}", masked.pin);
}

#[test]
fn a_message_past_the_pin_needs_a_route_and_no_open_mask() {
    let start = Drive::guest(by_name("qemu-split-ioapic").unwrap(), 0);
    // ioapic_update_kvm_routes writes the routes of unmasked pins, and leaves those of masked ones.
    assert!(!start.on(&[Mask, Retrigger, Unmask]).signals());
    assert!(start.on(&[Unmask, Mask, Retrigger]).signals());
    // Nor does it wait for Remote IRR, as the pin itself does.
    let open = start.on(&[Unmask, Line(true), Accept, Retrigger]);
    assert!(!open.signals() && open.on(&[Line(false), Eoi]).signals());
}

#[test]
fn who_hears_of_an_edge_eoi() {
    let heard: Vec<_> = ALL
        .iter()
        .filter(|chip| chip.reports_edge)
        .map(|chip| chip.name)
        .collect();
    assert_eq!(heard, ["kvm-ioapic", "kvm-i8259"]); // kvm_ioapic_scan_entry; pic_clear_isr
    for chip in ALL {
        assert!(!chip.reports_edge || chip.edge.is_some(), "{}", chip.name);
    }
}
