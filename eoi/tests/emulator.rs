//! The lab with an emulator that is a script, asked twice to end; and the lab without an archive.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

fn lab(cache: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_eoi"));
    command
        .arg("lab")
        .args(arguments)
        .env("XDG_CACHE_HOME", cache);
    command
}

fn within(longest: Duration, is: impl Fn() -> bool) -> bool {
    let start = Instant::now();
    while !is() && start.elapsed() < longest {
        std::thread::sleep(Duration::from_millis(20));
    }
    is()
}

/// A script that starts the emulator as its child and writes the child's number to `pid`.
fn wrapper(directory: &Path) {
    let path = directory.join("qemu-system-x86_64");
    let version = "[ \"$*\" = --version ] && { echo QEMU emulator version 0.fake; exit 0; }";
    let pid = directory.join("pid");
    let script = format!(
        "#!/bin/sh\n{version}\nsleep 600 &\necho $! > {0}.new; mv {0}.new {0}\nwait\n",
        pid.display()
    );
    fs::write(&path, script).expect("a script");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("a program");
    fs::create_dir(directory.join("modules")).expect("a directory");
    for file in ["bzImage", "program"] {
        fs::write(directory.join(file), "x").expect("a file");
    }
}

#[test]
fn who_asks_twice_leaves_no_child_of_a_wrapper_behind() {
    for signals in 1..=2 {
        let directory = tempfile::tempdir().expect("a directory");
        wrapper(directory.path());
        let mut command = lab(
            directory.path(),
            &["run", "--machine", "q35-ioapic", "--case", "clear-unmask"],
        );
        for (option, file) in [
            ("--qemu", ""),
            ("--kernel", "bzImage"),
            ("--modules", "modules"),
            ("--program", "program"),
        ] {
            command.arg(option).arg(directory.path().join(file));
        }
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("eoi runs");
        let file = directory.path().join("pid");
        assert!(
            within(Duration::from_secs(60), || file.exists()),
            "the emulator was not started"
        );
        for _ in 0..signals {
            let id = child.id().to_string();
            let _ = Command::new("kill")
                .args(["-TERM", &id])
                .status()
                .expect("kill"); // it may be gone the second time
        }
        let status = child.wait().expect("it ends");
        // The second one may come when the first one has done its work.
        assert!(
            matches!((signals, status.code()), (_, Some(3)) | (2, Some(130))),
            "{status}"
        );
        let stat = format!(
            "/proc/{}/stat",
            fs::read_to_string(file).expect("a number").trim()
        );
        let gone = || fs::read_to_string(&stat).map_or(true, |stat| stat.contains(") Z "));
        assert!(
            within(Duration::from_secs(10), gone),
            "{signals}: the wrapper's child lives on"
        );
    }
}

#[test]
fn without_an_archive_both_verbs_cannot_tell_and_say_how_to_do_without() {
    let directory = tempfile::tempdir().expect("a directory");
    for verb in ["fetch", "run"] {
        let arguments = [verb, "--quick", "--mirror", "file:/nonexistent"];
        let output = lab(directory.path(), &arguments)
            .output()
            .expect("eoi runs");
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(3), "{words}");
        assert!(
            words.contains("--qemu DIR, --kernel FILE, --modules DIR, --program FILE"),
            "{words}"
        );
        assert!(
            words.lines().count() == 1 && !words.contains("dropped"),
            "{words}"
        );
    }
}
