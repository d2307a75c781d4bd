//! The metrics are valid, and the recipe of docs/monitoring.md works as it is printed. A program that is not installed is an
//! ignored test.

mod programs;

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, ExitCode, Output};
use std::time::{SystemTime, UNIX_EPOCH};

use programs::{trial, trial_with};

const PAGE: &str = include_str!("../../docs/monitoring.md");
const HOST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/hosts/powernv9");

fn main() -> ExitCode {
    let tests = vec![
        trial("metrics_of_a_diagnosis_are_valid", a_diagnosis),
        trial("metrics_of_a_check_are_valid", a_check),
        trial("metrics_of_the_lab_are_valid", the_lab),
        trial("every_metric_of_the_page_is_written_and_no_other", the_page),
        trial("the_script_writes_all_or_nothing", the_script),
        trial_with(
            "promtool",
            "promtool_takes_the_metrics",
            promtool_takes_the_metrics,
        ),
        trial_with(
            "promtool",
            "promtool_takes_the_alerts",
            promtool_takes_the_alerts,
        ),
        trial_with(
            "systemd-analyze",
            "systemd_takes_the_units",
            systemd_takes_the_units,
        ),
    ];
    programs::run(tests)
}

fn eoi(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_eoi"))
        .args(arguments)
        .output()
        .expect("eoi runs");
    String::from_utf8(output.stdout).expect("text")
}

fn doctor() -> String {
    eoi(&["doctor", "--root", HOST, "--format", "prometheus"])
}

fn check() -> String {
    eoi(&[
        "check",
        "--chip",
        "xive,ioapic",
        "--path",
        "all",
        "--format",
        "prometheus",
    ])
}

fn lab() -> String {
    let results = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/lab.json");
    eoi(&["lab", "show", results, "--format", "prometheus"])
}

/// A sample: its metric, its labels and its value.
type Sample = (String, Vec<(String, String)>, f64);

fn is_name(name: &str) -> bool {
    let mut letters = name.chars();
    letters
        .next()
        .is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && letters.all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// The labels between the braces: a name, `="`, a value with no escape but those of backslash, quote and line feed, `"`.
fn labels(mut text: &str) -> Vec<(String, String)> {
    let mut labels = Vec::new();
    while !text.is_empty() {
        let (name, rest) = text.split_once("=\"").expect("a label's name");
        assert!(is_name(name), "{name}");
        let (mut value, mut letters) = (String::new(), rest.char_indices());
        let end = loop {
            match letters.next().expect("the end of a label's value") {
                (at, '"') => break at,
                (_, '\\') => value.push(match letters.next().expect("an escape").1 {
                    'n' => '\n',
                    c @ ('\\' | '"') => c,
                    c => panic!("\\{c} is no escape"),
                }),
                (_, c) => value.push(c),
            }
        };
        labels.push((name.to_string(), value));
        text = &rest[end + 1..];
        text = text.strip_prefix(',').unwrap_or(text);
    }
    labels
}

/// Reads metrics by the rules of the exposition format 0.0.4, and by those that promtool adds: a family is begun by its help
/// and its type, its samples follow, and none is there twice.
fn read(text: &str) -> Vec<Sample> {
    assert!(text.ends_with('\n'), "the last line ends: {text}");
    let (mut samples, mut families): (Vec<Sample>, BTreeSet<&str>) = (Vec::new(), BTreeSet::new());
    let (mut family, mut typed) = ("", true);
    for line in text.lines() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            let (name, help) = help.split_once(' ').expect("a help");
            assert!(
                typed && is_name(name) && !help.is_empty() && families.insert(name),
                "{line}"
            );
            (family, typed) = (name, false);
        } else if let Some(kind) = line.strip_prefix("# TYPE ") {
            assert_eq!(kind, format!("{family} gauge"));
            typed = true;
        } else {
            let (head, value) = line.rsplit_once(' ').expect("a value");
            let (name, inner) = match head.split_once('{') {
                Some((name, rest)) => (name, rest.strip_suffix('}').expect("a brace")),
                None => (head, ""),
            };
            assert!(typed && name == family, "{line} is not of {family}");
            let sample = (
                name.to_string(),
                labels(inner),
                value.parse().expect("a number"),
            );
            let twice = samples
                .iter()
                .any(|(name, labels, _)| (name, labels) == (&sample.0, &sample.1));
            assert!(!twice, "{line} is there twice");
            samples.push(sample);
        }
    }
    samples
}

/// The value of the only sample that has these labels, among others.
fn value(samples: &[Sample], name: &str, wanted: &[(&str, &str)]) -> f64 {
    let has = |labels: &[(String, String)], (label, value): &(&str, &str)| {
        labels.iter().any(|(l, v)| l == label && v == value)
    };
    let found: Vec<f64> = samples
        .iter()
        .filter(|(n, labels, _)| n == name && wanted.iter().all(|wanted| has(labels, wanted)))
        .map(|(_, _, value)| *value)
        .collect();
    assert_eq!(found.len(), 1, "{name} {wanted:?}: {samples:?}");
    found[0]
}

fn is_now(samples: &[Sample], verb: &str) {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("after 1970")
        .as_secs_f64();
    let written = value(samples, "eoi_timestamp_seconds", &[("verb", verb)]);
    assert!(
        (now - 600.0..=now).contains(&written),
        "{written} is not now, {now}"
    );
}

fn a_diagnosis() {
    let samples = read(&doctor());
    // 6.12.57 is older than the fix, and a distribution may have added it.
    for (state, is) in [("present", 0.0), ("absent", 0.0), ("unknown", 1.0)] {
        let labels = [
            ("verb", "doctor"),
            ("state", state),
            ("kernel", "6.12.57+deb13-powerpc64le"),
        ];
        assert_eq!(value(&samples, "eoi_kernel_fix", &labels), is, "{state}");
    }
    let stall = [
        ("name", "stall-possible"),
        ("irq", "23"),
        ("controller", "XIVE-IRQ"),
    ];
    assert_eq!(value(&samples, "eoi_finding", &stall), 1.0);
    let none = [("name", "nointxmask"), ("function", ""), ("controller", "")];
    assert_eq!(
        value(&samples, "eoi_finding", &none),
        1.0,
        "it is about no line"
    );
    is_now(&samples, "doctor");
    let fixed = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/hosts/unknown");
    read(&eoi(&["doctor", "--root", fixed, "--format", "prometheus"]));
}

fn a_check() {
    let samples = read(&check());
    let of = |chip, kernel, path| [("model", chip), ("kernel", kernel), ("path", path)];
    let holds = |of: &[(&str, &str)]| value(&samples, "eoi_system_holds", of);
    assert_eq!(holds(&of("xive", "linux-6.12.57", "vmm")), 0.0);
    assert_eq!(holds(&of("xive", "linux-6.12.107", "vmm")), 1.0);
    let stall = [
        ("controller", "XIVE-IRQ"),
        ("law", "stall"),
        ("kernel", "linux-6.12.57"),
        ("path", "vmm"),
    ];
    assert_eq!(
        value(&samples, "eoi_law_broken", &stall),
        12.0,
        "the pinned length of the shortest run"
    );
    for (kernel, state) in [("linux-6.12.57", "absent"), ("linux-6.12.107", "present")] {
        let labels = [("verb", "check"), ("kernel", kernel), ("state", state)];
        assert_eq!(value(&samples, "eoi_kernel_fix", &labels), 1.0);
    }
    is_now(&samples, "check");
}

fn the_lab() {
    let samples = read(&lab());
    // docs/findings.md, "The stall that was reported happens, and the merged fix mends it".
    for (cell, delivers) in [
        ("powernv9-xive/6.12.107-unfixed", 0.0),
        ("powernv9-xive/6.12.107", 1.0),
    ] {
        let labels = [
            ("cell", cell),
            ("controller", "XIVE-IRQ"),
            ("case", "clear-unmask"),
            ("device", "no-disintx"),
            ("unmask_by", "ioctl"),
        ];
        assert_eq!(value(&samples, "eoi_case_delivers", &labels), delivers);
        assert_eq!(value(&samples, "eoi_case_agrees", &labels), 1.0);
    }
    assert_eq!(value(&samples, "eoi_failures", &[]), 0.0);
    is_now(&samples, "lab");
}

/// The metrics that the page's table names.
fn the_page() {
    let row = |line: &'static str| {
        line.strip_prefix("| `")?
            .split_once(" | ")
            .map(|(names, _)| names)
    };
    let names = PAGE
        .lines()
        .filter_map(row)
        .flat_map(|names| names.split(", "));
    let told: BTreeSet<String> = names
        .map(|name| name.trim_matches('`').to_string())
        .collect();
    let written = [read(&doctor()), read(&check()), read(&lab())].concat();
    let written: BTreeSet<String> = written.into_iter().map(|(name, ..)| name).collect();
    assert_eq!(told, written);
}

/// The page's block of this language.
fn block(language: &str, number: usize) -> &'static str {
    let fence = format!("```{language}\n");
    let blocks = PAGE.split(&fence).skip(1);
    let block = blocks
        .map(|rest| rest.split("```").next().expect("its end"))
        .nth(number);
    block.unwrap_or_else(|| panic!("the page has no block {number} of {language}"))
}

/// Runs the page's script for a directory, with this in the place of eoi.
fn run_script(directory: &Path, eoi: &str) -> Output {
    let bin = tempfile::tempdir().expect("a directory");
    let stand_in = bin.path().join("eoi");
    fs::write(&stand_in, eoi).expect("a file");
    fs::set_permissions(&stand_in, fs::Permissions::from_mode(0o755)).expect("it can run");
    let path = std::env::var("PATH").unwrap_or_default();
    Command::new("sh")
        .args(["-c", block("sh", 0), "eoi-textfile"])
        .arg(directory)
        .env("PATH", format!("{}:{path}", bin.path().display()))
        .output()
        .expect("sh runs")
}

fn the_script() {
    let directory = tempfile::tempdir().expect("a directory");
    let tool = env!("CARGO_BIN_EXE_eoi");
    let on_a_host = format!("#!/bin/sh\nexec '{tool}' \"$@\" --root '{HOST}'\n");
    let names = || {
        let entries = fs::read_dir(directory.path())
            .expect("a directory")
            .flatten();
        entries
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect::<Vec<_>>()
    };
    let output = run_script(directory.path(), &on_a_host);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(names(), ["eoi.prom"], "nothing else is left");
    let file = directory.path().join("eoi.prom");
    let mode = fs::metadata(&file).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o644, "the collector is another user");
    let first = fs::read_to_string(&file).expect("text");
    assert!(!read(&first).is_empty());
    for broken in [
        "#!/bin/sh\necho half\nexit 2\n",
        "#!/bin/sh\nexec eoi-that-is-not-there\n",
    ] {
        let output = run_script(directory.path(), broken);
        assert!(!output.status.success(), "systemd is told");
        assert_eq!(names(), ["eoi.prom"]);
        assert_eq!(
            fs::read_to_string(&file).expect("text"),
            first,
            "the last metrics stay, and grow old"
        );
    }
}

/// A program takes this file.
fn takes(program: &str, arguments: &[&str], name: &str, text: &str) {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join(name);
    fs::write(&file, text).expect("a file");
    let stdin = fs::File::open(&file).expect("a file");
    let mut command = Command::new(program);
    command.args(arguments).stdin(stdin);
    if program != "promtool" || arguments[1] == "rules" {
        command.arg(&file);
    }
    let output = command.output().expect("it runs");
    let said = [output.stdout, output.stderr].concat();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&said)
    );
}

fn promtool_takes_the_metrics() {
    takes("promtool", &["check", "metrics"], "eoi.prom", &doctor());
    takes("promtool", &["check", "metrics"], "eoi.prom", &check());
    takes("promtool", &["check", "metrics"], "eoi.prom", &lab());
}

fn promtool_takes_the_alerts() {
    takes("promtool", &["check", "rules"], "eoi.yml", block("yaml", 0));
}

/// The program that a service starts has to be there for this check.
fn systemd_takes_the_units() {
    let service = block("ini", 0).replace("/usr/local/sbin/eoi-textfile", "/bin/true");
    takes(
        "systemd-analyze",
        &["verify"],
        "eoi-textfile.service",
        &service,
    );
}
