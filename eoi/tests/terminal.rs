//! Text of others on a terminal: whatever it holds, nothing but what can be seen is written.

mod pty;

use std::fs;
use std::path::Path;
use std::process::Command;

use eoi::terminal::is_hidden;
use pty::Terminal;

/// A title, a cleared screen, a colour, a hidden stretch, a C1 control, overrides of direction; no line feed.
const EVIL: &str = "evil\x1b]0;pwned\x07\x1b[2J\x1b[1;1H\x1b[32mholds\x1b[0m\x1b[8m\u{9b}2J\u{202e}\u{2066}\r\u{7f}";

/// The part of it that must be seen.
const SEEN: &str = "evil\\x1b]0;pwned\\x07\\x1b[2J";

/// The output of a command on a terminal of its own, stdout and stderr.
fn on_a_terminal(arguments: &[&str]) -> String {
    Terminal::start(command(arguments), 0).read_to_end()
}

/// The output of a command into pipes, with colours forced.
fn in_a_pipe(arguments: &[&str]) -> String {
    let output = command(arguments)
        .env("CLICOLOR_FORCE", "1")
        .output()
        .expect("the binary runs");
    String::from_utf8([output.stdout, output.stderr].concat()).expect("text")
}

/// A command that reads no file of this machine.
fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_eoi"));
    command
        .args(arguments)
        .env_remove("NO_COLOR")
        .env("TERM", "xterm-256color");
    command
}

/// The tool's own styles, its tables', its bar's and those of its help and usage, taken out.
fn without_styles(text: &str) -> String {
    let own = [
        "38;5;9",
        "38;5;8",
        "38;5;11",
        "39",
        "0",
        "1",
        "4",
        "31",
        "33",
        "1m\x1b[31",
        "1m\x1b[4",
    ];
    own.iter()
        .fold(text.replace("\r\x1b[2K", "\n"), |text, style| {
            text.replace(&format!("\x1b[{style}m"), "")
        })
}

fn is_clean(arguments: &[&str], text: &str) {
    let text = without_styles(text);
    let bad = text.chars().find(|&c| c != '\n' && is_hidden(c));
    assert_eq!(bad, None, "{arguments:?}: {text:?}");
}

/// Clean on a terminal and in a pipe; in both, the hostile text is seen.
fn shows(arguments: &[&str]) {
    for text in [on_a_terminal(arguments), in_a_pipe(arguments)] {
        is_clean(arguments, &text);
        assert!(
            text.replace('\n', "").contains("evil\\x1b]0;pwned"),
            "{arguments:?} does not show it: {text:?}"
        );
    }
}

#[test]
fn arguments_are_shown() {
    for arguments in [
        &["check", "--chip", EVIL][..],
        &["check", "--kernel", EVIL],
        &["check", "--guest", EVIL, "--chip", "xive"],
        &["check", "--part", EVIL],
        &["check", EVIL],
        &["doctor", EVIL],
        &["trace", "--chip", EVIL, "none"],
        &["lab", "run", "--only", EVIL],
        &["man", EVIL],
        &[EVIL],
        &["check", &format!("--{EVIL}")],
    ] {
        shows(arguments);
    }
    let two_lines = in_a_pipe(&["check", "--chip", "x\neoi: everything holds"]);
    assert!(
        !two_lines.contains("\neoi:"),
        "a line feed begins no message: {two_lines:?}"
    );
}

#[test]
fn names_of_files_are_shown() {
    let directory = tempfile::tempdir().expect("a directory");
    let missing = directory.path().join(EVIL).display().to_string();
    for arguments in [
        &["doctor", "--root", &missing][..],
        &["doctor", "--lspci", &missing],
        &["trace", &missing],
        &["check", "--merge", &missing],
        &["check", "--root", &missing],
        &["lab", "show", &missing],
        &["lab", "merge", &missing],
    ] {
        shows(arguments);
    }
    fs::copy("tests/traces/powernv9-xive-lazy.txt", &missing).expect("a recording");
    shows(&["trace", &missing]);
    shows(&["trace", "--format", "ktap", &missing]);
}

fn write(root: &Path, name: &str, bytes: impl AsRef<[u8]>) {
    let path = root.join(name);
    fs::create_dir_all(path.parent().expect("a directory"))
        .and_then(|()| fs::write(path, bytes))
        .expect("a file");
}

#[test]
fn a_host_cannot_repaint_its_diagnosis() {
    let directory = tempfile::tempdir().expect("a directory");
    let root = directory.path();
    let mut config = [0; 64];
    config[0x3d] = 1; // INTA
    let device = "sys/bus/pci/devices/0003:02:00.0";
    write(root, &format!("{device}/config"), config);
    write(root, &format!("{device}/irq"), "23\n");
    std::os::unix::fs::symlink(format!("../{EVIL}"), root.join(device).join("driver"))
        .expect("a link");
    let row = format!(" 23:  1  0  XIVE-IRQ 1048560 Level  vfio-intx(0003:02:00.0), {EVIL}\n");
    write(root, "proc/interrupts", format!("      CPU0  CPU1\n{row}"));
    write(
        root,
        "proc/sys/kernel/osrelease",
        format!("6.12.57+deb13{EVIL}\n"),
    );
    let name = root.display().to_string();
    shows(&["doctor", "--root", &name, "--all", "0003:02:00.0"]);
    shows(&["check", "--root", &name, "--path", "vmm"]);
    for format in ["json", "prometheus"] {
        let arguments = ["doctor", "--root", &name, "--format", format];
        is_clean(&arguments, &on_a_terminal(&arguments));
    }
    let json = in_a_pipe(&["doctor", "--root", &name, "--format", "json"]);
    let json = &json[..=json.rfind('}').expect("an object")];
    let diagnosis: serde_json::Value = serde_json::from_str(json).expect("JSON");
    let release = diagnosis["kernel"]["release"].as_str().expect("a release");
    assert!(
        release.starts_with("6.12.57+deb13evil\x1b]0;"),
        "a program reads what the file says: {release:?}"
    );
}

#[test]
fn a_recording_cannot_repaint_its_verdict() {
    let directory = tempfile::tempdir().expect("a directory");
    let text = fs::read_to_string("tests/traces/powernv9-xive-lazy.txt").expect("a recording");
    let evil = text.replace("name=vfio-intx(", &format!("name=vfio-intx({EVIL}"));
    assert_ne!(evil, text);
    write(directory.path(), "trace.txt", evil);
    let name = directory.path().join("trace.txt").display().to_string();
    for format in ["text", "json", "ktap"] {
        let arguments = ["trace", "--format", format, &name];
        is_clean(&arguments, &on_a_terminal(&arguments));
        is_clean(&arguments, &in_a_pipe(&arguments));
    }
}

#[test]
fn results_cannot_repaint_their_table() {
    let directory = tempfile::tempdir().expect("a directory");
    let results = fs::read_to_string("../docs/lab.json").expect("results");
    let evil = serde_json::to_string(EVIL).expect("JSON");
    let evil = results
        .replace("\"clear-unmask\"", &evil)
        .replace("\"q35-ioapic/6.12.57\"", &evil)
        .replace("\"10.0.13 (Debian 1:10.0.13+ds-0+deb13u1)\"", &evil);
    assert_ne!(evil, results);
    write(directory.path(), "lab.json", evil);
    let name = directory.path().join("lab.json").display().to_string();
    for format in ["text", "json", "ktap", "junit"] {
        let arguments = ["lab", "show", &name, "--format", format];
        is_clean(&arguments, &on_a_terminal(&arguments));
    }
    assert!(on_a_terminal(&["lab", "show", &name]).contains(SEEN));
    let report = r#"{"schema": EVIL, "configurations": [], "refused": []}"#
        .replace("EVIL", &serde_json::to_string(EVIL).expect("JSON"));
    write(directory.path(), "check.json", report);
    shows(&[
        "check",
        "--merge",
        &directory.path().join("check.json").display().to_string(),
    ]);
}

#[test]
fn the_tables_have_their_colours_on_a_terminal() {
    let text = on_a_terminal(&["check", "--chip", "xive", "--path", "vmm,irqfd"]);
    assert!(text.contains("\x1b[38;5;9m STALL"), "{text:?}");
}
