//! The command line, as far as it goes without a device.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn run(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_eoi-forward"))
        .args(args)
        .output()
        .expect("the program starts")
}

/// Exit status and what it says on stderr.
fn refused(args: &[&str]) -> (Option<i32>, String) {
    let output = run(args);
    assert!(output.stdout.is_empty(), "{args:?}");
    (
        output.status.code(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

fn script(name: &str, text: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, text).expect("written");
    path
}

/// No host has as many domains.
const NOWHERE: &str = "fffffff0:1f:1f.7";

#[test]
fn a_function_that_is_not_there_is_named() {
    let (status, said) = refused(&["drive", NOWHERE]);
    assert_eq!(status, Some(2));
    assert!(
        said.contains(&format!("there is no PCI function {NOWHERE} on this host")),
        "{said}"
    );
}

#[test]
fn what_is_no_address_reaches_no_file() {
    for address in [
        "../../etc",
        "0000:01:00",
        "0000:01:00.8",
        "1:2:3.4",
        "0000:zz:00.0",
        "00000:01:00.0.0",
        "",
    ] {
        let (status, said) = refused(&["drive", address]);
        assert_eq!(status, Some(2));
        assert!(
            said.contains("a PCI address is 0000:01:00.0"),
            "{address}: {said}"
        );
    }
}

#[test]
fn numbers_out_of_range_are_refused() {
    for (option, value) in [
        ("--container", "foo"),
        ("--rounds", "0"),
        ("--rate", "0"),
        ("--rate", "nan"),
        ("--wait", "0"),
        ("--rounds", "1e3"),
    ] {
        let (status, said) = refused(&["drive", NOWHERE, option, value]);
        assert_eq!(status, Some(2));
        assert!(said.contains(value) && said.contains(option), "{said}");
    }
}

#[test]
fn a_script_is_read_before_anything_is_touched() {
    let (status, said) = refused(&["drive", NOWHERE, "--with", "rtl8139"]);
    assert_eq!(status, Some(2));
    assert!(
        said.contains("rtl8139 is neither a device (edu, e1000) nor a file"),
        "{said}"
    );
    let bad = script("bad.mmio", "raise 0x60 1\nlower 0x64 1\n");
    let (status, said) = refused(&["drive", NOWHERE, "--with", bad.to_str().expect("text")]);
    assert_eq!(status, Some(2));
    assert!(
        said.contains("bad.mmio: line 2: 'lower 0x64 1' is none of"),
        "{said}"
    );
    let good = script("good.mmio", "raise 0x60 1\nclear 0x64 1\nstatus 0x24 1\n");
    let (_, said) = refused(&["drive", NOWHERE, "--with", good.to_str().expect("text")]);
    assert!(said.contains("there is no PCI function"), "{said}");
}

#[test]
fn a_script_that_never_ends_is_refused() {
    let (status, said) = refused(&["drive", NOWHERE, "--with", "/dev/zero"]);
    assert_eq!(status, Some(2));
    assert!(said.contains("it is longer than 65536 bytes"), "{said}");
}

/// Every verb that prints, with its output on a pipe whose reader has gone, and on a disk that is full.
#[test]
fn an_output_that_takes_nothing_is_no_panic() {
    for args in [&["completions", "bash"][..], &["man"]] {
        let (reader, writer) = rustix::pipe::pipe().expect("a pipe");
        drop(reader);
        let output = into(args, writer);
        assert_eq!(
            (output.status.code(), &output.stderr[..]),
            (Some(0), &b""[..]),
            "{args:?}"
        );
        let full = std::fs::File::options()
            .write(true)
            .open("/dev/full")
            .expect("a full disk");
        let output = into(args, full);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {said}");
        assert!(
            said.contains("cannot write to the standard output: No space left"),
            "{args:?}: {said}"
        );
    }
}

fn into(args: &[&str], output: impl Into<Stdio>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_eoi-forward"));
    command.args(args).stdout(output).stderr(Stdio::piped());
    command
        .spawn()
        .expect("the program starts")
        .wait_with_output()
        .expect("it ends")
}

#[test]
fn help_man_page_and_completions_name_what_there_is() {
    let text = |args: &[&str]| {
        let output = run(args);
        assert!(output.status.success(), "{args:?}");
        String::from_utf8(output.stdout).expect("text")
    };
    for option in [
        "--rounds", "--rate", "--with", "--wait", "--rearm", "--format",
    ] {
        assert!(text(&["drive", "--help"]).contains(option), "{option}");
        assert!(text(&["completions", "bash"]).contains(option), "{option}");
        assert!(
            text(&["man"]).contains(&option.replace('-', "\\-")),
            "{option}"
        );
    }
}
