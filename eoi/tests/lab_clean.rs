//! `eoi lab clean` removes what nobody asks for, and nothing else.

use std::fs;
use std::path::Path;
use std::process::Command;

const NEEDLESS: [&str; 3] =
    ["unpacked/emulators-000000000000/usr/bin/qemu", "unpacked/toolchain-111111111111.part/x", "debs/gcc_1_amd64.deb"];
const BUILT: [&str; 2] =
    ["built/kernel-amd64-6.12.107-000000000000/vmlinuz", "built/kernel-amd64-6.12.107-000000000000.log"];
const OLD_RUN: &str = "runs/2026-01-01-001/results.json";
const KEPT: [&str; 4] =
    ["runs/2026-01-02-001/results.json", "debs/lock", "debs/partial/x.deb", "unpacked/emulators.lock"];

fn clean(cache: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_eoi"));
    command.args(["lab", "clean"]).args(arguments).env("XDG_CACHE_HOME", cache);
    let output = command.output().expect("eoi runs");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn what_nobody_asks_for_is_removed_and_nothing_else() {
    let directory = tempfile::tempdir().expect("a directory");
    let cache = directory.path().join("eoi");
    let all = [&NEEDLESS[..], &BUILT, &[OLD_RUN], &KEPT].concat();
    for file in &all {
        let file = cache.join(file);
        fs::create_dir_all(file.parent().expect("a directory")).expect("made");
        fs::write(file, "x".repeat(1024)).expect("written");
    }
    let left = || all.iter().copied().filter(|file| cache.join(file).exists()).collect::<Vec<_>>();
    let said = clean(directory.path(), &["--dry-run", "--built", "--runs"]);
    assert_eq!(left(), all, "{said}");
    assert!(said.contains("would remove unpacked/emulators-000000000000 (1.00 KiB)"), "{said}");
    assert!(said.contains("would remove 6.00 KiB in "), "{said}");
    clean(directory.path(), &[]);
    assert_eq!(left(), [&BUILT[..], &[OLD_RUN], &KEPT].concat());
    let said = clean(directory.path(), &["--built", "--runs"]);
    assert_eq!(left(), KEPT, "{said}");
}
