//! The lab without an emulator: what becomes of machines that misbehave, and of what they said.

use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use eoi::lab::machine::MISSING;
use eoi::lab::results::Results;
use eoi::lab::row::{Row, cell_of};
use eoi_lab_protocol::crc;
use serde_json::Value;

fn checked_in() -> Results {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/lab.json");
    Results::read(&path).expect("docs/lab.json")
}

/// A directory with an emulator that is a shell script, and what else a run needs in order to fetch and build nothing.
struct Fake {
    directory: PathBuf,
}

impl Fake {
    fn new(name: &str, script: &str) -> Self {
        let directory = std::env::temp_dir().join(format!("eoi-lab-{name}-{}", std::process::id()));
        fs::create_dir_all(directory.join("modules")).expect("a directory");
        for file in ["bzImage", "program"] {
            fs::write(directory.join(file), "x").expect("a file");
        }
        let fake = Self { directory };
        fake.emulator(script);
        fake
    }

    fn emulator(&self, script: &str) {
        let path = self.directory.join("qemu-system-x86_64");
        let version = "[ \"$*\" = --version ] && { echo QEMU emulator version 0.fake; exit 0; }";
        fs::write(&path, format!("#!/bin/sh\n{version}\n{script}\n")).expect("a script");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("a program");
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_eoi"));
        command.args([
            "lab",
            "run",
            "--machine",
            "q35-ioapic,q35-ir-ioapic",
            "--jobs",
            "1",
            "--case",
            "clear-unmask",
        ]);
        for (option, file) in [
            ("--qemu", ""),
            ("--kernel", "bzImage"),
            ("--modules", "modules"),
            ("--program", "program"),
        ] {
            command.arg(option).arg(self.directory.join(file));
        }
        command
            .args(arguments)
            .env("XDG_CACHE_HOME", &self.directory);
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("eoi runs")
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.directory);
    }
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The protocol, as a shell script that prints it.
fn says(payloads: &[&str]) -> String {
    let line = |(number, text): (usize, &&str)| {
        format!("eoi-lab {number} {:04x} {text}\n", crc(text.as_bytes()))
    };
    let lines: String = payloads.iter().enumerate().map(line).collect();
    format!("cat <<'END'\n{lines}END")
}

#[test]
fn a_machine_that_dies_is_neither_a_pass_nor_a_stall() {
    let fake = Fake::new(
        "dies",
        "echo 'Kernel panic - not syncing: No working init found.'; exit 1",
    );
    let output = fake.run(&[]);
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(3), "{text}");
    assert!(text.contains("ended before it was done"), "{text}");
    assert!(
        text.contains("No working init") && text.contains("console.log"),
        "{text}"
    );
}

#[test]
fn a_machine_that_hangs_is_given_up() {
    let fake = Fake::new("hangs", "echo booting; exec sleep 600");
    let start = Instant::now();
    let output = fake.run(&["--timeout", "1"]);
    assert!(start.elapsed() < Duration::from_secs(60));
    assert_eq!(output.status.code(), Some(3));
    assert!(
        stdout(&output).contains("said nothing for 1 s, in no case"),
        "{}",
        stdout(&output)
    );
}

#[test]
fn garbage_on_the_console_is_named() {
    let broken = "echo 'eoi-lab 0 0000 hello linux=6.12 cpus=2'";
    let strange = says(&["hello linux=6.12 cpus=2", "abracadabra"]);
    let floods = "yes 'Call Trace:' | head -c 80000000";
    for (name, script, says) in [
        ("broken", broken, "its checksum is wrong"),
        ("strange", strange.as_str(), "abracadabra"),
        ("floods", floods, "printed more than 64 MiB"),
    ] {
        let output = Fake::new(name, script).run(&[]);
        assert_eq!(output.status.code(), Some(3), "{name}");
        assert!(
            stdout(&output).contains(says),
            "{name}: {}",
            stdout(&output)
        );
    }
}

#[test]
fn a_device_that_never_interrupted_is_an_error() {
    let mut payloads = vec!["hello linux=6.12 cpus=2"];
    let begin = "begin clear-unmask/no-disintx/ioctl";
    payloads.extend([
        begin,
        "irq 22 chip=IO-APIC hwirq=22",
        "step 0 enable ok us=1",
        "step 2 wait none us=1",
    ]);
    payloads.extend([
        "count signals=0 proc=0",
        "end clear-unmask/no-disintx/ioctl stall",
        "bye",
    ]);
    let output = Fake::new("vacuous", &says(&payloads)).run(&[]);
    assert_eq!(output.status.code(), Some(3));
    assert!(
        stdout(&output).contains("never interrupted at all"),
        "{}",
        stdout(&output)
    );
    assert!(
        stdout(&output).contains("it was not run"),
        "the other cases: {}",
        stdout(&output)
    );
}

#[test]
fn the_wrong_controller_is_an_error() {
    let payloads = [
        "hello linux=6.12 cpus=2",
        "begin clear-unmask/no-disintx/ioctl",
        "irq 9 chip=XT-PIC",
        "bye",
    ];
    let output = Fake::new("chip", &says(&payloads)).run(&[]);
    assert_eq!(output.status.code(), Some(3));
    assert!(
        stdout(&output).contains("the line is on 'XT-PIC', not on 'IO-APIC'"),
        "{}",
        stdout(&output)
    );
}

fn alive(pid: &str) -> bool {
    // A zombie is waited for by whoever adopted it, and runs nothing.
    fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

/// Starts a run whose emulator writes its own number to a file and stays, and waits for the file.
fn started(fake: &Fake) -> (Child, String) {
    let file = fake.directory.join("pid");
    fake.emulator(&format!(
        "echo $$ > {0}.new; mv {0}.new {0}; exec sleep 600",
        file.display()
    ));
    let child = fake
        .command(&[])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("eoi runs");
    let start = Instant::now();
    while !file.exists() && start.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(20));
    }
    (
        child,
        fs::read_to_string(file)
            .expect("the emulator was started")
            .trim()
            .to_string(),
    )
}

fn signal(signal: &str, child: &Child) {
    let status = Command::new("kill")
        .args([signal, &child.id().to_string()])
        .status()
        .expect("kill");
    assert!(status.success());
}

#[test]
fn an_interrupt_leaves_no_emulator_behind() {
    let fake = Fake::new("interrupted", "");
    for stop in ["-INT", "-TERM"] {
        let _ = fs::remove_file(fake.directory.join("pid"));
        let (mut child, emulator) = started(&fake);
        signal(stop, &child);
        let status = child.wait().expect("it ends");
        let mut words = String::new();
        child
            .stderr
            .take()
            .expect("stderr")
            .read_to_string(&mut words)
            .expect("text");
        assert_eq!(status.code(), Some(3), "{words}");
        assert!(words.contains("no emulator is left running"), "{words}");
        assert!(!alive(&emulator), "{stop}: the emulator lives on");
    }
}

#[test]
fn an_emulator_does_not_outlive_a_lab_that_is_killed() {
    let fake = Fake::new("killed", "");
    let (mut child, emulator) = started(&fake);
    signal("-KILL", &child);
    child.wait().expect("it ends");
    let start = Instant::now();
    while alive(&emulator) && start.elapsed() < Duration::from_secs(10) {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(!alive(&emulator), "needs setpriv of util-linux");
}

#[test]
fn parts_join_to_the_whole_and_to_nothing_else() {
    let fake = Fake::new("parts", "exit 1");
    let part = |k: usize| -> PathBuf {
        let output = fake.run(&["--part", &format!("{k}/2"), "--format", "json"]);
        let file = fake.directory.join(format!("{k}.json"));
        fs::write(&file, &output.stdout).expect("a file");
        file
    };
    let (one, two) = (part(1), part(2));
    let merge = |files: &[&PathBuf]| {
        let output = Command::new(env!("CARGO_BIN_EXE_eoi"))
            .args(["lab", "merge"])
            .args(files)
            .output();
        output.expect("eoi runs")
    };
    let merged: Value = serde_json::from_slice(&merge(&[&two, &one]).stdout).expect("JSON");
    assert_eq!(
        merged["cells"],
        serde_json::json!(["q35-ioapic/bzImage", "q35-ir-ioapic/bzImage"])
    );
    assert_eq!(merged["failures"].as_array().expect("failures").len(), 2);
    for (files, says) in [
        (vec![&one], "missing: q35-ir-ioapic/bzImage"),
        (vec![&one, &two, &one], "more than once"),
    ] {
        let output = merge(&files);
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&output.stderr).contains(says));
    }
}

#[test]
fn the_list_is_a_job_matrix() {
    let output = Command::new(env!("CARGO_BIN_EXE_eoi"))
        .args(["lab", "list", "--format", "json"])
        .output();
    let list: Value = serde_json::from_slice(&output.expect("eoi runs").stdout).expect("JSON");
    let cells = list["cells"].as_array().expect("cells");
    assert!(cells.len() > 50);
    for cell in cells {
        for key in ["cell", "machine", "arch", "chip", "model", "kernel"] {
            assert!(cell[key].is_string(), "{cell}");
        }
    }
}

#[test]
fn every_format_says_what_the_results_say() {
    let results = checked_in();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/lab.json");
    let show = |format: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_eoi"));
        command
            .args(["lab", "show"])
            .arg(&path)
            .args(["--format", format]);
        String::from_utf8(command.output().expect("eoi runs").stdout).expect("text")
    };
    let differ = results.rows.iter().filter(|row| !row.agrees).count() + results.failures.len();
    let ktap = show("ktap");
    assert!(ktap.starts_with(&format!(
        "KTAP version 1\n1..{}\n",
        results.whole.len() + MISSING.len()
    )));
    assert!(
        ktap.contains(" loongarch64-virt # SKIP qemu-system-loongarch64"),
        "a machine that the lab does not have"
    );
    assert_eq!(
        ktap.lines()
            .filter(|line| line.starts_with("  not ok"))
            .count(),
        differ
    );
    assert_eq!(
        ktap.lines().filter(|line| line.starts_with("  ok")).count() + differ,
        results.rows.len() + results.failures.len()
    );
    let junit = show("junit");
    assert_eq!(
        junit.matches("<testcase").count(),
        results.rows.len() + results.failures.len() + MISSING.len()
    );
    let json: Results = serde_json::from_str(&show("json")).expect("our own format");
    assert_eq!(json, results);
}

#[test]
fn a_run_that_was_stopped_goes_on_with_what_is_missing() {
    let fake = Fake::new("resumed", "");
    let file = fake.directory.join("pid");
    fake.emulator(&format!("echo started >> {}; exit 1", file.display()));
    let output = fake.run(&["--format", "json"]);
    assert_eq!(
        fs::read_to_string(&file).expect("started").lines().count(),
        2,
        "two cells"
    );
    // The first cell, as it would be if its emulator had been a real one.
    let mut results: Results = serde_json::from_slice(&output.stdout).expect("JSON");
    let cell = "q35-ioapic/bzImage";
    let rows = checked_in()
        .rows
        .into_iter()
        .filter(|row| cell_of(row) == "q35-ioapic/7.3.4" && row.case == "clear-unmask");
    results.rows = rows
        .map(|row| Row {
            kernel: "bzImage".to_string(),
            ..row
        })
        .collect();
    results.failures.retain(|failure| failure.cell != cell);
    let kept = fake.directory.join("kept.json");
    fs::write(&kept, serde_json::to_string(&results).expect("JSON")).expect("a file");
    fs::remove_file(&file).expect("removed");
    let resumed = fake.run(&["--format", "json", "--resume", &kept.display().to_string()]);
    assert_eq!(
        fs::read_to_string(&file).expect("started").lines().count(),
        1,
        "only the cell that had failed"
    );
    let resumed: Results = serde_json::from_slice(&resumed.stdout).expect("JSON");
    assert_eq!(
        resumed.cells,
        ["q35-ioapic/bzImage", "q35-ir-ioapic/bzImage"]
    );
    assert_eq!(resumed.rows, results.rows);
    results.lock = "another".to_string();
    fs::write(&kept, serde_json::to_string(&results).expect("JSON")).expect("a file");
    let refused = fake.run(&["--resume", &kept.display().to_string()]);
    assert_eq!(
        refused.status.code(),
        Some(2),
        "results of other packages cannot be gone on with"
    );
}

/// The results that a run of a fake keeps.
fn kept(fake: &Fake) -> Results {
    let runs = fs::read_dir(fake.directory.join("eoi/runs"))
        .expect("runs")
        .flatten();
    let last = runs
        .map(|run| run.path().join("results.json"))
        .max()
        .expect("a run");
    Results::read(&last).expect("results")
}

#[test]
fn a_run_outlives_its_reader_and_its_disk() {
    let fake = Fake::new("unread", "exit 1");
    // The reader is gone before anything is written: the status is still that of the run.
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let status = fake.command(&[]).stdout(writer).status().expect("eoi runs");
    assert_eq!(status.code(), Some(3));
    assert_eq!(kept(&fake).failures.len(), 2);
    let full = fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .expect("/dev/full");
    let output = fake.command(&[]).stdout(full).output().expect("eoi runs");
    assert_eq!(output.status.code(), Some(3));
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        words.contains("cannot write to stdout") && words.contains("kept in"),
        "{words}"
    );
    assert_eq!(kept(&fake).failures.len(), 2);
}

#[test]
fn what_was_done_is_kept_when_the_run_is_killed() {
    let fake = Fake::new("half", "");
    // The first machine ends at once, the second stays.
    let first = fake.directory.join("first");
    let (seen, pid) = (first.display(), fake.directory.join("pid"));
    let stays = format!(
        "echo $$ > {0}.new; mv {0}.new {0}; exec sleep 600",
        pid.display()
    );
    fake.emulator(&format!(
        "[ -e {seen} ] || {{ touch {seen}; exit 1; }}\n{stays}"
    ));
    let mut child = fake
        .command(&[])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("eoi runs");
    let start = Instant::now();
    while !pid.exists() && start.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(20));
    }
    signal("-KILL", &child);
    child.wait().expect("it ends");
    let kept = kept(&fake);
    assert_eq!(
        (&kept.cells[..], kept.undone.len()),
        (&["q35-ioapic/bzImage".to_string()][..], 1)
    );
    assert!(!kept.holds());
    let mut show = Command::new(env!("CARGO_BIN_EXE_eoi"));
    let shown = show
        .args(["lab", "show"])
        .env("XDG_CACHE_HOME", &fake.directory)
        .output()
        .expect("eoi runs");
    let text = String::from_utf8_lossy(&shown.stdout).into_owned();
    assert!(
        shown.status.code() == Some(3) && text.contains("\nNOT RUN "),
        "{text}"
    );
}

#[test]
fn an_empty_part_is_a_part() {
    let fake = Fake::new("empty", "exit 1");
    let part = |k: usize| -> PathBuf {
        let output = fake.run(&["--part", &format!("{k}/3"), "--format", "json"]);
        assert_eq!(
            output.status.code(),
            Some(if k == 3 { 0 } else { 3 }),
            "{k}"
        );
        let file = fake.directory.join(format!("{k}.json"));
        fs::write(&file, &output.stdout).expect("a file");
        file
    };
    let parts: Vec<PathBuf> = [3, 1, 2].map(part).to_vec();
    let merged = Command::new(env!("CARGO_BIN_EXE_eoi"))
        .args(["lab", "merge"])
        .args(parts)
        .output();
    let merged: Results = serde_json::from_slice(&merged.expect("eoi runs").stdout).expect("JSON");
    assert_eq!((merged.cells.len(), merged.qemu.as_str()), (2, "0.fake"));
}

#[test]
fn an_emulator_that_is_not_where_the_user_says_is_wrong_usage() {
    let fake = Fake::new("absent", "");
    fs::remove_file(fake.directory.join("qemu-system-x86_64")).expect("removed");
    let output = fake.run(&[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("there is no qemu-system-x86_64"));
}
