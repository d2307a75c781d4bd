//! A run that is interrupted or killed, or whose reader or disk is gone: what is left running, and what is kept.

use std::fs;
use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use eoi::lab::results::Results;

use super::Fake;

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
