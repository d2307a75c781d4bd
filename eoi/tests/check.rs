//! `eoi check`: configurations that are given up, parts that are joined, and names as people write them.

use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;

fn check(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_eoi"))
        .arg("check")
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

/// Steady has 163 states on the fixed kernel, guest-disintx some thousands: README's commands print them.
const TWO: [&str; 8] = [
    "--chip",
    "ioapic,xive-q",
    "--scenario",
    "steady,guest-disintx",
    "--path",
    "vmm",
    "--limit",
    "500",
];

fn two(kernel: &str, format: &str) -> Output {
    check(&[&TWO[..], &["--kernel", kernel, "--format", format]].concat())
}

#[test]
fn what_has_too_many_states_is_undecided_and_the_others_are_reported() {
    let output = two("linux-6.12.107", "text");
    let text = stdout(&output);
    assert_eq!(status(&output), 3, "{text}");
    let rows = |words: [&str; 2]| {
        text.lines()
            .filter(|line| words.iter().all(|word| line.contains(word)))
            .count()
    };
    assert_eq!(
        (
            rows([" steady ", "holds"]),
            rows([" guest-disintx ", "undecided"])
        ),
        (2, 2),
        "{text}"
    );
    assert!(
        text.contains("undecided vmm in guest-disintx: more than 500 states"),
        "{text}"
    );
    assert!(
        stderr(&output).contains("2 of 4 configurations have more than 500 states"),
        "{}",
        stderr(&output)
    );

    let output = two("linux-6.12.107", "json");
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let scenarios = |outcome: &str| -> Vec<&Value> {
        let results = report["results"].as_array().into_iter().flatten();
        let those = results.filter(|one| one["result"]["outcome"] == outcome);
        those.map(|one| &one["configuration"]["scenario"]).collect()
    };
    assert_eq!(status(&output), 3);
    assert_eq!(scenarios("holds"), ["steady"; 2]);
    assert_eq!(scenarios("undecided"), ["guest-disintx"; 2]);
    let reason = report["results"]
        .as_array()
        .into_iter()
        .flatten()
        .find_map(|one| one["result"]["reason"].as_str());
    assert!(
        reason.is_some_and(|why| why.contains("more than 500 states")),
        "{reason:?}"
    );

    let ktap = stdout(&two("linux-6.12.107", "ktap"));
    let skipped = ktap
        .lines()
        .filter(|line| line.starts_with("ok ") && line.contains("# SKIP more than 500 states"));
    assert_eq!(skipped.count(), 2, "{ktap}");
    // A broken configuration counts more than an undecided one.
    assert_eq!(status(&two("linux-6.12.57", "text")), 1);
}

/// The parts of a check in files.
struct Parts {
    directory: tempfile::TempDir,
    files: Vec<PathBuf>,
}

fn parts(count: usize, arguments: &[&str]) -> Parts {
    let directory = tempfile::tempdir().expect("a directory");
    let part = |k: usize| {
        let part = format!("{k}/{count}");
        let output = check(&[arguments, &["--format", "json", "--part", &part]].concat());
        let file = directory.path().join(format!("{k}.json"));
        std::fs::write(&file, output.stdout).expect("a file");
        file
    };
    let files = (1..=count).map(part).collect();
    Parts { directory, files }
}

fn merge(files: &[PathBuf], options: &[&str]) -> Output {
    let names: Vec<String> = files
        .iter()
        .map(|file| file.display().to_string())
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    check(&[options, &["--merge"], &names].concat())
}

#[test]
fn merged_parts_read_as_the_whole_does() {
    let parts = parts(3, &TWO);
    for options in [
        &["--format", "text"][..],
        &["--format", "ktap"],
        &["--format", "json"],
        &["--explain"],
    ] {
        let (merged, whole) = (
            merge(&parts.files, options),
            check(&[&TWO[..], options].concat()),
        );
        assert_eq!(stdout(&merged), stdout(&whole), "{options:?}");
        assert_eq!((status(&merged), status(&whole)), (1, 1));
    }
    assert!(stderr(&merge(&parts.files[..2], &[])).contains("part 3/3 is missing"));
    let other = parts.directory.path().join("other.json");
    std::fs::copy(&parts.files[0], &other).expect("a copy");
    let twice = [&parts.files[..], &[other]].concat();
    assert!(stderr(&merge(&twice, &[])).contains("part 1/3 is there twice"));
}

/// Each way to ask, as a report that is read again: every format comes out of the data alone.
#[test]
fn a_report_that_was_written_is_read_and_rendered_again() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("report.json");
    for asked in [
        &[
            "--chip",
            "xive",
            "--kernel",
            "linux-6.12.57",
            "--path",
            "vmm",
        ][..],
        &["--chip", "ioapic,xive,plic-bare"],
        &["--chip", "xive,ioapic", "--fix", "xive-irq-enable"],
        &[
            "--chip",
            "ioapic",
            "--kernel",
            "linux-6.12.107",
            "--path",
            "vmm",
            "--scenario",
            "teardown",
            "--device",
            "all",
        ],
        &["--root", "tests/hosts/powernv9", "--path", "vmm,irqfd"],
        &TWO,
    ] {
        let whole = check(&[asked, &["--format", "json"]].concat());
        std::fs::write(&file, &whole.stdout).expect("a file");
        for options in [
            &["--format", "text"][..],
            &["--format", "ktap"],
            &["--format", "json"],
            &["--explain"],
        ] {
            let (again, first) = (
                merge(std::slice::from_ref(&file), options),
                check(&[asked, options].concat()),
            );
            assert_eq!(
                stdout(&again),
                stdout(&first),
                "{asked:?} {options:?}: {}",
                stderr(&again)
            );
            assert_eq!(status(&again), status(&first), "{asked:?} {options:?}");
            assert!(!stdout(&first).is_empty(), "{asked:?} {options:?}");
        }
    }
}

#[test]
fn a_report_of_the_past_is_refused_with_what_to_do() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("report.json");
    std::fs::write(
        &file,
        r#"{"schema": "eoi.check/1", "configurations": [], "refused": []}"#,
    )
    .expect("a file");
    let output = merge(&[file], &[]);
    assert_eq!(status(&output), 2);
    let error = stderr(&output);
    assert!(
        error.contains("eoi.check/1, a format that is gone") && error.contains("run it again"),
        "{error}"
    );
}

/// Each result says how it is asked for alone.
#[test]
fn the_command_of_a_configuration_searches_it_alone() {
    let text = stdout(&check(&[
        "--chip",
        "ioapic,xive",
        "--kernel",
        "6.12.57+vfio-mask-once",
        "--format",
        "json",
    ]));
    let report: Value = serde_json::from_str(&text).expect("JSON");
    let mut asked = 0;
    for one in report["results"]
        .as_array()
        .expect("results")
        .iter()
        .filter(|one| one["result"]["states"].is_u64())
    {
        let command = one["configuration"]["command"].as_str().expect("a command");
        let words: Vec<&str> = command
            .strip_prefix("eoi check ")
            .expect("eoi check")
            .split(' ')
            .collect();
        let alone = stdout(&check(&words));
        let (title, states) = (&one["configuration"]["title"], &one["result"]["states"]);
        let begins = format!("{}\n{states} states, ", title.as_str().expect("a title"));
        assert!(alone.starts_with(&begins), "{command}: {alone}");
        asked += 1;
    }
    assert!(asked > 4, "only {asked} were searched");
}

#[test]
fn formats_are_taken_or_refused_never_ignored() {
    assert_eq!(status(&check(&["--explain", "--format", "json"])), 2);
    assert_eq!(status(&check(&["--list", "--format", "ktap"])), 2);
    let list: Value =
        serde_json::from_slice(&check(&["--list", "--format", "json"]).stdout).expect("JSON");
    assert_eq!(
        (&list["schema"], &list["chip"][0]["name"]),
        (&Value::from("eoi.names/1"), &Value::from("ioapic"))
    );
}

#[test]
fn a_kernel_is_taken_as_reports_print_it_and_a_release_for_what_it_is() {
    let one = |kernel| check(&["--chip", "xive", "--path", "vmm", "--kernel", kernel]);
    let output = one("linux-6.12.57+vfio-mask-once");
    assert!(
        stdout(&output).starts_with("xive, linux-6.12.57+vfio-mask-once, "),
        "{}",
        stderr(&output)
    );
    let output = one("6.12.58");
    assert!(
        stdout(&output).starts_with("xive, linux-6.12.107, "),
        "{}",
        stderr(&output)
    );
    assert!(
        stderr(&output).contains("6.12.58 behaves like linux-6.12.107"),
        "{}",
        stderr(&output)
    );
    assert!(stderr(&one("linux-6.12.57+vfio-maks-once")).contains("did you mean vfio-mask-once?"));
}

#[test]
fn a_gate_passes_as_long_as_the_verdicts_are_the_expected_ones() {
    let asked = |kernel| {
        [
            "--chip",
            "xive",
            "--path",
            "vmm,bar-trap",
            "--kernel",
            kernel,
        ]
    };
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("expected.json");
    let report = check(&[&asked("linux-6.12.57")[..], &["--format", "json"]].concat());
    std::fs::write(&file, &report.stdout).expect("written");
    let gate = |kernel| {
        check(
            &[
                &asked(kernel)[..],
                &["--expect", file.to_str().expect("a name")],
            ]
            .concat(),
        )
    };
    assert_eq!(status(&report), 1, "both stall");
    assert_eq!(status(&gate("linux-6.12.57")), 0, "as expected");
    // Every title has the kernel's name: two that are missing, two that nobody expected.
    let other = gate("linux-6.12.107");
    assert_eq!(status(&other), 1);
    assert_eq!(
        stderr(&other).matches(" was expected; ").count(),
        4,
        "{}",
        stderr(&other)
    );
    std::fs::write(
        &file,
        String::from_utf8_lossy(&report.stdout).replace("\"broken\"", "\"holds\""),
    )
    .expect("written");
    let changed = gate("linux-6.12.57");
    assert_eq!(
        (
            status(&changed),
            stderr(&changed)
                .matches("holds was expected; found: stall")
                .count()
        ),
        (1, 2)
    );
}

#[test]
fn only_what_would_be_taken_is_proposed() {
    let output = check(&["--guest", "kvm-ioapic", "--chip", "xive", "--path", "vmm"]);
    assert_eq!(status(&output), 2);
    let error = stderr(&output);
    assert!(
        error.contains("leave --guest away") && !error.contains("--path irqfd"),
        "{error}"
    );
    assert_ne!(status(&check(&["--chip", "xive", "--path", "vmm"])), 2);
}

#[test]
fn a_reason_names_the_scenarios_that_it_is_true_of() {
    let text = stdout(&check(&[
        "--chip",
        "xive",
        "--path",
        "vmm",
        "--scenario",
        "steady,shared-line,shared-guest",
    ]));
    assert!(
        text.contains("n/a vmm in shared-line, shared-guest: "),
        "{text}"
    );
    let text = stdout(&check(&[
        "--chip",
        "ioapic,xive",
        "--path",
        "vmm",
        "--fix",
        "xive-irq-enable",
    ]));
    assert!(text.contains("not touched: vmm: "), "{text}");
}
