//! The demonstration on this host's KVM. Where there is none, or one that cannot be trusted, the test is reported as ignored.

use std::process::{Command, ExitCode};

use libtest_mimic::{Arguments, Completion, Failed, Trial, run};

/// Each cause is served once, and with resample the VMM has nothing to do.
fn every_cause_is_served() -> Result<Completion, Failed> {
    let output = Command::new(env!("CARGO_BIN_EXE_eoi-forward"))
        .args(["demo", "--rounds", "100"])
        .output()?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    match output.status.code() {
        Some(3) => return Ok(Completion::ignored_with(said.trim())),
        status => assert_eq!(status, Some(0), "{said}"),
    }
    let table = String::from_utf8_lossy(&output.stdout).into_owned();
    let rows: Vec<Vec<&str>> = table
        .lines()
        .skip(1)
        .map(|line| line.split_whitespace().collect())
        .collect();
    let calls: Vec<(&str, &str, bool)> = rows
        .iter()
        .map(|row| (row[0], row[2], row[6] == "0.00"))
        .collect();
    assert_eq!(
        calls,
        [
            ("resample", "1", true),
            ("resample", "2", true),
            ("eoi", "1", false),
            ("eoi", "2", false)
        ]
    );
    assert!(
        rows.iter()
            .all(|row| row[3].parse::<u32>().is_ok_and(|taken| taken >= 100)),
        "{table}"
    );
    Ok(Completion::Completed)
}

fn main() -> ExitCode {
    let tests = vec![Trial::ignorable_test(
        "every_cause_is_served",
        every_cause_is_served,
    )];
    run(&Arguments::from_args(), tests).exit_code()
}
