//! `eoi lab clean` removes what nobody asks for, and nothing else; nor anything that somebody uses.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

const NEEDLESS: [&str; 4] = [
    "unpacked/emulators-000000000000/usr/bin/qemu",
    "unpacked/toolchain-111111111111.part/x",
    "unpacked/toolchain-222222222222.going/x",
    "debs/gcc_1_amd64.deb",
];
const BUILT: [&str; 2] = [
    "built/kernel-amd64-6.12.107-000000000000/vmlinuz",
    "built/kernel-amd64-6.12.107-000000000000.log",
];
const OLD_RUNS: [&str; 2] = [
    "runs/2026-01-01-001/results.json",
    "runs/2026-01-03-001.going/results.json",
];
const KEPT: [&str; 5] = [
    "runs/2026-01-02-001/results.json",
    "debs/lock",
    "debs/partial/x.deb",
    "unpacked/emulators.lock",
    "built/kernel-amd64-6.12.107-000000000000.lock",
];

fn clean(cache: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_eoi"));
    command
        .args(["lab", "clean"])
        .args(arguments)
        .env("XDG_CACHE_HOME", cache);
    command.output().expect("eoi runs")
}

fn cleaned(cache: &Path, arguments: &[&str]) -> String {
    let output = clean(cache, arguments);
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("text")
}

/// Makes all of these files; which of them are left is asked with [`left`].
fn fill(cache: &Path) -> Vec<&'static str> {
    let all = [&NEEDLESS[..], &BUILT, &OLD_RUNS, &KEPT].concat();
    for file in &all {
        let file = cache.join(file);
        fs::create_dir_all(file.parent().expect("a directory")).expect("made");
        fs::write(file, "x".repeat(1024)).expect("written");
    }
    all
}

fn left(cache: &Path, all: &[&'static str]) -> Vec<&'static str> {
    all.iter()
        .copied()
        .filter(|file| cache.join(file).exists())
        .collect()
}

#[test]
fn what_nobody_asks_for_is_removed_and_nothing_else() {
    let directory = tempfile::tempdir().expect("a directory");
    let cache = directory.path().join("eoi");
    let all = fill(&cache);
    let said = cleaned(directory.path(), &["--dry-run", "--built", "--runs"]);
    assert_eq!(left(&cache, &all), all, "{said}");
    assert!(
        said.contains("would remove unpacked/emulators-000000000000 (1.00 KiB)"),
        "{said}"
    );
    assert!(said.contains("would remove 8.00 KiB in "), "{said}");
    cleaned(directory.path(), &[]);
    assert_eq!(left(&cache, &all), [&BUILT[..], &OLD_RUNS, &KEPT].concat());
    let said = cleaned(directory.path(), &["--built", "--runs"]);
    assert_eq!(left(&cache, &all), KEPT, "{said}");
}

#[test]
fn a_build_that_goes_on_keeps_its_lock_and_its_files() {
    let directory = tempfile::tempdir().expect("a directory");
    let cache = directory.path().join("eoi");
    let all = fill(&cache);
    // The state of a make that was left behind by an eoi that was killed.
    let lock =
        File::open(cache.join("built/kernel-amd64-6.12.107-000000000000.lock")).expect("the lock");
    lock.lock().expect("it is free");
    let output = clean(directory.path(), &["--built", "--runs"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stderr).contains("something is being built"));
    assert_eq!(left(&cache, &all), all, "nothing at all is removed");
    drop(lock);
    cleaned(directory.path(), &["--built"]);
    assert!(left(&cache, &all).iter().all(|file| !BUILT.contains(file)));
}

/// Starts a run whose emulator stays, and waits until it is there.
fn running(directory: &Path) -> std::process::Child {
    let emulator = directory.join("qemu-system-x86_64");
    let version = "[ \"$*\" = --version ] && { echo QEMU emulator version 0.fake; exit 0; }";
    let started = directory.join("started");
    fs::write(
        &emulator,
        format!(
            "#!/bin/sh\n{version}\ntouch {}\nexec sleep 600\n",
            started.display()
        ),
    )
    .expect("a script");
    fs::set_permissions(&emulator, fs::Permissions::from_mode(0o755)).expect("a program");
    let (image, modules) = (directory.join("bzImage"), directory.join("modules"));
    fs::write(&image, "x").expect("a file");
    fs::create_dir(&modules).expect("a directory");
    let mut command = Command::new(env!("CARGO_BIN_EXE_eoi"));
    command
        .args([
            "lab",
            "run",
            "--machine",
            "q35-ioapic",
            "--case",
            "clear-unmask",
        ])
        .arg("--qemu")
        .arg(directory);
    command
        .arg("--kernel")
        .arg(&image)
        .arg("--modules")
        .arg(&modules)
        .arg("--program")
        .arg(&image);
    command
        .env("XDG_CACHE_HOME", directory)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let run = command.spawn().expect("eoi runs");
    let start = Instant::now();
    while !started.exists() && start.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(started.exists(), "the emulator was not started");
    run
}

#[test]
fn a_run_that_goes_on_loses_nothing() {
    let directory = tempfile::tempdir().expect("a directory");
    let cache = directory.path().join("eoi");
    let all = fill(&cache);
    let mut run = running(directory.path());
    // A later one, so that the one that goes on is not the last.
    fs::create_dir_all(cache.join("runs/9999-01-01-001")).expect("made");
    let output = clean(directory.path(), &["--built", "--runs"]);
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(3), "{words}");
    assert!(
        words.contains("another eoi uses") && words.contains("nothing was removed"),
        "{words}"
    );
    let runs = || fs::read_dir(cache.join("runs")).expect("runs").count();
    assert_eq!((left(&cache, &all), runs()), (all.clone(), 5));
    cleaned(directory.path(), &["--dry-run", "--built", "--runs"]);
    Command::new("kill")
        .arg(run.id().to_string())
        .status()
        .expect("kill");
    run.wait().expect("it ends");
    cleaned(directory.path(), &["--built", "--runs"]);
    assert_eq!(runs(), 1, "the last");
}
