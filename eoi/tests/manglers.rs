//! The manglings of `mangle` write what the real programs write. A test is ignored where its program is not installed.

#[path = "mangle/clean.rs"]
#[allow(dead_code, reason = "mangle uses all of it")]
mod clean;
#[path = "fixture/mod.rs"]
#[allow(dead_code, reason = "the doctor's tests use all of it")]
mod fixture;
#[path = "mangle/manglings/mod.rs"]
#[allow(dead_code, reason = "mangle uses all of it")]
mod manglings;
#[path = "mangle/printed.rs"]
mod printed;
mod programs;

use std::io::Write;
use std::process::{Command, ExitCode, Stdio};

use manglings::{ALL, Which};
use programs::trial_with;

fn main() -> ExitCode {
    let tests = vec![
        trial_with(
            "grep",
            "numbers_are_those_of_cat_and_grep",
            numbers_are_those_of_cat_and_grep,
        ),
        trial_with(
            "grep",
            "colours_are_those_of_grep",
            colours_are_those_of_grep,
        ),
        trial_with(
            "diff",
            "marks_of_a_difference_are_those_of_diff",
            marks_of_a_difference_are_those_of_diff,
        ),
        trial_with(
            "python3",
            "python_reads_what_is_quoted_printable",
            python_reads_what_is_quoted_printable,
        ),
        trial_with(
            "python3",
            "python_reads_the_encodings",
            python_reads_the_encodings,
        ),
        trial_with(
            "python3",
            "python_reads_the_mark_up",
            python_reads_the_mark_up,
        ),
        trial_with("cat", "flowed_lines_flow_back", flowed_lines_flow_back),
    ];
    programs::run(tests)
}

/// A program's output.
fn run(program: &str, arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut child = command.spawn().expect("it is installed");
    let mut stdin = child.stdin.take().expect("a pipe");
    let input = input.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().expect("the program");
    let _ = writer.join();
    output.stdout
}

fn mangled(name: &str, text: &[u8], which: Which) -> Vec<u8> {
    let mangling = ALL
        .iter()
        .find(|mangling| mangling.name == name)
        .expect("a mangling");
    (mangling.apply)(text, which)
}

/// Every chosen text, and which of the two it is.
fn texts() -> impl Iterator<Item = (Vec<u8>, Which)> {
    clean::chosen().into_iter().flat_map(|clean| {
        let interrupts = clean.interrupts.map(|text| (text, Which::Interrupts));
        interrupts.into_iter().chain([(clean.lspci, Which::Lspci)])
    })
}

fn same_as(name: &str, program: &str, arguments: &[&str], undo: fn(Vec<u8>) -> Vec<u8>) {
    for (text, which) in texts() {
        let written = run(program, arguments, &text);
        let (ours, theirs) = (undo(mangled(name, &text, which)), undo(written));
        assert_eq!(
            String::from_utf8_lossy(&ours),
            String::from_utf8_lossy(&theirs),
            "{name}"
        );
    }
}

fn numbers_are_those_of_cat_and_grep() {
    same_as("cat-n", "cat", &["-n"], |text| text);
    same_as("grep-n", "grep", &["-n", ""], |text| text);
    same_as(
        "grep-n-colour",
        "grep",
        &["-n", "--color=always", ""],
        |text| text,
    );
}

fn colours_are_those_of_grep() {
    for (text, which) in texts() {
        let words = match which {
            Which::Lspci => "Interrupt|Kernel driver in use|DisINTx|$",
            Which::Interrupts => "fasteoi|Level|ehci_hcd|vfio-intx|$",
        };
        let arguments = ["-E", "--color=always", words];
        let written = run("grep", &arguments, &text);
        assert_eq!(mangled("ansi-grep", &text, which), written);
    }
}

/// The head names files and times, which is left out here.
fn marks_of_a_difference_are_those_of_diff() {
    let body = |text: Vec<u8>| {
        text.splitn(3, |byte| *byte == b'\n')
            .nth(2)
            .expect("a hunk")
            .to_vec()
    };
    same_as("diff-plus", "diff", &["-u", "/dev/null", "-"], body);
    same_as("diff-minus", "diff", &["-u", "-", "/dev/null"], body);
}

fn python_reads_what_is_quoted_printable() {
    let decode = "import quopri,sys; quopri.decode(sys.stdin.buffer, sys.stdout.buffer)";
    for (name, (text, which)) in ["qp-python", "qp-mail"]
        .iter()
        .flat_map(|name| texts().map(move |text| (name, text)))
    {
        let written = mangled(name, &text, which);
        assert!(
            written
                .split(|byte| *byte == b'\n')
                .all(|line| line.len() <= 76),
            "{name} has a line that is too long"
        );
        let read = run("python3", &["-c", decode], &written);
        assert_eq!(
            String::from_utf8_lossy(&read),
            String::from_utf8_lossy(&text),
            "{name}"
        );
    }
}

fn python_reads_the_encodings() {
    for (name, codec) in [
        ("utf-16le", "utf-16"),
        ("utf-16be", "utf-16"),
        ("bom", "utf-8-sig"),
    ] {
        let decode = format!(
            "import sys; sys.stdout.buffer.write(sys.stdin.buffer.read().decode('{codec}').encode())"
        );
        for (text, which) in texts() {
            let written = mangled(name, &text, which);
            let read = run("python3", &["-c", &decode], &written);
            assert_eq!(
                String::from_utf8_lossy(&read),
                String::from_utf8_lossy(&text),
                "{name}"
            );
        }
    }
}

/// Python's html module undoes the entities; its parser finds only tags that are tags.
fn python_reads_the_mark_up() {
    let decode = "import html,re,sys; sys.stdout.write(html.unescape(re.sub('<[^>]*>', '', sys.stdin.read())))";
    for (name, (text, which)) in ["html-pre", "html-span", "html-entities"]
        .iter()
        .flat_map(|name| texts().map(move |text| (name, text)))
    {
        let written = mangled(name, &text, which);
        let read = run("python3", &["-c", decode], &written);
        let (read, text) = (
            String::from_utf8_lossy(&read).into_owned(),
            String::from_utf8_lossy(&text).into_owned(),
        );
        assert_eq!(
            read.trim_end_matches('\n').trim_start_matches('\n'),
            text.trim_end_matches('\n'),
            "{name}"
        );
    }
}

/// A mail program's flowed text is the text again when a mail program shows it (RFC 3676).
fn flowed_lines_flow_back() {
    for (text, which) in texts() {
        let flowed = String::from_utf8(mangled("flowed", &text, which)).expect("UTF-8");
        let mut back = String::new();
        for line in flowed.lines() {
            let line = line.strip_prefix(' ').unwrap_or(line);
            back += line;
            if !line.ends_with(' ') {
                back += "\n";
            }
        }
        let trimmed: String = String::from_utf8(text)
            .expect("UTF-8")
            .lines()
            .map(|line| format!("{}\n", line.trim_end_matches(' ')))
            .collect();
        assert_eq!(back, trimmed);
        assert!(
            flowed
                .lines()
                .filter(|line| line.contains(' '))
                .all(|line| line.len() <= 96),
            "a line is too long"
        );
    }
}
