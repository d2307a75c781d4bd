//! Manual pages: every verb has one, other programs read them without a warning, and every example runs. A program that is
//! not installed is an ignored test.

mod programs;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode, Output};

use clap::CommandFactory;
use eoi::cli::Cli;
use eoi::verbs::man::RELEASED;
use eoi::verbs::manual::{ALL, Example, Outcome};
use programs::{trial, trial_with};

const HOST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/hosts/powernv9");

fn main() -> ExitCode {
    let tests = vec![
        trial("every_verb_has_a_page_and_every_page_a_verb", every_verb),
        trial("a_page_has_its_sections_in_their_order", sections),
        trial(
            "the_date_is_that_of_the_release_or_as_the_packager_says",
            date,
        ),
        trial(
            "a_page_that_does_not_exist_is_refused_with_the_one_that_was_meant",
            no_page,
        ),
        trial(
            "examples_stand_in_the_help_and_in_the_page",
            examples_are_shown,
        ),
        trial("every_example_leaves_as_it_says", examples_run),
        trial("every_example_parses", examples_parse),
        trial_with("groff", "groff_has_no_warning", groff),
        trial_with("mandoc", "mandoc_has_no_warning", mandoc),
    ];
    programs::run(tests)
}

fn eoi(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_eoi"));
    command.args(arguments).env_remove("SOURCE_DATE_EPOCH");
    command
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("text")
}

fn page(verb: &str) -> String {
    let words: Vec<&str> = ["man"].into_iter().chain(verb.split_whitespace()).collect();
    let output = eoi(&words).output().expect("eoi runs");
    assert_eq!(output.status.code(), Some(0), "{verb}");
    text(&output)
}

/// The verbs of a command and of those below it, as the pages name them.
fn verbs(command: &clap::Command, before: &str, into: &mut BTreeSet<String>) {
    for verb in command.get_subcommands() {
        let name = format!("{before} {}", verb.get_name()).trim().to_string();
        verbs(verb, &name, into);
        into.insert(name);
    }
}

fn every_verb() {
    let mut all = BTreeSet::from([String::new()]);
    verbs(&Cli::command(), "", &mut all);
    let pages: BTreeSet<String> = ALL.iter().map(|page| page.verb.to_string()).collect();
    assert_eq!(pages, all);
}

fn sections() {
    for of in ALL {
        let page = page(of.verb);
        let titles: Vec<&str> = page
            .lines()
            .filter_map(|line| line.strip_prefix(".SH "))
            .collect();
        let order = [
            "NAME",
            "SYNOPSIS",
            "DESCRIPTION",
            "COMMANDS",
            "OPTIONS",
            "EXAMPLES",
            "\"EXIT STATUS\"",
            "FILES",
            "ENVIRONMENT",
            "\"SEE ALSO\"",
        ];
        let has = |title: &&&str| match **title {
            "COMMANDS" => ["", "lab"].contains(&of.verb),
            "FILES" => !of.files.is_empty(),
            _ => true,
        };
        let expected: Vec<&str> = order.iter().filter(has).copied().collect();
        assert_eq!(titles, expected, "{}", of.verb);
        assert!(!page.contains("help(1)") && page.is_ascii(), "{}", of.verb);
        for (status, about) in of.status {
            assert!(
                page.contains(&format!("\\fB{status}\\fR\n")),
                "{}: {status} {about}",
                of.verb
            );
        }
    }
}

fn title(page: &str) -> &str {
    page.lines()
        .find(|line| line.starts_with(".TH "))
        .expect("a title")
}

fn date() {
    let version = env!("CARGO_PKG_VERSION");
    let plain = page("lab run");
    let expected = format!(".TH EOI-LAB-RUN 1 {RELEASED} \"eoi {version}\" \"User Commands\"");
    assert_eq!(title(&plain), expected);
    let of = |epoch: &str| {
        eoi(&["man", "doctor"])
            .env("SOURCE_DATE_EPOCH", epoch)
            .output()
            .expect("eoi runs")
    };
    // 1234567890 is 2009-02-13T23:31:30Z.
    assert!(title(&text(&of("1234567890"))).contains(" 2009-02-13 "));
    let wrong = of("yesterday");
    assert_eq!(wrong.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("seconds since 1970-01-01"));
    let log = include_str!("../../CHANGELOG.md");
    let head = format!("## {version} (");
    let released = log
        .lines()
        .find_map(|line| line.strip_prefix(&head)?.strip_suffix(')'));
    let released = released.expect("this version is in the changelog");
    assert!(
        released == "unreleased" || released == RELEASED,
        "{released} is not {RELEASED}"
    );
}

fn no_page() {
    for (wrong, right) in [
        ("chekc", "check"),
        ("lab rum", "lab run"),
        ("doctr", "doctor"),
    ] {
        let words: Vec<&str> = ["man"].into_iter().chain(wrong.split(' ')).collect();
        let output = eoi(&words).output().expect("eoi runs");
        assert_eq!(output.status.code(), Some(2));
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains(&format!("did you mean {right}?")), "{said}");
    }
}

/// Words without the marks of troff.
fn plain(page: &str) -> String {
    ["\\fB", "\\fR", "\\fI"]
        .iter()
        .fold(page.replace("\\-", "-"), |text, mark| {
            text.replace(mark, "")
        })
}

fn examples_are_shown() {
    for of in ALL {
        let words: Vec<&str> = of.verb.split_whitespace().chain(["--help"]).collect();
        let help = text(&eoi(&words).output().expect("eoi runs"));
        let page = plain(&page(of.verb));
        assert!(!of.examples.is_empty(), "{} has no example", of.verb);
        for Example { command, .. } in of.examples {
            assert!(help.contains(command), "{command}: {help}");
            assert!(page.contains(command), "{command}: {page}");
        }
    }
}

/// A directory with the files that the examples read.
fn files(directory: &Path) {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let copy = |from: &str, to: &str| {
        fs::copy(here.join(from), directory.join(to))
            .unwrap_or_else(|error| panic!("{from}: {error}"));
    };
    copy("tests/traces/pseries-xive.dat", "trace.dat");
    copy("tests/traces/powernv9-xive-lazy.txt", "trace.txt");
    copy("tests/mangle/clean/connectx3.txt", "lspci.txt");
    copy("../docs/lab.json", "results.json");
    let interrupts = "           CPU0       CPU1\n 16:         12          0  IR-IO-APIC  16-fasteoi   ehci_hcd:usb1\n";
    fs::write(directory.join("interrupts.txt"), interrupts).expect("a file");
}

/// Runs an example by a shell, with eoi in its path; on the tests' host where it is about a machine.
fn run(example: &Example, directory: &Path) -> Output {
    let tool = Path::new(env!("CARGO_BIN_EXE_eoi"));
    let on_a_host = matches!(example.outcome, Outcome::OnAHost(_));
    let mut command = example.command.replace("--here", "");
    if on_a_host {
        let (head, rest) = command
            .split_once('>')
            .map_or((command.as_str(), String::new()), |(head, file)| {
                (head, format!(" >{file}"))
            });
        command = format!("{head} --root '{HOST}'{rest}");
    }
    let path = std::env::var("PATH").unwrap_or_default();
    Command::new("sh")
        .args(["-c", &command])
        .current_dir(directory)
        .env(
            "PATH",
            format!("{}:{path}", tool.parent().expect("a directory").display()),
        )
        .env("XDG_CACHE_HOME", directory.join("cache"))
        .output()
        .expect("sh runs")
}

fn examples_run() {
    let directory = tempfile::tempdir().expect("a directory");
    files(directory.path());
    let mut ran = 0;
    for example in ALL.iter().flat_map(|page| page.examples) {
        let (Outcome::Leaves(status) | Outcome::OnAHost(status)) = example.outcome else {
            continue;
        };
        let output = run(example, directory.path());
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(
            output.status.code(),
            Some(i32::from(status)),
            "{}: {said}",
            example.command
        );
        ran += 1;
    }
    assert!(ran > 25, "only {ran} examples were run");
}

/// The words of the first eoi in a command, up to a pipe, a redirection or a bracket.
fn words(command: &str) -> Vec<&str> {
    let at = command.find("eoi ").expect("it is about eoi");
    let end = |c: char| "|<>)".contains(c);
    let command = command[at..].split(end).next().unwrap_or_default();
    command.split_whitespace().collect()
}

fn examples_parse() {
    Cli::command().debug_assert();
    for example in ALL.iter().flat_map(|page| page.examples) {
        let parsed = Cli::command().try_get_matches_from(words(example.command));
        assert!(
            parsed.is_ok(),
            "{}: {}",
            example.command,
            parsed.expect_err("an error")
        );
    }
}

/// A program has nothing to say about any page.
fn silent(program: &str, arguments: &[&str]) {
    let directory = tempfile::tempdir().expect("a directory");
    for of in ALL {
        let file = directory.path().join("page.1");
        fs::write(&file, page(of.verb)).expect("a file");
        let output = Command::new(program)
            .args(arguments)
            .arg(&file)
            .output()
            .expect("it runs");
        let said = [output.stdout, output.stderr].concat();
        assert!(
            said.is_empty(),
            "{}: {}",
            of.verb,
            String::from_utf8_lossy(&said)
        );
    }
}

fn groff() {
    silent("groff", &["-man", "-ww", "-z"]);
}

fn mandoc() {
    silent("mandoc", &["-Tlint", "-Wwarning"]);
}
