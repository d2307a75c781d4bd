//! `eoi trace`: its status, what it says of a recording, and what it says to record.

use std::process::{Command, Output};

use serde_json::Value;

use super::{XIVE_LAZY, XIVE_UNLAZY};

fn eoi(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_eoi"))
        .args(arguments)
        .output()
        .expect("the binary runs")
}

/// Status, stdout and stderr of `eoi trace` on a file with this text.
fn trace(text: &str, more: &[&str]) -> (Option<i32>, String, String) {
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    std::io::Write::write_all(&mut file, text.as_bytes()).expect("a writable file");
    let path = file.path().display().to_string();
    let output = eoi(&[&["trace", path.as_str(), "--chip", "xive"], more].concat());
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("text");
    (
        output.status.code(),
        text(&output.stdout),
        text(&output.stderr),
    )
}

#[test]
fn the_status_says_what_was_found() {
    assert_eq!(
        trace(XIVE_UNLAZY, &["--kernel", "linux-6.12.107"]).0,
        Some(0)
    );
    assert_eq!(
        trace(XIVE_UNLAZY, &["--kernel", "linux-6.12.57"]).0,
        Some(1),
        "a kernel that masks lazily departs"
    );
    assert_eq!(
        trace(XIVE_LAZY, &["--kernel", "linux-6.12.57"]).0,
        Some(1),
        "dead"
    );
    assert_eq!(trace("hello\n", &[]).0, Some(2));
    let (status, _, stderr) = trace(" a-7 [000] d.h.. 1.0: schedule <-x\n", &[]);
    assert_eq!(status, Some(3), "{stderr}");
    assert!(stderr.contains("trace-cmd record"), "{stderr}");
    assert_eq!(eoi(&["trace"]).status.code(), Some(2));
}

/// Events of KVM and of irq, printed by perf.
const PERF_SCRIPT: &str = "\
 qemu-kvm 426566 [004] 108229.766087: kvm:kvm_set_irq: gsi 16 level 1 source 0
 kworker/5:2-eve 429543 [005] 108229.924107:         irq:irq_handler_entry: irq=16 name=vfio-intx(0000:0b:00.0)
";
/// The same without its CPUs.
const PERF_WITHOUT_CPUS: &str =
    " qemu-kvm 426566 108229.766087: kvm:kvm_set_irq: gsi 16 level 1 source 0\n";

#[test]
fn text_of_perf_that_shows_too_little_cannot_be_told() {
    let (status, _, stderr) = trace(PERF_SCRIPT, &[]);
    assert_eq!(status, Some(3), "{stderr}");
    assert!(stderr.contains("trace-cmd record"), "{stderr}");
}

#[test]
fn text_of_somebody_else_is_refused_by_its_name() {
    let cases: [(&str, &[&str]); 5] = [
        (
            PERF_WITHOUT_CPUS,
            &[
                "line 1 (at byte 0) is text of `perf script` without the column of CPUs",
                "`eoi trace --record` prints the command",
            ],
        ),
        (
            "PERFILE2\0\0\0\0",
            &[
                "it is perf's own file (perf.data)",
                "record with trace-cmd or ftrace",
            ],
        ),
        ("hello \x1b[2J\n", &["line 1 (at byte 0) is not text"]),
        (
            "hello \u{202e}\n",
            &["is not ftrace text: 'hello \\u{202e}'"],
        ),
        (
            " a-7 [000] d.h.. 1.0: irq_handler_exit: \u{9b}31m\n",
            &["irq_handler_exit is cut", "\\x9b31m"],
        ),
    ];
    for (text, parts) in cases {
        let (status, _, stderr) = trace(text, &[]);
        assert_eq!(status, Some(2), "{stderr}");
        parts
            .iter()
            .for_each(|part| assert!(stderr.contains(part), "{part}: {stderr}"));
    }
}

#[test]
fn json_has_an_object_for_each_function() {
    let (_, stdout, _) = trace(
        XIVE_LAZY,
        &["--kernel", "linux-6.12.57", "--format", "json"],
    );
    let report: Value = serde_json::from_str(&stdout).expect("JSON");
    assert_eq!(report["schema"], "eoi.trace/2");
    let functions = report["functions"].as_array().expect("functions");
    assert_eq!(functions.len(), 1);
    assert_eq!(
        (&functions[0]["irq"], &functions[0]["outcome"]),
        (&44.into(), &"was-dead".into())
    );
    assert_eq!(functions[0]["dead"][0]["from"], 11);
    // No event of KVM is in it, and the command that would have shown one is.
    assert!(
        report["record"]
            .as_str()
            .expect("a command")
            .contains("-e kvm:kvm_ack_irq"),
        "{report}"
    );
}

/// The words that a shell gives to `trace-cmd`, call by call, when this is pasted into it.
fn pasted(text: &str) -> Vec<Vec<String>> {
    let directory = tempfile::tempdir().expect("a directory");
    let program = directory.path().join("trace-cmd");
    std::fs::write(&program, "#!/bin/sh\nprintf '%s\\n' \"$@\" END\n").expect("a writable file");
    std::fs::set_permissions(
        &program,
        std::os::unix::fs::PermissionsExt::from_mode(0o755),
    )
    .expect("a program");
    let output = Command::new("/bin/sh")
        .args(["-e", "-c", text])
        .env("PATH", directory.path())
        .output()
        .expect("a shell");
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{output:?}"
    );
    let words = String::from_utf8(output.stdout).expect("text");
    let words: Vec<String> = words.lines().map(str::to_string).collect();
    words
        .split_inclusive(|word| word == "END")
        .map(<[String]>::to_vec)
        .collect()
}

#[test]
fn what_to_record_is_said_without_a_recording() {
    let output = eoi(&["trace", "--record", "--chip", "xive,xive-qemu"]);
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(
        text.lines().all(|line| line.chars().count() <= 80),
        "{text}"
    );
    let commands = pasted(&text);
    let [command] = &commands[..] else {
        panic!("both have the same driver: {text}")
    };
    assert_eq!(command[..5], ["record", "-b", "20000", "-p", "function"]);
    let command = command.join(" ");
    for part in [
        "-l xive_irq_eoi",
        "-l vfio_intx_handler",
        "-e irq:irq_handler_exit",
    ] {
        assert!(command.contains(part), "{part}: {command}");
    }
    // trace-cmd refuses a command with a function that the kernel does not have: no other controller's, no static one.
    for part in [
        "ics_opal",
        "__vfio_pci_intx_mask",
        " eventfd_signal ",
        "-l irq_handler_entry",
    ] {
        assert!(!command.contains(part), "{part}: {command}");
    }
}

#[test]
fn a_host_is_told_one_command_for_its_own_controller() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/hosts/powernv9");
    let output = eoi(&["trace", "--record", "--root", root]);
    let text = String::from_utf8(output.stdout).expect("text");
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("# For xive, xive-q:"), "{text}");
    assert!(
        text.contains("# /sys/kernel/tracing/available_filter_functions cannot be read"),
        "{text}"
    );
    let commands = pasted(&text);
    assert_eq!(commands.len(), 1);
    assert!(commands[0].contains(&"xive_irq_eoi".to_string()), "{text}");
    assert_eq!(
        eoi(&["trace", "--record", "--root", root, "--chip", "xive"])
            .status
            .code(),
        Some(2)
    );
    assert_eq!(
        eoi(&["trace", "--root", root, "x"]).status.code(),
        Some(2),
        "a recording says itself where it is from"
    );
    let unknown = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/hosts/unknown");
    assert_eq!(
        eoi(&["trace", "--record", "--root", unknown]).status.code(),
        Some(3)
    );
}

#[test]
fn the_steps_are_explained_with_the_lines_that_show_them() {
    let (status, text, _) = trace(XIVE_LAZY, &["--kernel", "linux-6.12.57", "--explain"]);
    assert_eq!(status, Some(1));
    // Line 4 enters the flow handler, lines 5 to 8 are its handler, line 11 is the end in which the EOI is skipped.
    for step in [
        "host.flow_enter (line 4)",
        "vfio.handler (lines 5 6 7 8)",
        "host.flow_exit (line 11)",
        "(unseen)",
    ] {
        assert!(text.contains(step), "{step}: {text}");
    }
    let ladder = text.lines().skip_while(|line| !line.starts_with("dev"));
    for line in ladder {
        assert!(line.chars().count() <= 75, "{line}");
    }
    assert_eq!(
        trace(XIVE_LAZY, &["--explain", "--format", "json"]).0,
        Some(2)
    );
}

#[test]
fn the_end_of_a_recording_says_what_is_due() {
    let ack = " qemu-9 [000] ..... 99.0: kvm_ack_irq: irqchip 0 pin 5\n";
    let head: String = XIVE_UNLAZY
        .lines()
        .take(12)
        .map(|line| format!("{line}\n"))
        .collect();
    let (_, stdout, _) = trace(&(head + ack), &["--kernel", "linux-6.12.107"]);
    // Line 10 signals, line 13 is the guest's EOI, and no unmask follows.
    assert!(
        stdout.contains("last hand-off seen: the guest's EOI reached KVM, line 13"),
        "{stdout}"
    );
    assert!(
        stdout.contains("due at the end: the unmask: none came after the signal at line 10;"),
        "{stdout}"
    );
}

#[test]
fn a_graph_is_followed_like_a_list() {
    let text = "\
# tracer: function_graph
 0)               |  __setup_irq() {
 0)               |    irq_startup() {
 0)   1.000 us    |      xive_irq_startup();
 0)   1.000 us    |      check_irq_resend();
 0)   9.000 us    |    }
 0)   9.000 us    |  }
 0)               |  handle_fasteoi_irq() {
 0)               |    /* irq_handler_entry: irq=44 name=vfio-intx(0000:01:00.0) */
 0)               |    vfio_intx_handler() {
 0)               |      disable_irq_nosync() {
 0)   1.000 us    |        irq_disable();
 0)   4.000 us    |      }
 0)   1.000 us    |      eventfd_signal_mask();
 0) + 12.000 us   |    }
 0)               |    /* irq_handler_exit: irq=44 ret=handled */
 0)   1.000 us    |    xive_irq_eoi();
 0) ! 120.000 us  |  }
 0)               |  vfio_pci_intx_unmask_handler() {
 0)               |    enable_irq() {
 0)               |      __enable_irq() {
 0)               |        irq_startup() {
 0)   1.000 us    |          irq_enable();
 0)   1.000 us    |          check_irq_resend();
 0)   4.000 us    |        }
 0)   4.000 us    |      }
 0)   4.000 us    |    }
 0)   5.000 us    |  }
";
    // The same as in the real one: dead from the skipped EOI on, which is line 17 here.
    let (status, stdout, stderr) = trace(text, &["--kernel", "linux-6.12.57"]);
    assert_eq!(status, Some(1), "{stdout}{stderr}");
    assert!(
        stdout.contains("STUCK at the end") && stdout.contains("DEAD from line 17 to the end"),
        "{stdout}"
    );
}
