//! The lab without an emulator: what becomes of machines that misbehave, and of what they said.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use eoi::lab::results::Results;
use eoi_lab_protocol::crc;

mod console;
mod ended;
mod parts;

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
