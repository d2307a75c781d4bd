//! Every format of results where not everything is well.

use eoi::lab::predict::Verdict;
use eoi::report::lab::{junit, ktap, summary, text};

use super::{GIC, I8259, IOAPIC, XIVE, failure, row, troubled};

#[test]
fn ktap_of_a_troubled_run() {
    let expected = "KTAP version 1
1..4
  KTAP version 1
  1..1
  # stalls after 1, 1 host interrupts an event
  # stalls instead of delivers
  # it departs
  not ok 1 clear-unmask no-disintx ioctl
not ok 1 q35-ioapic/6.12.107
  KTAP version 1
  1..1
  # the machine ended: no init
  not ok 1 the machine
not ok 2 q35-i8259/6.12.107
  KTAP version 1
  1..1
  # run once more, alone; the first time clear-unmask/no-disintx/ioctl: stalls instead of delivers
  # delivers, 1 host interrupts an event
  ok 1 clear-unmask no-disintx ioctl
ok 3 arm64-gicv3/6.12.107
ok 4 pseries-xive/6.12.107 # SKIP not in this part
";
    assert_eq!(ktap::text(&troubled()), expected);
}

#[test]
fn junit_of_a_troubled_run() {
    let xml = junit::text(&troubled()).expect("XML");
    let suites: Vec<&str> = xml.split("<testsuite ").skip(1).collect();
    let expected = [
        (
            IOAPIC,
            [1, 0, 0],
            "<failure message=\"stalls instead of delivers; it departs\"/>",
        ),
        (I8259, [0, 1, 0], "<error message=\"the machine ended:"),
        (
            GIC,
            [0, 0, 0],
            "<system-out>run once more, alone; the first time clear-unmask/no-disintx/ioctl: stalls",
        ),
        (XIVE, [0, 0, 1], "<skipped message=\"not in this part\"/>"),
    ];
    assert_eq!(suites.len(), expected.len(), "{xml}");
    for (suite, (cell, counts, says)) in suites.iter().zip(expected) {
        assert!(
            suite.starts_with(&format!("name=\"{cell}\"")) && suite.contains(says),
            "{suite}"
        );
        assert_eq!(
            ["<failure", "<error", "<skipped"].map(|tag| suite.matches(tag).count()),
            counts,
            "{suite}"
        );
        assert_eq!(suite.matches("<testcase").count(), 1, "{suite}");
    }
}

/// Results that another eoi may have written, whose lab has more cells.
#[test]
fn an_answer_of_a_cell_that_the_whole_does_not_have_is_in_every_format() {
    let mut results = troubled();
    let strange = "q35-new/9.1";
    results.rows.push(row(
        strange,
        "IO-APIC",
        Verdict::Stalls,
        &["stalls instead of delivers"],
    ));
    results
        .failures
        .push(failure("q35-newer/9.1", None, "it is gone"));
    let ktap = ktap::text(&results);
    assert!(ktap.starts_with("KTAP version 1\n1..6\n"), "{ktap}");
    assert!(
        ktap.contains("\nnot ok 5 q35-new/9.1\n") && ktap.ends_with("\nnot ok 6 q35-newer/9.1\n"),
        "{ktap}"
    );
    let xml = junit::text(&results).expect("XML");
    assert!(
        xml.contains(&format!("name=\"{strange}\"")) && xml.contains("name=\"q35-newer/9.1\""),
        "{xml}"
    );
    assert_eq!(
        ["<failure", "<error"].map(|tag| xml.matches(tag).count()),
        [2, 2],
        "{xml}"
    );
}

#[test]
fn the_summary_names_the_cells_where_a_line_stalled() {
    let mut results = troubled();
    results
        .rows
        .push(row("q35-ioapic/7.3.4", "IO-APIC", Verdict::Delivers, &[]));
    let text = summary::text(&results);
    assert!(
        text.contains("3 cases on 3 cells, 2 agree with the model."),
        "{text}"
    );
    assert!(
        text.contains("clear-unmask no-disintx: delivers on 2 cells, and stalls on 1:\n  q35-ioapic: 6.12.107\n"),
        "{text}"
    );
    assert!(
        text.lines().any(|line| line
            .split_whitespace()
            .eq("q35-ioapic IO-APIC ioapic-qemu 2 2 1 1".split(' '))),
        "{text}"
    );
    assert!(!text.contains("reopen"), "no cell ran it: {text}");
}

/// The text without the breaks that fit it to the terminal.
fn unfolded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn text_of_a_troubled_run() {
    let text = text(&troubled());
    for line in [
        "DIFFERS q35-ioapic/6.12.107 clear-unmask no-disintx ioctl: stalls instead of delivers; it departs",
        "FAILED q35-i8259/6.12.107: the machine ended:",
        "REPEATED arm64-gicv3/6.12.107: run once more, alone; the first time clear-unmask/no-disintx/ioctl: stalls instead \
         of delivers",
        "arm64-gicv3/6.12.107 clear-unmask no-disintx ioctl: guests that lost their registers and were replaced (astray): 2.",
    ] {
        assert!(unfolded(&text).contains(line), "{line}\n{text}");
    }
    assert!(
        text.contains("2 cases on 3 cells, 1 agree with the model"),
        "{text}"
    );
}
