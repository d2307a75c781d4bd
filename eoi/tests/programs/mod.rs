//! Tests that ask another program: one that is not installed makes an ignored test with the reason, never a passed one.

use std::process::{Command, ExitCode, Stdio};

use libtest_mimic::{Arguments, Completion, Trial};

/// A test that needs no other program.
#[allow(dead_code, reason = "some tests all ask another program")]
pub fn trial(name: &str, test: fn()) -> Trial {
    Trial::test(name, move || {
        test();
        Ok(())
    })
}

/// A test that needs a program, which is installed if it starts.
pub fn trial_with(program: &'static str, name: &str, test: fn()) -> Trial {
    Trial::ignorable_test(name, move || {
        let found = Command::new(program)
            .arg("--version")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        if found.is_err() {
            return Ok(Completion::ignored_with(format!(
                "{program} is not installed"
            )));
        }
        test();
        Ok(Completion::Completed)
    })
}

/// Runs the tests that the command line asks for.
pub fn run(tests: Vec<Trial>) -> ExitCode {
    libtest_mimic::run(&Arguments::from_args(), tests).exit_code()
}
