//! No line of a text for people is wider than the terminal, from 80 columns on.

mod pty;

use std::process::Command;

use pty::Terminal;
use rayon::prelude::*;

const HOST: [&str; 2] = ["--root", "tests/hosts/powernv9"];

fn eoi(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_eoi"));
    command
        .args(arguments)
        .env_remove("COLUMNS")
        .env("TERM", "xterm-256color");
    command
}

/// The output of a command in a pipe, as COLUMNS says.
fn piped(arguments: &[&str], columns: usize) -> String {
    let output = eoi(arguments)
        .env("COLUMNS", columns.to_string())
        .output()
        .expect("eoi runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.stdout.is_empty(), "{arguments:?}: {said}");
    String::from_utf8(output.stdout).expect("text")
}

/// The tables' colours taken out.
fn without_colours(text: &str) -> String {
    ["\x1b[38;5;9m", "\x1b[38;5;8m", "\x1b[38;5;11m", "\x1b[39m"]
        .iter()
        .fold(text.to_string(), |text, style| text.replace(style, ""))
}

fn fits(arguments: &[&str], text: &str, columns: usize) {
    let text = without_colours(text);
    let wide = text.lines().find(|line| line.chars().count() > columns);
    assert_eq!(wide, None, "{arguments:?} at {columns} columns");
}

#[test]
fn the_first_look_fits_every_terminal() {
    let looks: [&[&str]; 4] = [
        &["check"],
        &["check", "--fix", "vfio-unlazy"],
        &[
            "check",
            "--fix",
            "vfio-mask-once",
            "--scenario",
            "guest-disintx",
        ],
        &["check", "--by", "flow"],
    ];
    looks.par_iter().for_each(|arguments| {
        for columns in [80, 100, 160] {
            fits(arguments, &piped(arguments, columns), columns);
        }
    });
}

#[test]
fn every_table_of_every_verb_fits_eighty_columns() {
    let commands: [&[&str]; 21] = [
        &["check", "--all"],
        &["check", "--path", "all", "--all"],
        &["check", "--fix", "vfio-mask-once", "--all"],
        &["check", "--by", "flow", "--all"],
        &[
            "check",
            "--chip",
            "xive",
            "--kernel",
            "linux-6.12.57",
            "--path",
            "vmm",
        ],
        &[
            "check",
            "--chip",
            "xive",
            "--kernel",
            "linux-6.12.57",
            "--path",
            "vmm",
            "--explain",
        ],
        &[
            "check",
            "--chip",
            "ioapic",
            "--kernel",
            "6.12.57+vfio-mask-once+threadirqs",
            "--scenario",
            "steady,guest-disintx",
        ],
        &["check", "--list"],
        &["check", HOST[0], HOST[1]],
        &["doctor", HOST[0], HOST[1], "--all"],
        &["doctor", HOST[0], "tests/hosts/unknown", "--all"],
        &["doctor", "--explain"],
        &["doctor", "--explain", "all"],
        &["lab", "list"],
        &["lab", "show", "../docs/lab.json"],
        &["lab", "show", "../docs/lab.json", "--summary"],
        &["trace", "tests/traces/powernv9-xive-lazy.txt"],
        &["trace", "tests/traces/q35-no-signal.txt", "--explain"],
        &["trace", "tests/traces/pseries-xive.dat", "--chip", "xics"],
        &["trace", "--record"],
        &["trace", "--record", HOST[0], HOST[1]],
    ];
    commands
        .par_iter()
        .for_each(|arguments| fits(arguments, &piped(arguments, 80), 80));
}

#[test]
fn a_terminal_says_how_wide_it_is() {
    let arguments = [
        "check",
        "--chip",
        "xive,xics-on-xive-qemu,plic-bare",
        "--all",
    ];
    let lines = |columns: u16| {
        let text = Terminal::start(eoi(&arguments), columns).read_to_end();
        // The bar of the search draws over itself.
        let text = text.rsplit("\x1b[2K").next().expect("the rest").to_string();
        fits(&arguments, &text, columns.into());
        text.lines().count()
    };
    assert!(
        lines(80) > lines(160),
        "a wider terminal has room for more in a line"
    );
    let less = piped(&arguments, 20);
    fits(&arguments, &less, 80);
    assert_eq!(less, piped(&arguments, 80), "eighty columns are the least");
}

#[test]
fn the_readme_has_no_block_or_table_that_is_wide_or_long() {
    let text = include_str!("../../README.md");
    let (mut length, mut fenced) = (0, false);
    for line in text.lines() {
        fenced ^= line.starts_with("```");
        let inside = fenced || line.starts_with('|');
        length = if inside { length + 1 } else { 0 };
        assert!(length <= 21, "more than 20 lines up to: {line}");
        assert!(!inside || line.chars().count() <= 100, "wide: {line}");
    }
}
