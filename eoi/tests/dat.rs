//! The reader of trace.dat: beside `trace-cmd report` on real recordings, and on files that were made by hand.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;

use eoi::trace::dat::{self, Cpu, Summary};
use eoi::trace::entry::{Entry, What};
use eoi::trace::text;

#[path = "dat/build.rs"]
mod build;
use build::{Event, MISSED, Machine, PAGE, STORED};

/// A real recording, what trace-cmd 3.1.6 prints for it with `report -l` (the first 300 lines at most), and the number
/// of all lines that it prints for entries.
struct Real {
    name: &'static str,
    file: &'static [u8],
    report: &'static str,
    entries: u64,
}

macro_rules! real {
    ($name:literal, $entries:literal) => {
        Real {
            name: $name,
            file: include_bytes!(concat!("traces/", $name, ".dat")),
            report: include_str!(concat!("traces/", $name, ".report")),
            entries: $entries,
        }
    };
}

/// Debian's Linux 6.12.107 on QEMU's q35 with two CPUs and an e1000 whose INTx goes to the IO-APIC, and Linux 6.1.176 on
/// s390x, which is big endian; Linux 6.12.107 on QEMU's pseries, by trace-cmd 3.3.1, runs `eoi trace --record`'s command for
/// XIVE as it is printed. Their /proc/kallsyms were cut down to the functions in question.
const REAL: &[Real] = &[
    real!("q35-v7", 60),
    real!("q35-v6", 52),
    real!("q35-instance", 8),
    real!("q35-v6-instance", 7),
    real!("q35-lost", 265),
    real!("s390x-v7", 986),
    real!("pseries-xive", 178),
];

/// The same command with `-p function_graph`.
const GRAPH: Real = real!("pseries-xive-graph", 146);

const KALLSYMS: &str = "0000000000000010 A absolute\n00001000 t alpha\n00001000 T alias\n00001800 D data\n\
                        00002000 t beta.isra.0\t[mod]\n00003000 b $x\n";

fn file(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().expect("a temporary file");
    file.write_all(bytes).expect("written");
    file
}

/// Everything that was visited, as text.
fn all(bytes: &[u8]) -> anyhow::Result<(Vec<String>, Summary)> {
    let mut lines = Vec::new();
    let summary = dat::each(&file(bytes), &|_| true, &mut |line| {
        lines.push(show(&line));
        Ok(())
    })?;
    Ok((lines, summary))
}

fn show(line: &Entry<'_>) -> String {
    let Entry {
        number,
        cpu,
        pid,
        irq,
        what,
    } = *line;
    match what {
        What::Lost => format!("{number} cpu{cpu} lost"),
        What::Event(name, args) => {
            format!("{number} cpu{cpu} {pid} {irq:?} {name}: {}", args.trim())
        }
        What::Function(name, caller) => {
            format!("{number} cpu{cpu} {pid} {irq:?} {name} <- {caller:?}")
        }
        What::Call(name, caller, args) => {
            format!("{number} cpu{cpu} {pid} {irq:?} {name}({args}) <- {caller:?}")
        }
        What::Other => "a return".to_owned(),
    }
}

#[test]
fn real_recordings_read_as_trace_cmd_prints_them() {
    for Real {
        name,
        file,
        report,
        entries,
    } in REAL
    {
        // In front of an instance's entries trace-cmd prints its name; the number there is the line's, after "cpus=2".
        let report: String = report
            .lines()
            .map(|line| line.trim_start_matches("two:").to_owned() + "\n")
            .collect();
        let mut printed = Vec::new();
        let printing = text::each(&mut report.as_bytes(), &|_| true, &mut |line| {
            printed.push(show(&Entry {
                number: line.number - 1,
                ..line
            }));
            Ok(())
        });
        printing.unwrap_or_else(|error| panic!("{name}: {error:#}"));
        let (read, summary) = all(file).unwrap_or_else(|error| panic!("{name}: {error:#}"));
        assert!(printed.len() > 6, "{name} is too short to show anything");
        assert_eq!(read[..printed.len()], printed, "{name}");
        assert_eq!((summary.entries, summary.unknown), (*entries, 0), "{name}");
        // q35-lost.report: "CPU:1 [457 EVENTS DROPPED]"
        let lost: u64 = summary.cpus.values().map(|cpu| cpu.lost).sum();
        assert_eq!(lost, if *name == "q35-lost" { 457 } else { 0 }, "{name}");
    }
}

#[test]
fn a_graph_has_the_callers_that_its_text_is_indented_by() {
    let (mut read, mut printed) = (Vec::new(), Vec::new());
    // trace-cmd prints a call and its return in one line where nothing comes between, so that numbers differ.
    let summary = dat::each(&file(GRAPH.file), &|_| true, &mut |line| {
        read.push(show(&Entry { number: 0, ..line }));
        Ok(())
    });
    let printing = text::each(&mut GRAPH.report.as_bytes(), &|_| true, &mut |line| {
        printed.push(show(&Entry { number: 0, ..line }));
        Ok(())
    });
    printing.expect("what trace-cmd printed");
    assert_eq!(summary.expect("a real recording").entries, GRAPH.entries);
    printed.retain(|line| line != "a return");
    assert_eq!(read, printed);
    let inner = "Some(true) disable_irq_nosync() <- Some(\"vfio_intx_handler\")";
    assert!(read.iter().any(|line| line.ends_with(inner)), "{read:?}");
}

#[test]
fn each_name_is_asked_for_once_and_what_is_not_wanted_is_counted() {
    let asked = RefCell::new(BTreeMap::<String, usize>::new());
    let wanted = |name: &str| {
        *asked.borrow_mut().entry(name.to_owned()).or_default() += 1;
        name == "irq_handler_exit"
    };
    let mut visited = 0;
    let (_, all) = all(REAL[0].file).expect("a real recording");
    let summary = dat::each(&file(REAL[0].file), &wanted, &mut |line| {
        visited += 1;
        assert!(
            matches!(line.what, What::Event("irq_handler_exit", _)),
            "{line:?}"
        );
        Ok(())
    });
    assert_eq!(summary.expect("a real recording"), all);
    assert!(visited > 0 && visited < all.entries);
    assert_eq!(asked.borrow()["handle_fasteoi_irq"], 1);
    assert!(
        asked.borrow().iter().all(|(_, &times)| times == 1),
        "{asked:?}"
    );
}

#[test]
fn an_error_of_the_visitor_ends_the_reading() {
    let mut visited = 0;
    let result = dat::each(&file(REAL[0].file), &|_| true, &mut |_| {
        visited += 1;
        anyhow::bail!("enough")
    });
    assert_eq!(
        (
            format!("{:#}", result.expect_err("the visitor's error")),
            visited
        ),
        ("enough".to_owned(), 1)
    );
}

const MACHINES: [Machine; 4] = [
    Machine {
        big: false,
        long: 8,
    },
    Machine { big: true, long: 8 },
    Machine {
        big: false,
        long: 4,
    },
    Machine { big: true, long: 4 },
];

/// Two CPUs whose entries interleave only if every kind of time is read right.
fn two_cpus(machine: Machine) -> [Vec<u8>; 2] {
    let call = |pid| machine.function(0, pid, 0x1004, 0x2010);
    let base = 0xf8u64 << 56 | 5 << 27; // the high bits of an absolute time come from the page's
    let in_irq = machine.function(0x08, 11, 0x2000, 0x1000);
    let in_nmi = machine.function(0x40, 13, 0x2abc, 0x20);
    let first = machine.page(
        base,
        None,
        &[
            Event::Entry(10, &call(10)),
            Event::Discarded(1, 12), // its 1 stands for no time
            Event::Discarded(5, 8),
            Event::Extend(1 << 27),
            Event::Long(5, &in_irq), // 2^27 + 20
            Event::Null,
        ],
    );
    let (known, unknown) = (
        machine.page(
            base + (1 << 28),
            Some((MISSED | STORED, 7)),
            &[
                Event::Stamp((5 << 27) + (1 << 28) + 3),
                Event::Entry(0, &in_nmi), // 2^28 + 3
            ],
        ),
        machine.page(base + (1 << 28) + 10, Some((MISSED, 0)), &[]),
    );
    let odd = [
        machine.number(300, 2),
        vec![0x01, 0],
        machine.number(14, 4),
        machine.number(0xfffe, 2),
        vec![0xab, 0xcd],
        b"ab\0d".to_vec(),
        machine.number(28 | 4 << 16, 4),
        machine.number(8 | 4 << 16, 4),
        machine.number(0xbeef, 4),
        b"why\0hi\n\0".to_vec(),
    ]
    .concat();
    let second = machine.page(
        base + 11,
        None,
        &[
            Event::Entry(0, &machine.function(0x10, 12, 0x1fff, 0x2000)), // 11
            Event::Entry(1 << 27 >> 1, &odd),                             // 2^26 + 11
            Event::Extend(1 << 28),
            Event::Entry(0, &machine.number(77, 4)), // no such event
        ],
    );
    [[first, known, unknown].concat(), second]
}

#[test]
fn every_kind_of_event_time_and_loss_is_understood_on_every_machine() {
    let expected = [
        "1 cpu0 10 Some(false) alpha <- Some(\"beta\")",
        "2 cpu1 12 Some(false) alpha <- Some(\"beta\")",
        "3 cpu1 14 Some(false) odd: small=-2 raw=abcd comm=ab there=why here=hi\u{fffd} at=0xbeef",
        "4 cpu0 11 Some(true) beta <- Some(\"alpha\")",
        "5 cpu0 lost",
        "6 cpu0 13 Some(true) beta <- Some(\"0x20\")",
        "7 cpu0 lost", // known from a page without an entry
    ];
    let cpu = |entries, gaps, lost| Cpu {
        entries,
        gaps,
        lost,
    };
    let summary = Summary {
        entries: 6,
        unknown: 1,
        cpus: BTreeMap::from([(0, cpu(3, 2, 7)), (1, cpu(3, 0, 0))]),
    };
    for machine in MACHINES {
        let cpus = two_cpus(machine);
        for file in [
            machine.version_6(KALLSYMS, &cpus),
            machine.version_7(KALLSYMS, &cpus),
        ] {
            let (lines, found) =
                all(&file).unwrap_or_else(|error| panic!("{machine:?}: {error:#}"));
            assert_eq!(lines, expected, "{machine:?}");
            assert_eq!(found, summary, "{machine:?}");
        }
    }
}

#[test]
fn what_is_wrong_is_said_with_the_byte() {
    let machine = MACHINES[0];
    let good = machine.version_6(KALLSYMS, &two_cpus(machine));
    let data = good.len() - 4 * PAGE;
    let changed = |at: usize, bytes: &[u8]| {
        let mut file = good.clone();
        file[at..at + bytes.len()].copy_from_slice(bytes);
        file
    };
    let cases = [
        (b"hello".to_vec(), "at byte 0 the mark of a trace.dat"),
        (changed(10, b"5"), "version \"5\""),
        (changed(12, b"\x02"), "the byte order is 2"),
        (changed(14, b"\x01\x10"), "the page size is 4097"),
        (changed(18, b"X"), "at byte 18 \"header_page\""),
        (good[..good.len() - 1].to_vec(), "it is cut"),
        (
            changed(data + 8, b"\xff\xff"),
            "at byte 16392 (CPU 0) the page says that it holds more",
        ),
        (
            changed(data + 16, b"\x1c"),
            "an event reaches behind the page's end",
        ),
        (machine.version_6("", &two_cpus(machine)), "no symbols"),
    ];
    for (file, part) in cases {
        let error = format!("{:#}", all(&file).expect_err(part));
        let part = part.replace("16392", &(data + 8).to_string());
        assert!(error.contains(&part), "{error:?} does not say {part:?}");
    }
}

/// A cut file is an error, or the cut took nothing that is needed; it is never a panic, and never more entries.
#[test]
fn a_file_that_is_cut_at_any_byte_ends_well() {
    let machine = MACHINES[1];
    let cpus = two_cpus(machine);
    let made = [
        machine.version_6(KALLSYMS, &cpus),
        machine.version_7(KALLSYMS, &cpus),
    ];
    let made = made.iter().map(|bytes| (&bytes[..], 1));
    for (bytes, stride) in made.chain(REAL.iter().map(|real| (real.file, 97))) {
        let (_, whole) = all(bytes).expect("the whole file");
        let file = file(bytes);
        let mut errors = 0;
        for length in (0..bytes.len() as u64).rev().step_by(stride) {
            file.set_len(length).expect("a shorter file");
            match dat::each(&file, &|_| true, &mut |_| Ok(())) {
                Ok(summary) => assert_eq!(summary, whole, "cut at {length}"),
                Err(_) => errors += 1,
            }
        }
        assert!(errors > 0, "no cut was noticed");
    }
}

/// Bytes are overwritten, by chance and with the largest numbers: any result, but no panic and no endless loop.
#[test]
fn a_damaged_file_ends_well() {
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = move |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed % below as u64) as usize
    };
    let machine = MACHINES[0];
    let cpus = two_cpus(machine);
    let made = [
        machine.version_6(KALLSYMS, &cpus),
        machine.version_7(KALLSYMS, &cpus),
    ];
    let made = made.iter().map(|bytes| (&bytes[..], 3000));
    for (bytes, rounds) in made.chain(REAL.iter().map(|real| (real.file, 400))) {
        let (mut errors, mut entries) = (0, 0);
        for _ in 0..rounds {
            let mut bytes = bytes.to_vec();
            for _ in 0..=random(3) {
                let at = random(bytes.len() - 8);
                match random(3) {
                    0 => bytes[at] = random(256) as u8,
                    1 => bytes[at] ^= 1 << random(8),
                    _ => bytes[at..at + 4].fill(0xff),
                }
            }
            match all(&bytes) {
                Ok((_, summary)) => entries += summary.entries,
                Err(_) => errors += 1,
            }
        }
        assert!(
            errors > 0 && entries > 0,
            "{errors} errors, {entries} entries: nothing was tried"
        );
    }
}
