//! Commands that take a while: output in a log, the last line as progress, stopped at ^C.

use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, ExitStatus};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use indicatif::{ProgressBar, ProgressStyle};

use crate::lab::process::stopped;

/// How often a running command is looked at.
const LOOK: Duration = Duration::from_millis(50);
/// How long a command may take to end after it was told to.
const GRACE: Duration = Duration::from_secs(5);
/// Lines of the log that an error quotes.
const QUOTED: usize = 6;

/// A command that does not outlive us.
struct Running(Child);

impl Running {
    /// `make` ends its children when it is told to end, and could not if it were killed.
    fn stop(&mut self) {
        let _ = Command::new("kill")
            .args(["-TERM", &self.0.id().to_string()])
            .status();
        let last = Instant::now() + GRACE;
        while Instant::now() < last && matches!(self.0.try_wait(), Ok(None)) {
            sleep(LOOK);
        }
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if matches!(self.0.try_wait(), Ok(None)) {
            self.stop();
        }
    }
}

/// Runs a command; what it says goes to the end of the log. It holds the lock as well, see [`super::place::hold`].
///
/// # Errors
/// It cannot be started, fails, or is stopped. The error quotes the log and names it.
pub(super) fn run(command: &mut Command, what: &str, log: &Path, held: &File) -> Result<()> {
    let tried = format!(
        "{what}: cannot run {}",
        command.get_program().to_string_lossy()
    );
    let start = log.metadata().map_or(0, |found| found.len());
    let mut file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(log)
        .with_context(|| format!("cannot write {}", log.display()))?;
    let words: Vec<_> = std::iter::once(command.get_program())
        .chain(command.get_args())
        .collect();
    writeln!(file, "$ {}", words.join(OsStr::new(" ")).display())?;
    let errors = file.try_clone()?;
    let child = command
        .stdin(held.try_clone()?)
        .stdout(file)
        .stderr(errors)
        .spawn()
        .context(tried)?;
    let status = attend(Running(child), what, log)?;
    if status.success() {
        return Ok(());
    }
    bail!(
        "{what} failed, {status}:\n{}\nthe whole log is {}",
        complaint(&tail(log, start)),
        log.display()
    )
}

/// Waits for the end and shows how far it is, on a terminal only.
fn attend(mut running: Running, what: &str, log: &Path) -> Result<ExitStatus> {
    let style = ProgressStyle::with_template("{spinner} {prefix}, {elapsed}: {wide_msg}")
        .unwrap_or_else(|_| ProgressStyle::default_spinner());
    let bar = ProgressBar::new_spinner()
        .with_style(style)
        .with_prefix(what.to_string());
    let mut reader = File::open(log).with_context(|| format!("cannot read {}", log.display()))?;
    loop {
        if let Some(status) = running
            .0
            .try_wait()
            .with_context(|| format!("{what}: cannot wait for it"))?
        {
            bar.finish_and_clear();
            return Ok(status);
        }
        if stopped() {
            bar.finish_and_clear();
            running.stop();
            bail!("{what} was stopped");
        }
        let mut new = Vec::new();
        reader.read_to_end(&mut new)?;
        if let Some(line) = String::from_utf8_lossy(&new).lines().next_back() {
            bar.set_message(line.trim().to_string());
        }
        bar.tick();
        sleep(LOOK);
    }
}

fn tail(log: &Path, start: u64) -> String {
    let bytes = std::fs::read(log).unwrap_or_default();
    String::from_utf8_lossy(bytes.get(start as usize..).unwrap_or_default()).into_owned()
}

/// The first lines that say what is wrong, else the last ones.
fn complaint(said: &str) -> String {
    let wrong = [
        "error",
        "Error",
        "cannot",
        "No space",
        "undefined",
        "FAILED",
        "not found",
        "malformed",
    ];
    let lines: Vec<&str> = said
        .lines()
        .filter(|line| !line.starts_with("$ ") && !line.starts_with("make"))
        .collect();
    let says = |line: &&&str| wrong.iter().any(|word| line.contains(word));
    let first: Vec<&str> = lines.iter().filter(says).take(QUOTED).copied().collect();
    let quoted = if first.is_empty() {
        lines[lines.len().saturating_sub(QUOTED)..].to_vec()
    } else {
        first
    };
    quoted
        .iter()
        .map(|line| format!("  {line}"))
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(script: &str) -> (Result<()>, String) {
        let directory = tempfile::tempdir().expect("a directory");
        let log = directory.path().join("log");
        std::fs::write(&log, "error: of another time\n").expect("a log");
        let lock = File::create(directory.path().join("lock")).expect("a lock");
        let result = run(
            Command::new("sh").args(["-c", script]),
            "trying",
            &log,
            &lock,
        );
        (result, std::fs::read_to_string(&log).expect("the log"))
    }

    #[test]
    fn what_a_command_says_is_kept() {
        let (result, log) = said("echo one; echo two >&2");
        assert!(result.is_ok() && log.ends_with("one\ntwo\n"), "{log}");
    }

    #[test]
    fn a_command_holds_the_lock_and_has_no_input() {
        let directory = tempfile::tempdir().expect("a directory");
        let (lock, log) = (directory.path().join("lock"), directory.path().join("log"));
        let held = super::super::place::hold(&lock).expect("the lock");
        let left_behind = "cat; exec 3<&0; sleep 0.5 &"; // as make would be if we were killed
        run(
            Command::new("sh").args(["-c", left_behind]),
            "leaving",
            &log,
            &held,
        )
        .expect("an end");
        drop(held);
        let other = File::open(&lock).expect("the lock");
        assert!(
            other.try_lock().is_err(),
            "the lock is free while a child lives"
        );
        other.lock().expect("the lock, after the child");
    }

    #[test]
    fn an_error_quotes_what_was_wrong_this_time() {
        let (result, _) =
            said("echo CC x.o; echo 'x.c:1: error: no'; echo 'make: *** Error 1'; exit 2");
        let words = format!("{:#}", result.expect_err("a failure"));
        assert!(
            words.contains("trying failed, exit status: 2:\n  x.c:1: error: no\nthe whole log is"),
            "{words}"
        );
        let words = format!(
            "{:#}",
            said("echo a; echo b; exit 1").0.expect_err("a failure")
        );
        assert!(words.contains(":\n  a\n  b\nthe"), "{words}");
    }
}
