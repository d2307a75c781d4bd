//! Texts as people paste them, made up after public reports: each with the answer that is right, and why.

use std::process::Command;

use serde_json::Value;

/// One text: its name, the options beside the files that have its name, the exit status, what must be found, what must not,
/// and words that must stand in the answer.
struct Case {
    name: &'static str,
    options: &'static [&'static str],
    status: i32,
    found: &'static [(&'static str, &'static str)],
    never: &'static [&'static str],
    says: &'static [&'static str],
}

const EXCLUSIVE: &[(&str, &str)] = &[("line-not-exclusive", "0000:0b:00.0")];
const ASKED: &[&str] = &["--release", "5.4.0", "0b:00.0"];
const OWNER: &[&str] = &["ehci_hcd:usb3", "irq 16"];

/// A text that says what the clean one says, once what was done to it is undone.
const fn mangled(name: &'static str, says: &'static [&'static str]) -> Case {
    Case {
        name,
        options: ASKED,
        status: 1,
        found: EXCLUSIVE,
        never: &["no-pin"],
        says,
    }
}

const CASES: [Case; 17] = [
    // grep --color=always marks what it found with escape sequences.
    mangled("k1-ansi-colours", OWNER),
    // The text ends at Status:, before the place of Interrupt:.
    Case {
        name: "k1-cut-off",
        options: &["0b:00.0"],
        status: 3,
        found: &[],
        never: &["no-pin"],
        says: &["its pin and its irq"],
    },
    // A tab is =09 and = is =3D.
    mangled("k1-quoted-printable", OWNER),
    // Bytes that are no UTF-8 before each key.
    Case {
        name: "k10-latin1",
        options: &["--release", "5.4.0"],
        status: 1,
        found: &[
            ("line-not-exclusive", "0000:0b:00.0"),
            ("intx-bits-not-trusted", "0000:0b:00.0"),
        ],
        never: &["no-pin"],
        says: &["ehci_hcd:usb3", "vfio-pci"],
    },
    // lspci prints ? for a pin of 0 and of 255.
    Case {
        name: "k11-pin-question-mark",
        options: &["03:00.0"],
        status: 3,
        found: &[],
        never: &["no-pin", "bad-pin"],
        says: &["0 or 255"],
    },
    // Runs of white space became one space, in the layout without hwirq.
    Case {
        name: "k2-collapsed",
        options: &["--release", "3.2.0", "0b:00.0"],
        status: 1,
        found: EXCLUSIVE,
        never: &["no-pin"],
        says: &[
            "uhci_hcd:usb5, eth0, HDA Intel",
            "\"controller\": \"IO-APIC\"",
        ],
    },
    // The only action is the function's own; the chip has a flow column and no hwirq.
    Case {
        name: "k3-xen-dom0",
        options: &["--release", "6.1.0", "0b:00.0"],
        status: 1,
        found: &[("intx-bits-not-trusted", "0000:0b:00.0")],
        never: &["line-not-exclusive", "no-pin"],
        says: &["xen-pirq", "the model does not have the controller"],
    },
    // Wrapped by a mail program: the head too.
    Case {
        name: "k4-wrapped-xive",
        options: &["--release", "6.12.57"],
        status: 1,
        found: &[("stall-possible", "0001:01:00.0")],
        never: &["no-pin"],
        says: &["\"cpus\": 8", "\"controller\": \"XIVE-IRQ\"", "wrapped"],
    },
    // Quoted three times.
    mangled("k5-quoted", &["ehci_hcd:usb3", "quoted 3 times"]),
    // The same function as one line of a list, then in full.
    mangled("k6-list-first", OWNER),
    // pci-stub requests no irq: the action on the line is another's.
    Case {
        name: "k7-pci-stub",
        options: &["--release", "3.19.0", "09:00.0"],
        status: 1,
        found: &[("line-shared", "0000:09:00.0")],
        never: &["no-pin"],
        says: &["ehci_hcd:usb3", "EBUSY"],
    },
    // DisINTx cannot be told, and the line has another owner.
    Case {
        name: "k7-unknown-disintx-shared",
        options: &["--release", "3.19.0"],
        status: 1,
        found: &[("line-shared", "0000:09:00.0")],
        never: &["no-pin"],
        says: &["ehci_hcd:usb3", "EBUSY"],
    },
    // lspci -v: the irq, the ids and the driver are there; the pin's letter and DisINTx are not.
    Case {
        name: "k8-verbose-one",
        options: &["--release", "6.8.12"],
        status: 1,
        found: &[
            ("line-not-exclusive", "0000:01:00.0"),
            ("line-not-exclusive", "0000:04:00.0"),
            ("intx-bits-not-trusted", "0000:01:00.0"),
            ("intx-bits-not-trusted", "0000:04:00.0"),
        ],
        never: &["no-pin"],
        says: &["irq 16"],
    },
    Case {
        name: "k8-verbose-one",
        options: &["--release", "6.8.12", "--irq", "16"],
        status: 1,
        found: &[
            ("line-not-exclusive", "0000:01:00.0"),
            ("line-not-exclusive", "0000:04:00.0"),
        ],
        never: &["no-pin"],
        says: &["0000:01:00.0", "0000:04:00.0"],
    },
    // A forum's mark-up around each line.
    mangled("k9-bbcode", OWNER),
    // A byte order mark before the first function.
    mangled("k9-bom", &["ehci_hcd:usb3", "\"functions\": 2"]),
    // A script's prefix before the address.
    mangled(
        "k9-group-prefix",
        &["ehci_hcd:usb3", "\"iommu_group\": \"20\""],
    ),
];

fn path(name: &str) -> String {
    format!("{}/tests/field/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// Exit status, and what is printed.
fn doctor(arguments: &[&str]) -> (i32, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_eoi"))
        .arg("doctor")
        .args(arguments)
        .output()
        .expect("the binary runs");
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    (
        output.status.code().expect("it was not killed"),
        text.into_owned(),
    )
}

#[test]
fn each_text_gets_its_right_answer() {
    let mut wrong = String::new();
    for case in &CASES {
        let (text, interrupts) = (
            path(&format!("{}.txt", case.name)),
            path(&format!("{}.interrupts", case.name)),
        );
        let mut arguments = vec!["--lspci", text.as_str()];
        if std::path::Path::new(&interrupts).exists() {
            arguments.extend(["--interrupts", interrupts.as_str()]);
        }
        arguments.extend(case.options);
        let (_, plain) = doctor(&arguments);
        arguments.extend(["--format", "json"]);
        let (status, json) = doctor(&arguments);
        let name = case.name;
        let mut say = |what: String| wrong += &format!("{name}: {what}\n{plain}\n");
        if status != case.status {
            say(format!("exit {status}, not {}", case.status));
        }
        let report: Value = serde_json::from_str(&json).unwrap_or_default();
        let findings: Vec<(&str, &str)> = report["findings"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|finding| {
                (
                    finding["name"].as_str().unwrap_or_default(),
                    finding["function"].as_str().unwrap_or_default(),
                )
            })
            .collect();
        for expected in case
            .found
            .iter()
            .filter(|expected| !findings.contains(expected))
        {
            say(format!("not found: {expected:?}"));
        }
        for (name, about) in case.found {
            if !plain.contains(&format!("{name}  {about}")) {
                say(format!("not shown without --all: {name}  {about}"));
            }
        }
        for (name, about) in findings
            .iter()
            .filter(|(name, _)| case.never.contains(name))
        {
            say(format!("found, and must not be: {name} {about}"));
        }
        for words in case
            .says
            .iter()
            .filter(|words| !json.contains(*words) && !plain.contains(*words))
        {
            say(format!("does not say: {words}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// The same as of the tar itself.
#[test]
fn a_tar_may_be_packed() {
    let (status, text) = doctor(&["--root", &path("k12-tar-gz.tar.gz"), "--irq", "16"]);
    assert!(
        text.contains("ehci_hcd:usb3") && text.contains("IR-IO-APIC"),
        "{status}: {text}"
    );
    assert!(!text.contains("damaged"), "{text}");
}

/// A log says what no file of the host does.
#[test]
fn a_log_is_read_alone_and_beside_a_listing() {
    let log = tempfile::NamedTempFile::new().expect("a file");
    let words = "> [ 12.3] genirq: Flags mismatch irq 16. 00000000 (vfio-intx(0000:09:00.0)) vs. 00000080 (ehci_hcd:usb3)\n\
                 > [ 13.0] irq 17: nobody cared (try booting with the \"irqpoll\" option)\n";
    std::fs::write(log.path(), words).expect("written");
    let log = log.path().to_str().expect("a name");
    let (status, text) = doctor(&["--dmesg", log]);
    assert_eq!(status, 1, "{text}");
    assert!(
        text.contains("log-irq-refused  0000:09:00.0  irq 16")
            && text.contains("log-nobody-cared  irq 17"),
        "{text}"
    );
    // vfio-pci asked without IRQF_SHARED: the function has no DisINTx that works.
    let (lspci, interrupts) = (
        path("k7-unknown-disintx-shared.txt"),
        path("k7-unknown-disintx-shared.interrupts"),
    );
    let both = [
        "--lspci",
        &lspci,
        "--interrupts",
        &interrupts,
        "--release",
        "3.19.0",
        "--dmesg",
        log,
    ];
    let (status, text) = doctor(&both);
    assert!(
        status == 1 && text.contains("error    line-not-exclusive  0000:09:00.0"),
        "{text}"
    );
}

/// The knowledge of a user settles what no text tells.
#[test]
fn what_the_user_knows_counts() {
    let (lspci, interrupts) = (
        path("k7-unknown-disintx-shared.txt"),
        path("k7-unknown-disintx-shared.interrupts"),
    );
    let base = [
        "--lspci",
        &lspci,
        "--interrupts",
        &interrupts,
        "--release",
        "3.19.0",
    ];
    for option in [&["--busy"][..], &["--device", "no-disintx"]] {
        let (status, text) = doctor(&[&base[..], option].concat());
        assert!(
            status == 1 && text.contains("error    line-not-exclusive  0000:09:00.0"),
            "{option:?}: {text}"
        );
    }
    let (_, text) = doctor(&[&base[..], &["--device", "disintx"]].concat());
    assert!(!text.contains("line-not-exclusive"), "{text}");
}

/// The verdict is about the machine that is given.
#[test]
fn a_machine_names_its_path() {
    let file = tempfile::NamedTempFile::new().expect("a file");
    let host = format!("{}/tests/hosts/powernv9", env!("CARGO_MANIFEST_DIR"));
    let ask = |vm: &str| {
        std::fs::write(file.path(), vm).expect("written");
        let name = file.path().to_str().expect("a name").to_string();
        let (_, json) = doctor(&["--root", &host, "--vm", &name, "--format", "json"]);
        let report: Value = serde_json::from_str(&json).unwrap_or_else(|_| panic!("{json}"));
        report["functions"][0]["path"].as_str().map(str::to_string)
    };
    let qemu = "qemu-system-ppc64 -machine pseries,accel=kvm -device vfio-pci,host=0003:02:00.0";
    assert_eq!(ask(qemu).as_deref(), Some("irqfd"));
    assert_eq!(
        ask(&format!("{qemu},x-no-kvm-intx=on")).as_deref(),
        Some("bar-trap")
    );
    let (status, text) = doctor(&["--root", &host, "--vm", &host]);
    assert_eq!(status, 2, "{text}");
}

/// Each stays bounded, and says what is wrong with it.
#[test]
fn a_tar_that_lies_is_refused() {
    // An entry of a negative size, in base 256; a long name of 250 MB; a sparse file.
    for (kind, size) in [
        (b'0', [0xff_u8; 12]),
        (b'L', *b"01670000000\0"),
        (b'S', *b"00000000000\0"),
    ] {
        let mut header = [0_u8; 1024];
        header[..15].copy_from_slice(b"proc/interrupts");
        header[124..136].copy_from_slice(&size);
        header[156] = kind;
        header[257..263].copy_from_slice(b"ustar\0");
        header[148..156].copy_from_slice(b"        ");
        let sum: u32 = header[..512].iter().map(|byte| u32::from(*byte)).sum();
        header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), header).expect("written");
        let (status, text) = doctor(&["--root", file.path().to_str().expect("a name")]);
        assert!(
            status == 2 && text.contains("no archive of a host's files"),
            "{}: {text}",
            char::from(kind)
        );
    }
}
