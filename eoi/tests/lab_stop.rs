//! The lab while it waits, fetches or builds: ^C ends it with status 3, and nothing that it started outlives it.

use std::fs::{self, File};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

fn within(seconds: u64, is: impl Fn() -> bool) -> bool {
    let start = Instant::now();
    while !is() && start.elapsed() < Duration::from_secs(seconds) {
        std::thread::sleep(Duration::from_millis(20));
    }
    is()
}

/// Starts `eoi lab` with its cache here and its words in the file `said`.
fn start(directory: &Path, arguments: &[&str], path: Option<&Path>) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_eoi"));
    command
        .arg("lab")
        .args(arguments)
        .current_dir(directory)
        .env("XDG_CACHE_HOME", directory);
    if let Some(path) = path {
        command.env(
            "PATH",
            format!(
                "{}:{}",
                path.display(),
                std::env::var("PATH").expect("a path")
            ),
        );
    }
    command
        .stdout(Stdio::null())
        .stderr(File::create(directory.join("said")).expect("a file"));
    command.spawn().expect("eoi runs")
}

fn said(directory: &Path) -> String {
    fs::read_to_string(directory.join("said")).expect("a file")
}

/// Sends ^C; the status has to come soon.
fn interrupted(child: &mut Child) -> Option<i32> {
    let sent = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .expect("kill");
    assert!(sent.success());
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().expect("a status") {
            return status.code();
        }
        if start.elapsed() > Duration::from_secs(20) {
            child.kill().expect("killed");
            child.wait().expect("it ends");
            return None;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A lock with one package in the set `source-6.12`.
fn lock(directory: &Path) {
    let package = serde_json::json!({
        "name": "probe", "version": "1", "arch": "all", "path": "pool/probe_1_all.deb", "size": 1000, "sha256": "00".repeat(32),
    });
    let lock = serde_json::json!({ "schema": "eoi.lock/1", "date": "2026-11-22", "sets": { "source-6.12": [package] } });
    fs::write(directory.join("lock.json"), lock.to_string()).expect("written");
}

/// The processes that have these words in their command line.
fn processes(words: &str) -> Vec<String> {
    let all = fs::read_dir("/proc").expect("/proc").flatten();
    let line = |entry: fs::DirEntry| fs::read(entry.path().join("cmdline")).ok();
    let lines = all
        .filter_map(line)
        .map(|line| String::from_utf8_lossy(&line).replace('\0', " "));
    lines.filter(|line| line.contains(words)).collect()
}

#[test]
fn waiting_for_another_eoi_can_be_stopped() {
    let directory = tempfile::tempdir().expect("a directory");
    fs::create_dir(directory.path().join("eoi")).expect("a cache");
    let held = File::create(directory.path().join("eoi/in-use")).expect("a file");
    held.lock().expect("nobody has it");
    lock(directory.path());
    let mut child = start(
        directory.path(),
        &["fetch", "source-6.12", "--lock", "lock.json"],
        None,
    );
    assert!(
        within(20, || said(directory.path())
            .contains("waiting for another eoi")),
        "{}",
        said(directory.path())
    );
    assert_eq!(
        interrupted(&mut child),
        Some(3),
        "{}",
        said(directory.path())
    );
    assert!(
        said(directory.path()).contains("stopped while waiting for another eoi"),
        "{}",
        said(directory.path())
    );
}

/// A mirror that takes requests and never answers.
fn silent() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!(
        "http://{}/debian",
        listener.local_addr().expect("an address")
    );
    (listener, address)
}

#[test]
fn a_fetch_can_be_stopped_and_leaves_no_helper_behind_when_it_is_killed() {
    for kill in [false, true] {
        let directory = tempfile::tempdir().expect("a directory");
        let place = directory.path().display().to_string();
        lock(directory.path());
        let (_listener, mirror) = silent();
        let fetch = [
            "fetch",
            "source-6.12",
            "--lock",
            "lock.json",
            "--keyring",
            "lock.json",
            "--mirror",
            &mirror,
        ];
        let mut child = start(directory.path(), &fetch, None);
        let helpers = || {
            processes(&place)
                .into_iter()
                .filter(|line| line.contains("apt-helper"))
                .count()
        };
        assert!(
            within(20, || helpers() > 0),
            "no helper was started: {}",
            said(directory.path())
        );
        if kill {
            child.kill().expect("killed");
            child.wait().expect("it ends");
        } else {
            assert_eq!(
                interrupted(&mut child),
                Some(3),
                "{}",
                said(directory.path())
            );
        }
        assert!(
            within(10, || helpers() == 0),
            "killed: {kill}: {:?}",
            processes(&place)
        );
    }
}

#[test]
fn building_a_machines_program_can_be_stopped() {
    let directory = tempfile::tempdir().expect("a directory");
    let bin = directory.path().join("bin");
    fs::create_dir(&bin).expect("a directory");
    fs::create_dir(directory.path().join("modules")).expect("a directory");
    fs::write(directory.path().join("bzImage"), "x").expect("a file");
    let started = directory.path().join("started");
    let version = "[ \"$*\" = --version ] && { echo QEMU emulator version 0.fake; exit 0; }";
    let builds = format!(
        "echo $$ > {0}.new; mv {0}.new {0}; exec sleep 600",
        started.display()
    );
    for (name, script) in [
        ("cargo", &*builds),
        ("qemu-system-x86_64", version),
        ("qemu-system-aarch64", version),
    ] {
        fs::write(bin.join(name), format!("#!/bin/sh\n{script}\n")).expect("a script");
        fs::set_permissions(bin.join(name), fs::Permissions::from_mode(0o755)).expect("a program");
    }
    let machine = if cfg!(target_arch = "x86_64") {
        "q35-ioapic"
    } else {
        "arm64-gicv3"
    };
    let run = [
        "run",
        "--machine",
        machine,
        "--case",
        "clear-unmask",
        "--qemu",
        "bin",
        "--kernel",
        "bzImage",
    ];
    let mut child = start(
        directory.path(),
        &[&run[..], &["--modules", "modules"]].concat(),
        Some(&bin),
    );
    assert!(
        within(30, || started.exists()),
        "nothing was built: {}",
        said(directory.path())
    );
    let cargo = fs::read_to_string(&started).expect("a number");
    assert_eq!(
        interrupted(&mut child),
        Some(3),
        "{}",
        said(directory.path())
    );
    let stat = format!("/proc/{}/stat", cargo.trim());
    let gone = || fs::read_to_string(&stat).map_or(true, |stat| stat.contains(") Z "));
    assert!(within(10, gone), "cargo lives on");
}
