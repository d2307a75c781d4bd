//! Recordings of real kernels: which configurations explain them, and where a line died.

use eoi::trace::entry::Entry;
use eoi::trace::{configurations, source};
use eoi_model::device::Device;
use eoi_model::{irqchip, kernels};

use super::{
    FIXED, LAZY, PSERIES, XICS_LAZY, XIVE_LAZY, XIVE_UNLAZY, XIVES, all, departure, examine,
    explained, file, lines, product, q_holds, read, stretches,
};

#[test]
fn a_lazy_xive_stalls_when_its_driver_skips_the_eoi() {
    let verdict = all(XIVE_LAZY);
    // The recording does not show what PQ=01 and SET_PQ_00 do, so that all three sources explain it; xive_irq_mask
    // was not called, which leaves the kernels without IRQ_DISABLE_UNLAZY.
    assert_eq!(explained(&verdict), product(&XIVES, &LAZY));
    // xive_irq_eoi runs with the interrupt disabled (lines 7 and 36) and leaves P set. Nothing but SET_PQ or an EOI
    // clears P, and lazy genirq calls neither until xive_irq_shutdown, which masks the source: lines 29 and 41.
    assert_eq!(stretches(&verdict), [(11, Some(29)), (40, Some(41))]);
    let lost = &verdict.dead[0].lost_handoff;
    assert!(
        lost.starts_with("the controller's EOI: xive_irq_eoi (line 11)"),
        "{lost}"
    );
    assert!(lost.contains("XIVE-IRQ holds LINE P;"), "{lost}");
    // Lines 12-17 and 22-27 reach enable_irq with nothing masked; at 18 and 28 vfio-pci's own `masked` is clear.
    assert!(
        lost.contains("unmask at lines 12-17, 22-27: enable_irq found MASKED clear"),
        "{lost}"
    );
    assert!(
        lost.contains("unmask at lines 18, 28: vfio-pci had nothing masked"),
        "{lost}"
    );
    // Where Q does not hold the source, a line that was high before set-up may have left a second queue entry.
    for dead in &verdict.dead {
        assert!(
            dead.not_with.iter().all(|one| !q_holds(one.chip.name)),
            "line {}",
            dead.from
        );
    }
    // By hand: lines 5 and 34, 10 and 39, 9 and 38; 12, 18, 22 and 28; 19.
    let counts = &verdict.counts;
    assert_eq!(
        (counts.taken, counts.ignored, counts.handled, counts.signals),
        (2, 0, 2, 2)
    );
    assert_eq!(
        (
            counts.unmasks,
            counts.masks,
            counts.last_signal,
            counts.last_unmask
        ),
        (4, 1, Some(38), Some(28))
    );
    assert_eq!(
        verdict.function,
        Some((44, "vfio-intx(0000:01:00.0)".to_string()))
    );
}

#[test]
fn the_merged_fix_keeps_a_xive_alive() {
    let verdict = all(XIVE_UNLAZY);
    assert_eq!(explained(&verdict), product(&XIVES, &FIXED));
    // xive_irq_mask sets PQ=01 at once, and xive_irq_unmask clears it: a new rise of the line notifies.
    assert_eq!(stretches(&verdict), []);
}

#[test]
fn a_lazy_xics_takes_one_more_interrupt_and_goes_on() {
    let verdict = all(XICS_LAZY);
    // icp_native_eoi is POWER8's alone; no mask before the ignored interrupt is lazy.
    assert_eq!(explained(&verdict), product(&["xics"], &LAZY));
    assert_eq!(stretches(&verdict), []);
    // Lines 11 and 29 are handle_fasteoi_irq without an action.
    assert_eq!((verdict.counts.taken, verdict.counts.ignored), (2, 2));
}

#[test]
fn what_trace_cmd_records_of_a_stalled_line_says_so() {
    for bytes in PSERIES {
        // vfio-pci without the merged fix, one interrupt served, then a second cause: as in the first test, xive_irq_eoi
        // runs with the interrupt disabled, skips the EOI and leaves P set, and nothing clears P before the recording ends.
        let mut eois = Vec::new();
        let file = file(bytes).expect("a temporary file");
        let wanted = |name: &str| name == "xive_irq_eoi";
        let visit = &mut |line: Entry<'_>| {
            eois.push(line.number);
            Ok(())
        };
        source::each(&file, &wanted, visit).expect("a recording");
        let answer = read(bytes).expect("a recording");
        let [verdict] = &answer.functions[..] else {
            panic!("{} INTx functions", answer.functions.len())
        };
        assert_eq!(
            verdict.function,
            Some((18, "vfio-intx(0000:00:00.0)".to_string()))
        );
        assert_eq!(explained(verdict), product(&["xive-q"], &["linux-6.12.57"]));
        assert_eq!(eois.len(), 1, "one interrupt");
        assert_eq!(stretches(verdict), [(eois[0], None)]);
        let lost = &verdict.dead[0].lost_handoff;
        assert!(
            lost.starts_with("the controller's EOI: xive_irq_eoi"),
            "{lost}"
        );
        assert!(lost.contains("enable_irq found MASKED clear"), "{lost}");
        assert_eq!(
            (
                verdict.counts.taken,
                verdict.counts.handled,
                verdict.counts.signals,
                verdict.counts.unmasks
            ),
            (1, 1, 1, 1)
        );
    }
}

#[test]
fn what_trace_cmd_records_of_an_io_apic_is_never_dead() {
    // The same program on q35 with Debian's Linux 6.12.57, which is lazy as well: handle_fasteoi_irq masks what it ignores
    // (ioapic_ack_level always EOIs), so that each of three causes is signalled, as the program saw.
    let file = file(include_bytes!("../traces/q35-vfio.dat")).expect("a temporary file");
    let recording = examine::recording(|wanted, visit| source::each(&file, wanted, visit))
        .expect("a recording");
    let chip = irqchip::by_name("ioapic").expect("a row");
    let kernel = kernels::by_name("linux-6.12.57").expect("a row");
    let answer = examine::examine(
        &recording,
        &configurations::all(&[chip], &[kernel], &Device::ALL),
    )
    .expect("a verdict");
    let [verdict] = &answer.functions[..] else {
        panic!("{} INTx functions", answer.functions.len())
    };
    assert_eq!(explained(verdict), product(&["ioapic"], &["linux-6.12.57"]));
    assert_eq!(stretches(verdict), []);
    assert_eq!(
        (
            verdict.counts.handled,
            verdict.counts.signals,
            verdict.counts.unmasks
        ),
        (3, 3, 3)
    );
}

#[test]
fn wrong_configurations_are_refused_where_they_differ() {
    let no_disintx = [Device::NoDisintx];
    // A fixed kernel masks inside disable_irq_nosync; line 9 is the signal that comes after.
    let verdict = examine(XIVE_LAZY, &["xive"], &FIXED, &no_disintx).unwrap();
    assert_eq!(
        departure(&verdict),
        (9, "eventfd_signal_mask", vec!["xive_irq_mask"])
    );
    // A lazy kernel does not, line 9 of the other recording.
    let verdict = examine(XIVE_UNLAZY, &["xive"], &LAZY, &no_disintx).unwrap();
    assert_eq!(
        departure(&verdict),
        (9, "xive_irq_mask", vec!["eventfd_signal_mask"])
    );
    // XICS never calls a function of the XIVE driver: the first is at line 2. Of what may come after irq_startup the
    // recording shows check_irq_resend only.
    let verdict = examine(XIVE_LAZY, &["xics"], &[], &[]).unwrap();
    assert_eq!(
        departure(&verdict),
        (2, "xive_irq_startup", vec!["check_irq_resend"])
    );
    // The first function of a XICS driver is at line 10.
    let verdict = examine(XICS_LAZY, &["xive"], &LAZY, &no_disintx).unwrap();
    assert_eq!(
        departure(&verdict),
        (10, "icp_native_eoi", vec!["xive_irq_eoi"])
    );
    // With DisINTx vfio_intx_handler does not touch the interrupt: the signal (or, unhandled, the end) is next.
    for device in [Device::Disintx, Device::LyingDisintx] {
        let verdict = examine(XIVE_LAZY, &["xive"], &[], &[device]).unwrap();
        let (line, seen, expected) = departure(&verdict);
        assert_eq!((line, seen), (7, "disable_irq_nosync"), "{}", device.name());
        assert!(expected.contains(&"eventfd_signal_mask"), "{expected:?}");
    }
}

#[test]
fn a_recording_may_begin_anywhere() {
    // From the handler on, where the ring buffer was overwritten: any state may have led there.
    let verdict = all(&lines(XIVE_LAZY, 5..=28));
    assert_eq!(explained(&verdict), product(&XIVES, &LAZY));
    // One that ends while nothing comes: no end to the stretch.
    assert_eq!(stretches(&all(&lines(XIVE_LAZY, 1..=28))), [(11, None)]);
    // One whose first line, irq_startup, was overwritten.
    assert_eq!(stretches(&all(&lines(XIVE_LAZY, 2..=28))), [(10, None)]);
    // One that begins within a teardown: free_irq has waited for the hardware, so that no old entry is in the queue.
    assert_eq!(
        stretches(&all(&lines(XIVE_LAZY, 27..=41))),
        [(14, Some(15))]
    );
    // Comments count as lines and say nothing.
    let commented = format!("# tracer: function\n#\n{XIVE_LAZY}");
    assert_eq!(
        stretches(&all(&commented)),
        [(13, Some(31)), (42, Some(43))]
    );
}
