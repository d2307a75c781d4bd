//! `eoi doctor` and `check --root`: captured hosts, and those about which nothing can be told.

use serde_json::Value;

use super::{eoi, status, stderr, stdout};

#[test]
fn a_captured_host_is_checked_for_what_it_is() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/hosts/powernv9");
    let output = eoi(&["check", "--root", root, "--path", "vmm"]);
    let text = stdout(&output);
    assert_eq!(status(&output), 1, "{text}{}", stderr(&output));
    assert!(text.contains("linux-6.12.57"), "{text}");
    assert!(
        text.contains(
            "0003:02:00.0 irq 23: xive or xive-q; no-disintx (vfio_pci.nointxmask is set)"
        ),
        "{text}"
    );
}

#[test]
fn a_host_without_a_known_controller_cannot_be_told() {
    let output = eoi(&[
        "check",
        "--root",
        concat!(env!("CARGO_MANIFEST_DIR"), "/tests/hosts/unknown"),
    ]);
    assert_eq!(status(&output), 3, "{}", stderr(&output));
}

#[test]
fn a_capture_diagnoses_as_the_host_does() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/hosts/powernv9");
    let dir = tempfile::tempdir().expect("a temporary directory");
    let report = |root: &str| {
        let output = eoi(&["doctor", "--root", root, "--format", "json"]);
        assert_eq!(status(&output), 1, "{}", stderr(&output));
        let mut report: Value = serde_json::from_str(&stdout(&output)).expect("JSON");
        report["source"] = Value::Null;
        report
    };
    for name in ["host.tar.zst", "host.tar"] {
        let capture = dir.path().join(name).display().to_string();
        let output = eoi(&["doctor", "--root", root, "--capture", &capture]);
        assert_eq!(status(&output), 0, "{}", stderr(&output));
        assert_eq!(report(&capture), report(root), "{name}");
        let again = eoi(&["doctor", "--root", root, "--capture", &capture]);
        assert_eq!(
            status(&again),
            2,
            "a file that is there is not written over"
        );
        assert_eq!(
            status(&eoi(&["check", "--root", &capture, "--path", "vmm"])),
            1
        );
    }
    let report = report(root);
    assert_eq!(report["schema"], "eoi.doctor/2");
    let names: Vec<_> = report["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .map(|one| &one["name"])
        .collect();
    // vfio-pci is told not to use DisINTx on XIVE, and 6.12.57 has the fix or not: README, "One lost interrupt".
    assert_eq!(
        names,
        ["kernel-fix", "nointxmask", "stall-possible", "mask-race"]
    );
}

#[test]
fn a_doctor_that_can_tell_nothing_says_so() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let empty = dir.path().display().to_string();
    assert_eq!(status(&eoi(&["doctor", "--root", &empty])), 3);
    assert_eq!(
        status(&eoi(&["doctor", "--root", &empty, "--irq", "16"])),
        3
    );
    assert_eq!(status(&eoi(&["doctor", "1:0.0"])), 2);
    assert_eq!(status(&eoi(&["doctor", "--root", "/nonexistent"])), 2);
    let garbage = dir.path().join("garbage").display().to_string();
    std::fs::write(&garbage, "no capture").expect("writable");
    let output = eoi(&["doctor", "--root", &garbage]);
    assert_eq!(status(&output), 2);
    assert!(
        stderr(&output).contains("is no archive of a host's files that can be read"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn a_doctor_without_a_report_s_kernel_and_interrupts_asks_for_them_and_does_not_contradict_itself()
{
    let lspci = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/lspci/uhci-bytes.txt");
    let text = stdout(&eoi(&["doctor", "--lspci", lspci]));
    for part in ["--interrupts FILE", "--release, as uname -r"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(
        !text.contains("missing or cannot be read"),
        "nobody named a file: {text}"
    );
    let dir = tempfile::tempdir().expect("a temporary directory");
    let interrupts = dir.path().join("interrupts").display().to_string();
    let shown = "     CPU0 CPU1\n 23:  7  0  IR-IO-APIC  23-fasteoi   uhci_hcd:usb1\n";
    std::fs::write(&interrupts, shown).expect("writable");
    let given = [
        "doctor",
        "--lspci",
        lspci,
        "--release",
        "6.12.57",
        "--interrupts",
        &interrupts,
        "00:1d.0",
    ];
    let output = eoi(&given);
    let text = stdout(&output);
    // The UHCI's bytes do not tell whether it has DisINTx, so that a race that loses a DisINTx- line is for information.
    assert!(text.contains("info     mask-race  0000:00:1d.0"), "{text}");
    assert!(
        text.contains("Nothing worse than info:\n    0000:00:1d.0"),
        "{text}"
    );
    assert!(!text.contains("Nothing found"), "{text}");
    assert_eq!(status(&output), 0);
    let race = stdout(&eoi(&["doctor", "--explain"]));
    let race = race
        .lines()
        .find(|line| line.starts_with("mask-race"))
        .expect("a line");
    assert!(race.contains(" info or warning "), "{race}");
}
