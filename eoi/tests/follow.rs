//! Recordings of real kernels against the model; and what is no recording, or half of one.

use std::collections::BTreeSet;
use std::io::{Seek, Write};

use eoi::error::Status;
use eoi::trace::entry::{Entry, What};
use eoi::trace::verdict::{Answer, Verdict};
use eoi::trace::{configurations, examine, source, text};
use eoi_model::device::Device;
use eoi_model::irqchip::{self, Irqchip};
use eoi_model::kernels::{self, Kernel};

const XIVE_LAZY: &str = include_str!("traces/powernv9-xive-lazy.txt");
const XIVE_UNLAZY: &str = include_str!("traces/powernv9-xive-unlazy.txt");
/// `eoi trace --record`'s command, in a machine whose line had stalled when it was stopped; with it, the graph tracer.
const PSERIES: [&[u8]; 2] = [
    include_bytes!("traces/pseries-xive.dat"),
    include_bytes!("traces/pseries-xive-graph.dat"),
];
const XICS_LAZY: &str = include_str!("traces/powernv8-xics-lazy.txt");

/// The kernels without and with the merged fix, by the release notes in model/src/kernels.rs.
const LAZY: [&str; 3] = ["linux-5.10", "linux-6.1", "linux-6.12.57"];
const FIXED: [&str; 2] = ["linux-6.12.107", "linux-7.3"];

/// Follows the only INTx function with the configurations of these names; no names are all.
fn examine(
    text: &str,
    chips: &[&str],
    kernels: &[&str],
    devices: &[Device],
) -> anyhow::Result<Verdict> {
    let named = |name: &str, names: &[&str]| names.is_empty() || names.contains(&name);
    let chips: Vec<&'static Irqchip> = irqchip::ALL
        .iter()
        .copied()
        .filter(|chip| named(chip.name, chips))
        .collect();
    let kernels: Vec<&'static Kernel> = kernels::ALL
        .iter()
        .filter(|kernel| named(kernel.name, kernels))
        .collect();
    let devices = if devices.is_empty() {
        &Device::ALL
    } else {
        devices
    };
    let mut answer = examine::examine_text(text, &configurations::all(&chips, &kernels, devices))?;
    assert_eq!(answer.functions.len(), 1, "one INTx function");
    Ok(answer.functions.remove(0))
}

fn file(bytes: &[u8]) -> anyhow::Result<std::fs::File> {
    let mut file = tempfile::tempfile()?;
    file.write_all(bytes)?;
    file.rewind()?;
    Ok(file)
}

/// Follows bytes in a file, whatever they are.
fn read(bytes: &[u8]) -> anyhow::Result<Answer> {
    let file = file(bytes)?;
    let recording = examine::recording(|wanted, visit| source::each(&file, wanted, visit))?;
    let chips = [
        irqchip::by_name("xive-q").expect("a row"),
        irqchip::by_name("xics").expect("a row"),
    ];
    let kernel = kernels::by_name("linux-6.12.57").expect("a row");
    examine::examine(
        &recording,
        &configurations::all(&chips, &[kernel], &Device::ALL),
    )
}

fn all(text: &str) -> Verdict {
    examine(text, &[], &[], &[]).expect("a recording")
}

fn explained(verdict: &Verdict) -> BTreeSet<(&'static str, &'static str, &'static str)> {
    assert!(verdict.follows(), "departs: {:?}", verdict.departs);
    verdict
        .configurations
        .iter()
        .map(|one| (one.chip.name, one.kernel.name, one.device.name()))
        .collect()
}

fn product(
    chips: &[&'static str],
    kernels: &[&'static str],
) -> BTreeSet<(&'static str, &'static str, &'static str)> {
    chips
        .iter()
        .flat_map(|&chip| {
            kernels
                .iter()
                .map(move |&kernel| (chip, kernel, "no-disintx"))
        })
        .collect()
}

fn stretches(verdict: &Verdict) -> Vec<(usize, Option<usize>)> {
    verdict
        .dead
        .iter()
        .map(|dead| (dead.from, dead.until))
        .collect()
}

/// Line and name of the departure, and what was expected there.
fn departure(verdict: &Verdict) -> (usize, &'static str, Vec<&'static str>) {
    let departs = verdict.departs.as_ref().expect("no configuration follows");
    (
        departs.line,
        departs.seen,
        departs.names().into_iter().collect(),
    )
}

fn lines(text: &str, range: std::ops::RangeInclusive<usize>) -> String {
    let numbered = text
        .lines()
        .zip(1..)
        .filter(|(_, number)| range.contains(number));
    numbered.map(|(line, _)| format!("{line}\n")).collect()
}

#[test]
fn a_lazy_xive_stalls_when_its_driver_skips_the_eoi() {
    let verdict = all(XIVE_LAZY);
    // The recording does not show what PQ=01 and SET_PQ_00 do, so that all three sources explain it; xive_irq_mask
    // was not called, which leaves the kernels without IRQ_DISABLE_UNLAZY.
    assert_eq!(
        explained(&verdict),
        product(&["xive", "xive-q", "xive-qemu"], &LAZY)
    );
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
            dead.not_with.iter().all(|one| one.chip.name == "xive"),
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
    assert_eq!(
        explained(&verdict),
        product(&["xive", "xive-q", "xive-qemu"], &FIXED)
    );
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
    let file = file(include_bytes!("traces/q35-vfio.dat")).expect("a temporary file");
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
    assert_eq!(
        explained(&verdict),
        product(&["xive", "xive-q", "xive-qemu"], &LAZY)
    );
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

#[test]
fn after_lost_events_everything_is_possible() {
    // Lines 12-19 are lost: what is left of the mask (20, 21) is the rest of a step whose beginning nobody saw.
    for marker in ["CPU:0 [LOST 8 EVENTS]\n", "[...]\n"] {
        let lost = lines(XIVE_LAZY, 1..=11) + marker + &lines(XIVE_LAZY, 20..=41);
        let verdict = examine(&lost, &["xive-q"], &LAZY, &[]).unwrap();
        assert!(verdict.follows(), "{:?}", verdict.departs);
        // Among what is lost may be a teardown and a set-up, so that the first stretch is not proven. The EOI of line 40,
        // here 33, comes after a set-up that everybody saw.
        assert_eq!(stretches(&verdict), [(33, Some(34))]);
    }
    // Without the marker line 20 has nothing to follow from.
    let cut = lines(XIVE_LAZY, 1..=11) + &lines(XIVE_LAZY, 20..=41);
    let verdict = examine(&cut, &["xive-q"], &LAZY, &[]).unwrap();
    assert_eq!(departure(&verdict).0, 12);
}

/// Two CPUs: while CPU 0 is in the handler, the program on CPU 1 was woken, and unmasks before CPU 0's EOI.
const EARLY_UNMASK: &str = "\
   vmm-7   [001] d....  1.000001: irq_startup <-__setup_irq
   vmm-7   [001] d....  1.000002: xive_irq_startup <-__irq_startup
   vmm-7   [001] d....  1.000003: check_irq_resend <-irq_startup
   idle-0  [000] d.h..  2.000001: handle_fasteoi_irq <-handle_irq_desc
   idle-0  [000] d.h..  2.000002: irq_handler_entry: irq=44 name=vfio-intx(0000:01:00.0)
   idle-0  [000] d.h..  2.000003: vfio_intx_handler <-__handle_irq_event_percpu
   idle-0  [000] d.h..  2.000004: disable_irq_nosync <-vfio_intx_handler
   idle-0  [000] d.h..  2.000005: irq_disable <-__disable_irq_nosync
   idle-0  [000] d.h..  2.000006: eventfd_signal_mask <-vfio_intx_handler
   vmm-7   [001] .....  2.000007: vfio_pci_intx_unmask_handler <-vfio_pci_set_intx_unmask
   idle-0  [000] d.h..  2.000008: irq_handler_exit: irq=44 ret=handled
   vmm-7   [001] d....  2.000009: enable_irq <-vfio_pci_intx_unmask_handler
   vmm-7   [001] d....  2.000010: __enable_irq <-enable_irq
   vmm-7   [001] d....  2.000011: irq_startup <-__enable_irq
   vmm-7   [001] d....  2.000012: irq_enable <-irq_startup
   vmm-7   [001] d....  2.000013: check_irq_resend <-irq_startup
   idle-0  [000] d.h..  2.000014: xive_irq_eoi <-handle_fasteoi_irq
";

#[test]
fn two_cpus_may_interleave() {
    // xive_irq_eoi finds the interrupt enabled and does EOI the source: not dead, although the kernel is lazy.
    let verdict = examine(
        EARLY_UNMASK,
        &["xive"],
        &["linux-6.12.57"],
        &[Device::NoDisintx],
    )
    .unwrap();
    assert!(verdict.follows(), "{:?}", verdict.departs);
    assert_eq!(stretches(&verdict), []);
    // The other order, EOI before enable_irq: disabled, so skipped.
    let mut late: Vec<&str> = EARLY_UNMASK.lines().collect();
    let eoi = late.pop().expect("the last line");
    late.insert(11, eoi);
    let late = late.join("\n") + "\n";
    // enable_irq is printed before it takes desc->lock, so that its effect may come after line 12 only.
    let verdict = examine(&late, &["xive"], &["linux-6.12.57"], &[Device::NoDisintx]).unwrap();
    assert!(verdict.follows(), "{:?}", verdict.departs);
    assert_eq!(stretches(&verdict).last(), Some(&(12, None)));
}

#[test]
fn an_entry_that_waits_for_the_lock_takes_effect_later() {
    // CPU 0 has entered the flow handler of a XICS and spins on desc->lock while CPU 1 enables the line: the action
    // runs, although the line was disabled when handle_fasteoi_irq was printed.
    let head =
        lines(XICS_LAZY, 1..=14).replace("vintx-192     [000] .....", "vintx-192     [001] .....");
    let enable = lines(XICS_LAZY, 15..=20).replace("[000]", "[001]");
    let (locked, under) = (lines(&enable, 1..=1), lines(&enable, 2..=6));
    let rest = lines(XICS_LAZY, 21..=28);
    let spins = format!("{head}{locked}{under}{rest}");
    assert!(examine(&spins, &["xics"], &LAZY, &[]).unwrap().follows());
    let (enter, run) = (lines(&rest, 1..=1), lines(&rest, 2..=8));
    // The controller presents once unmasked (line 5 of `enable`): from there on CPU 0 may enter and wait.
    let spins = format!(
        "{head}{locked}{}{enter}{}{run}",
        lines(&under, 1..=4),
        lines(&under, 5..=5)
    );
    assert!(examine(&spins, &["xics"], &LAZY, &[]).unwrap().follows());
}

#[test]
fn other_interrupts_are_set_aside() {
    let other = "\
           <idle>-0       [000] d.h..     6.000001: handle_fasteoi_irq <-handle_irq_desc
           <idle>-0       [000] d.h..     6.000002: irq_handler_entry: irq=17 name=eth0
           <idle>-0       [000] d.h..     6.000003: eventfd_signal_mask <-irqfd_wakeup
           <idle>-0       [000] d.h..     6.000004: irq_handler_exit: irq=17 ret=handled
           <idle>-0       [000] d.h..     6.000005: xive_irq_eoi <-handle_fasteoi_irq
             kvm-9        [000] d....     6.000006: disable_irq_nosync <-e1000_netpoll
             kvm-9        [000] d....     6.000007: irq_disable <-__disable_irq_nosync
             kvm-9        [000] d....     6.000008: sched_switch: prev_comm=kvm prev_pid=9
";
    let mixed = lines(XIVE_LAZY, 1..=3) + other + &lines(XIVE_LAZY, 4..=41);
    let verdict = all(&mixed);
    assert_eq!(
        explained(&verdict),
        product(&["xive", "xive-q", "xive-qemu"], &LAZY)
    );
    assert_eq!((verdict.aside, verdict.counts.taken), (7, 2));
}

#[test]
fn every_layout_of_a_line_is_read() {
    let body = "xive_irq_eoi <-handle_fasteoi_irq";
    for (line, irq) in [
        (format!(" a b-7   [002] d.h..     6.7: {body}"), Some(true)),
        (
            format!(" [x] -7   (    6) [002] d.h..     6.7: {body}"),
            Some(true),
        ),
        (
            format!(" a-7   (-------) [002] .....     6.7: {body}"),
            Some(false),
        ),
        (format!(" a-7   [002]     6.7: {body}"), None),
        (
            format!(
                " a-7   [002]     6.7: function:             {}",
                body.replace("<-", "<-- ")
            ),
            None,
        ),
        (
            format!(
                "   a-7       2d.h1.   12us+: {}",
                body.replace(" <-", "+0x8/0x40 <-")
            ),
            Some(true),
        ),
    ] {
        let what = What::Function("xive_irq_eoi", Some("handle_fasteoi_irq"));
        let mut seen = 0;
        let mut visit = |read: Entry<'_>| {
            assert_eq!(
                read,
                Entry {
                    number: 1,
                    cpu: 2,
                    pid: 7,
                    irq,
                    what
                },
                "{line}"
            );
            seen += 1;
            Ok(())
        };
        let text = format!("{line}\n");
        text::each(&mut text.as_bytes(), &|_| true, &mut visit)
            .unwrap_or_else(|error| panic!("{line}: {error:#}"));
        assert_eq!(seen, 1, "{line}");
    }
}

#[test]
fn what_is_no_recording_is_refused_with_what_to_do() {
    let says = |bytes: &[u8]| {
        let error = read(bytes).err().expect("no recording");
        (Status::of(&error), format!("{error:#}"))
    };
    let cut = &XIVE_LAZY.as_bytes()[..1000];
    for (bytes, part) in [
        (&b""[..], "no entry"),
        (b"# tracer: function\n#\n", "no entry"),
        (b"hello\nworld\n", "line 1 (at byte 0) is not ftrace text"),
        (b"\x17\x08\x44tracing6\0", "at byte 12 the byte order"),
        (b"\x7fELF\x02\x01\0\0", "line 1 (at byte 0) is not text"),
        (
            b"# tracer: function_graph\n 0)  1.2 us x;\n",
            "line 2 (at byte 25) is not ftrace text",
        ),
        (&[b' '; 1 << 20][..], "line 1 (at byte 0)"),
        (cut, "is cut"),
    ] {
        let (status, error) = says(bytes);
        assert_eq!(status, Status::Usage, "{error}");
        assert!(error.contains(part), "{error}");
    }
    // A good recording of the wrong functions: the answer names the right ones.
    let wrong: String = XIVE_LAZY
        .lines()
        .filter(|line| line.contains("check_irq"))
        .map(|l| format!("{l}\n"))
        .collect();
    let (status, error) = says(wrong.as_bytes());
    assert_eq!(status, Status::Unknown, "{error}");
    assert!(
        error.contains("eoi trace --record --chip NAME"),
        "two controllers, two commands: {error}"
    );
    let error = format!(
        "{:#}",
        examine(&wrong, &["xive"], &[], &[])
            .err()
            .expect("too little")
    );
    for part in [
        "trace-cmd record",
        "-l 'vfio_intx_handler'",
        "-l 'handle_fasteoi_irq'",
        "-l 'xive_irq_eoi'",
        "-e irq:irq_handler_entry",
    ] {
        assert!(error.contains(part), "{part}: {error}");
    }
    assert!(
        !error.contains("ics_opal"),
        "only the functions of the controllers in question: {error}"
    );
}

/// Numbers that look random and are the same in every run (Knuth's MMIX generator).
fn next(seed: &mut u64) -> usize {
    *seed = seed
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    (*seed >> 33) as usize
}

#[test]
fn no_mutation_of_a_recording_panics() {
    let mut seed = 1;
    let (mut errors, mut follows, mut departs) = (0, 0, 0);
    for round in 0..600 {
        let mut bytes = [XIVE_LAZY, XIVE_UNLAZY, XICS_LAZY, EARLY_UNMASK][round % 4]
            .as_bytes()
            .to_vec();
        for _ in 0..=next(&mut seed) % 4 {
            let at = next(&mut seed) % bytes.len();
            match next(&mut seed) % 6 {
                0 => bytes[at] = next(&mut seed) as u8,
                1 => bytes.truncate(at.max(1)),
                2 => bytes.insert(at, b'\n'),
                3 => drop(bytes.remove(at)),
                kind => {
                    let mut lines: Vec<&[u8]> =
                        bytes.split_inclusive(|&byte| byte == b'\n').collect();
                    let (one, two) = (next(&mut seed) % lines.len(), next(&mut seed) % lines.len());
                    if kind == 4 {
                        lines.swap(one, two);
                    } else {
                        lines.insert(one, b"CPU:0 [LOST 3 EVENTS]\n");
                    }
                    bytes = lines.concat();
                }
            }
        }
        match read(&bytes) {
            Err(_) => errors += 1,
            Ok(verdict) if verdict.follows() => follows += 1,
            Ok(_) => departs += 1,
        }
    }
    assert!(
        errors > 0 && follows > 0 && departs > 0,
        "{errors} errors, {follows} follow, {departs} depart"
    );
}
