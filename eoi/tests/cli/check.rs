//! `eoi check`: what it finds, what it refuses, and what does not change its answer.

use std::process::Command;

use eoi_model::cost::Metric;
use serde_json::Value;

use super::{eoi, status, stderr, stdout};

#[test]
fn the_matrix_has_every_controller_and_leaves_with_1_because_something_stalls() {
    let output = eoi(&["check", "--all"]);
    assert_eq!(status(&output), 1, "{}", stderr(&output));
    let text = stdout(&output);
    for chip in eoi_model::irqchip::ALL {
        let rows = text
            .lines()
            .filter(|line| line.split_whitespace().next() == Some(chip.name))
            .count();
        assert_eq!(rows, 2, "{}: lazy and unlazy", chip.name);
    }
    assert!(!text.contains('\u{1b}'), "no colour in a pipe");
}

#[test]
fn a_reader_who_went_away_does_not_turn_a_finding_into_a_pass() {
    for (kernel, status) in [("linux-6.12.57", 1), ("linux-6.12.107", 0)] {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let mut command = Command::new(env!("CARGO_BIN_EXE_eoi"));
        command
            .args([
                "check", "--chip", "xive", "--path", "vmm", "--kernel", kernel,
            ])
            .stdout(writer);
        assert_eq!(
            command.status().expect("the binary runs").code(),
            Some(status),
            "{kernel}"
        );
    }
}

#[test]
fn the_lost_interrupt_is_found_after_one_was_served() {
    let arguments = [
        "check",
        "--chip",
        "xive",
        "--kernel",
        "linux-6.12.57",
        "--path",
        "vmm",
        "--format",
        "json",
    ];
    let output = eoi(&arguments);
    assert_eq!(status(&output), 1);
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(report["schema"], "eoi.check/2");
    let result = &report["results"][0]["result"];
    assert_eq!(result["outcome"], "broken");
    let stall = &result["laws"][0];
    assert_eq!(
        (&stall["law"], &stall["holds"]),
        (&Value::from("stall"), &Value::from(false))
    );
    let steps = stall["run"]["steps"].as_array().expect("a run");
    let served = steps
        .iter()
        .filter(|step| step["role"] == "service")
        .count();
    assert_eq!(served, 1, "the letter says: exactly one interrupt");
    let metrics: Vec<&str> = result["costs"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|cost| cost["metric"].as_str())
        .collect();
    assert_eq!(
        metrics,
        Metric::ALL.map(Metric::name),
        "every cost is there"
    );
}

#[test]
fn the_merged_fix_mends_xive_and_leaves_with_0() {
    let arguments = [
        "check",
        "--chip",
        "xive",
        "--kernel",
        "linux-6.12.57",
        "--path",
        "vmm",
        "--fix",
        "vfio-unlazy",
    ];
    assert_eq!(status(&eoi(&arguments)), 0);
}

#[test]
fn a_fix_alone_is_compared_on_every_controller() {
    let output = eoi(&["check", "--fix", "xive-eoi-always", "--path", "vmm"]);
    let text = stdout(&output);
    let xive = text
        .lines()
        .find(|line| line.starts_with(" xive-q "))
        .expect("a row for xive-q");
    assert!(xive.contains("STALL"), "before: {xive}");
    assert!(xive.contains("holds"), "after: {xive}");
}

/// Where devices or scenarios differ, each row says of which it is, and nothing is said of all of them.
#[test]
fn a_fix_with_two_scenarios_names_that_of_each_row() {
    let output = eoi(&[
        "check",
        "--fix",
        "vfio-mask-once",
        "--chip",
        "ioapic",
        "--kernel",
        "linux-7.3",
        "--path",
        "vmm",
        "--scenario",
        "steady,guest-disintx",
        "--all",
    ]);
    let text = stdout(&output);
    for scenario in ["steady", "guest-disintx"] {
        let rows = text
            .lines()
            .filter(|line| line.split_whitespace().nth(3) == Some(scenario));
        assert_eq!(rows.count(), 1, "{scenario}: {text}");
    }
    assert!(!text.contains("Scenario "), "{text}");
    assert!(text.contains("Device no-disintx"), "{text}");
}

#[test]
fn ktap_has_a_plan_and_numbers_every_test() {
    let output = eoi(&[
        "check", "--chip", "ioapic", "--path", "all", "--format", "ktap",
    ]);
    let text = stdout(&output);
    assert!(text.starts_with("KTAP version 1\n1..10\n"), "{text}");
    let top: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("ok ") || line.starts_with("not ok "))
        .collect();
    assert_eq!(top.len(), 10);
    for (number, line) in top.iter().enumerate() {
        assert!(line.contains(&format!("ok {} ", number + 1)), "{line}");
    }
    assert!(
        text.contains("# SKIP"),
        "what no real system has is skipped with its reason"
    );
}

#[test]
fn a_ladder_fits_into_a_mail() {
    let arguments = [
        "check",
        "--chip",
        "xive",
        "--kernel",
        "linux-6.12.57",
        "--path",
        "vmm",
        "--explain",
    ];
    let text = stdout(&eoi(&arguments));
    assert!(
        text.contains("[chip.c:"),
        "each step has its citation: {text}"
    );
    for line in text.lines() {
        assert!(
            line.chars().count() <= 75,
            "{} columns: {line}",
            line.chars().count()
        );
    }
}

#[test]
fn what_cannot_be_is_refused_in_one_sentence_that_says_what_to_do() {
    let cases = [
        ("check --chip xvie", "there is no controller called 'xvie'"),
        ("check --kernel linux-2.4", "there is no kernel called"),
        ("check --fix pray", "there is no fix called"),
        (
            "check --guest kvm-ioapic+sometimes",
            "there is no option of a guest called 'sometimes'",
        ),
        (
            "check --chip xive --kernel linux-7.3 --path irqfd",
            "never signals it",
        ),
        (
            "check --chip ioapic --kernel linux-7.3 --path vmm --scenario shared-line",
            "-EBUSY",
        ),
        (
            "check --chip ioapic --kernel linux-7.3 --path irqfd --guest qemu-ioapic",
            "acks",
        ),
        (
            "check --chip xive --kernel linux-7.3 --path vmm --fix none,vfio-unlazy",
            "two of the fixes replace the same function",
        ),
        ("check --root /nonexistent", "cannot read /nonexistent"),
    ];
    for (arguments, expected) in cases {
        let output = eoi(&arguments.split(' ').collect::<Vec<_>>());
        assert_eq!(status(&output), 2, "{arguments:?}: {}", stdout(&output));
        let error = stderr(&output);
        assert!(error.contains(expected), "{arguments:?}: {error}");
        assert_eq!(error.lines().count(), 1, "one sentence: {error}");
    }
}

#[test]
fn the_same_question_gets_the_same_answer_with_one_thread_or_many() {
    let ask = |threads: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_eoi"))
            .args([
                "check",
                "--chip",
                "ioapic,xive,plic",
                "--scenario",
                "steady,vmm-route",
                "--format",
                "json",
            ])
            .env("RAYON_NUM_THREADS", threads)
            .output()
            .expect("the binary runs");
        stdout(&output)
    };
    let one = ask("1");
    assert!(one.contains("\"steps\""), "something was found: {one}");
    assert_eq!(one, ask("1"));
    assert_eq!(one, ask("2"));
    assert_eq!(one, ask("7"));
}

#[test]
fn too_many_states_are_no_verdict_and_two_lines_need_no_graph() {
    let ask = |kernel, scenario| {
        let arguments = [
            "--kernel",
            kernel,
            "--scenario",
            scenario,
            "--path",
            "vmm",
            "--limit",
            "50",
        ];
        eoi(&[&["check", "--chip", "xive"], &arguments[..]].concat())
    };
    let output = ask("linux-7.3", "steady");
    assert_eq!(status(&output), 3, "{}", stdout(&output));
    let says = stderr(&output);
    assert!(
        says.contains("has more than 50 states; raise --limit"),
        "{says}"
    );
    for (kernel, found) in [("linux-7.3", 0), ("linux-6.12.57", 1)] {
        let output = ask(kernel, "two-lines");
        assert_eq!(status(&output), found, "{}", stderr(&output));
    }
}

#[test]
fn the_parts_of_a_check_join_to_the_whole() {
    let directory = std::env::temp_dir().join(format!("eoi-parts-{}", std::process::id()));
    std::fs::create_dir_all(&directory).expect("a directory");
    let check = [
        "check",
        "--chip",
        "ioapic,xive,aplic-msi",
        "--format",
        "json",
    ];
    let part = |part: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_eoi"))
            .args(check)
            .args(["--part", part])
            .output();
        let file = directory.join(part.replace('/', "-"));
        std::fs::write(&file, output.expect("eoi runs").stdout).expect("a file");
        file
    };
    let parts = ["1/3", "2/3", "3/3"].map(part);
    let merge = |files: &[&std::path::PathBuf]| {
        Command::new(env!("CARGO_BIN_EXE_eoi"))
            .args(["check", "--merge"])
            .args(files)
            .output()
            .expect("eoi runs")
    };
    let merged = merge(&[&parts[2], &parts[0], &parts[1]]);
    let whole = Command::new(env!("CARGO_BIN_EXE_eoi"))
        .args(check)
        .output()
        .expect("eoi runs");
    let json = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).expect("JSON");
    assert_eq!(json(&merged.stdout), json(&whole.stdout));
    assert_eq!(merged.status.code(), whole.status.code());
    for (files, says) in [
        (vec![&parts[0], &parts[1]], "part 3/3 is missing"),
        (vec![&parts[0], &parts[0]], "part 1/3 is there twice"),
    ] {
        let output = merge(&files);
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&output.stderr).contains(says));
    }
    std::fs::remove_dir_all(directory).expect("removed");
}
