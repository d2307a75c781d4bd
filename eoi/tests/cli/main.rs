//! The command line: status, errors that say what to do, and formats that programs can read.

use std::process::{Command, Output};

mod check;
mod doctor;
mod everything;

fn eoi(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_eoi"))
        .args(arguments)
        .output()
        .expect("the binary runs")
}

fn status(output: &Output) -> i32 {
    output.status.code().expect("it was not killed")
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("text")
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("text")
}

#[test]
fn usage_errors_leave_with_2() {
    for arguments in [
        &["check", "--cpus", "3"][..],
        &["chekc"],
        &["check", "--here", "--chip", "xive"],
    ] {
        assert_eq!(status(&eoi(arguments)), 2, "{arguments:?}");
    }
}

#[test]
fn completions_and_manual_are_there() {
    for (arguments, part) in [
        (&["completions", "bash"][..], "complete "),
        (&["completions", "fish"][..], "complete "),
        (&["man"][..], "check"),
    ] {
        let output = eoi(arguments);
        assert_eq!(status(&output), 0);
        assert!(stdout(&output).contains(part), "{arguments:?}");
    }
}

#[test]
fn every_name_of_the_list_is_taken() {
    let list = stdout(&eoi(&["check", "--list"]));
    for chip in eoi_model::irqchip::ALL {
        assert!(list.contains(chip.name));
        let output = eoi(&["check", "--chip", chip.name, "--path", "vmm"]);
        assert!(
            matches!(status(&output), 0 | 1),
            "{}: {}",
            chip.name,
            stderr(&output)
        );
    }
}
