//! `eoi check --everything`: every system once, in parts that join to the whole, each with the verdict of a check.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value;

use crate::{eoi, status, stderr, stdout};

/// Two controllers of few systems.
const FEW: [&str; 8] = [
    "check",
    "--everything",
    "--chip",
    "mips-gic,plic-5.10",
    "--path",
    "vmm,bar-trap",
    "--scenario",
    "steady,reset",
];

fn json(arguments: &[&str]) -> Value {
    let output = eoi(&[arguments, &["--format", "json"]].concat());
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", stderr(&output)))
}

fn results(report: &Value) -> &[Value] {
    report["results"].as_array().expect("results")
}

fn merge(files: &[PathBuf], options: &[&str]) -> std::process::Output {
    let names: Vec<&str> = files.iter().filter_map(|file| file.to_str()).collect();
    eoi(&[&["check"], options, &["--merge"], &names].concat())
}

#[test]
fn parts_of_everything_join_to_the_whole_and_only_then() {
    let directory = tempfile::tempdir().expect("a directory");
    let part = |k: usize| {
        let report = json(&[&FEW[..], &["--part", &format!("{k}/3")]].concat());
        assert!(!results(&report).is_empty(), "part {k} has something to do");
        let file = directory.path().join(format!("{k}.json"));
        std::fs::write(&file, report.to_string()).expect("a file");
        file
    };
    let parts: Vec<PathBuf> = (1..=3).map(part).collect();
    for options in [
        &["--format", "json"][..],
        &["--format", "text"],
        &["--format", "text", "--all"],
    ] {
        let (merged, whole) = (merge(&parts, options), eoi(&[&FEW[..], options].concat()));
        assert_eq!(stdout(&merged), stdout(&whole), "{options:?}");
        assert_eq!(
            (status(&merged), status(&whole)),
            (1, 1),
            "{}",
            stderr(&merged)
        );
    }
    let refused = |files: &[PathBuf], why: &str| {
        let output = merge(files, &[]);
        assert_eq!(status(&output), 2);
        assert!(stderr(&output).contains(why), "{}", stderr(&output));
    };
    refused(&parts[..2], "part 3/3 is missing");
    refused(
        &[&parts[..], &parts[..1]].concat(),
        "part 1/3 is there twice",
    );
    let mut other = json(&FEW);
    other["asked"]["causes"] = 1.into();
    let file = directory.path().join("other.json");
    std::fs::write(&file, other.to_string()).expect("a file");
    refused(&[&parts[..], &[file]].concat(), "not parts of one check");
}

#[test]
fn the_verdicts_of_everything_are_those_of_a_check() {
    let everything = json(&FEW);
    let of = |one: &Value| {
        let word = |name: &str| one[name].as_str().unwrap_or_default().to_string();
        ["chip", "device", "path", "guest", "scenario"].map(word)
    };
    let mut found: BTreeMap<_, &Value> = BTreeMap::new();
    for one in results(&everything) {
        let kernel = one["kernel"].as_str().unwrap_or_default();
        assert!(
            found.insert((of(one), kernel.to_string()), one).is_none(),
            "{one} is there twice"
        );
    }
    assert_eq!(everything["systems"], found.len());
    let mut compared = 0;
    for kernel in ["all", "all+threadirqs"] {
        let asked = ["--kernel", kernel, "--device", "all"];
        let check = json(&[&FEW[..1], &FEW[2..], &asked].concat());
        for entry in results(&check) {
            let (names, result) = (&entry["configuration"], &entry["result"]);
            let outcome = result["outcome"].as_str().expect("an outcome");
            let boot = if kernel == "all" { "" } else { "+threadirqs" };
            let kernel = format!("{}{boot}", names["kernel"].as_str().unwrap_or_default());
            let one = found.get(&(of(names), kernel));
            if outcome == "refused" {
                assert!(one.is_none(), "{names}");
                continue;
            }
            let one = one.unwrap_or_else(|| panic!("{names} is not there"));
            assert_eq!(
                (&one["verdict"], &one["states"]),
                (&result["outcome"], &result["states"]),
                "{names}"
            );
            for law in result["laws"].as_array().expect("laws") {
                let steps = law["run"]["steps"].as_array().map(Vec::len);
                let name = law["law"].as_str().expect("a name");
                assert_eq!(
                    one["broken"][name].as_u64(),
                    steps.map(|steps| steps as u64),
                    "{names}: {name}"
                );
            }
            compared += 1;
        }
    }
    assert!(compared > 50, "{compared}");
}

#[test]
fn what_has_too_many_states_is_undecided_and_other_formats_are_refused() {
    let output = eoi(&[&FEW[..], &["--limit", "10", "--device", "disintx"]].concat());
    assert_eq!(status(&output), 3, "{}", stdout(&output));
    assert!(
        stdout(&output).contains("are undecided"),
        "{}",
        stdout(&output)
    );
    assert!(
        stderr(&output).contains("raise --limit"),
        "{}",
        stderr(&output)
    );
    assert_eq!(status(&eoi(&[&FEW[..], &["--format", "ktap"]].concat())), 2);
    assert_eq!(status(&eoi(&[&FEW[..], &["--threadirqs"]].concat())), 2);
    assert_eq!(
        status(&eoi(&[
            "check",
            "--everything",
            "--chip",
            "mpic",
            "--path",
            "irqfd"
        ])),
        2
    );
}

/// A part of one system tells how many there are in the whole.
#[test]
fn the_documentation_has_the_number_of_systems() {
    let part = json(&["check", "--everything", "--part", "1/60000"]);
    let systems = part["systems"].as_u64().expect("a number");
    let (thousands, rest) = (systems / 1000, systems % 1000);
    let said = format!("There are {thousands},{rest:03} of them.");
    let page = include_str!("../../../docs/everything.md");
    assert!(page.contains(&said), "docs/everything.md: {said}");
}
