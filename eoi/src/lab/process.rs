//! The programs that the lab starts: they end with the lab, and at ^C.

use std::io::Read;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use rustix::process::{Pid, Signal, kill_process_group};

use crate::error::CannotTell;

/// Set by ^C: every running program is stopped, and none is started.
static STOP: AtomicBool = AtomicBool::new(false);

/// The process groups of the programs that run.
static GROUPS: Mutex<Vec<Pid>> = Mutex::new(Vec::new());

/// How often a running program is looked at.
pub const LOOK: Duration = Duration::from_millis(20);

/// Stops everything at ^C or a termination signal.
///
/// # Errors
/// The handler cannot be installed.
pub fn stop_at_signals() -> Result<()> {
    ctrlc::set_handler(|| {
        if STOP.swap(true, Ordering::SeqCst) {
            // Asked twice: nobody waits for a program that takes its time to end. The list is kept locked, so that none
            // starts now.
            let groups = GROUPS.lock().unwrap_or_else(PoisonError::into_inner);
            groups.iter().for_each(|&group| kill(group));
            std::process::exit(130);
        }
    })
    .context("cannot catch ^C")
}

/// Whether to stop.
#[must_use]
pub fn stopped() -> bool {
    STOP.load(Ordering::SeqCst)
}

/// An error once we were asked to stop; `doing` says what was not finished, as "unpacking the toolchain".
///
/// # Errors
/// [`CannotTell`]: the question is open.
pub fn unless_stopped(doing: &str) -> Result<()> {
    if stopped() {
        Err(CannotTell(format!("stopped while {doing}")).into())
    } else {
        Ok(())
    }
}

/// A program with a process group of its own, since it may be a script whose child does the work, and since ^C at the terminal
/// is ours to handle. The whole group is killed when this goes out of scope.
pub struct Guard {
    /// The program.
    pub child: Child,
    group: Pid,
}

impl Guard {
    /// Starts the program.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn start(command: &mut Command) -> Result<Self> {
        let mut groups = GROUPS.lock().unwrap_or_else(PoisonError::into_inner);
        let started = command.process_group(0).spawn();
        let child =
            started.with_context(|| format!("cannot start {}", command.get_program().display()))?;
        let group = Pid::from_child(&child);
        groups.push(group);
        Ok(Self { child, group })
    }

    /// Waits for the program's end, but not longer than `longest`; `None` if it still runs then.
    ///
    /// # Errors
    /// We were stopped meanwhile; the program is killed.
    pub fn wait(&mut self, longest: Duration, doing: &str) -> Result<Option<ExitStatus>> {
        let start = Instant::now();
        loop {
            if let Some(status) = self
                .child
                .try_wait()
                .with_context(|| format!("cannot wait while {doing}"))?
            {
                return Ok(Some(status));
            }
            if let Err(stop) = unless_stopped(doing) {
                kill(self.group);
                return Err(stop);
            }
            if start.elapsed() > longest {
                return Ok(None);
            }
            sleep(LOOK);
        }
    }

    /// The status with which the program ends, and what it prints where that is a pipe.
    ///
    /// # Errors
    /// We were stopped meanwhile; the program is killed.
    pub fn output(mut self, doing: &str) -> Result<Output> {
        let (mut stdout, mut stderr) = (self.child.stdout.take(), self.child.stderr.take());
        scope(|scope| {
            let stdout = scope.spawn(|| read(stdout.as_mut()));
            let stderr = scope.spawn(|| read(stderr.as_mut()));
            let ended = self.wait(Duration::MAX, doing);
            drop(self); // whoever is left of its group holds the pipes open
            let [stdout, stderr] = [stdout, stderr].map(|reader| reader.join().unwrap_or_default());
            let status = ended?.context("a program that is waited for without end has ended")?;
            Ok(Output {
                status,
                stdout,
                stderr,
            })
        })
    }
}

/// Everything that comes out of a pipe, up to where it cannot be read.
fn read(pipe: Option<&mut impl Read>) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(pipe) = pipe {
        let _ = pipe.read_to_end(&mut bytes); // what was read until then is kept
    }
    bytes
}

impl Drop for Guard {
    fn drop(&mut self) {
        kill(self.group);
        GROUPS
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|group| *group != self.group);
        let _ = self.child.wait();
    }
}

/// A group whose leader is gone keeps its number for as long as somebody is in it; without anybody there is nothing to kill.
fn kill(group: Pid) {
    let _ = kill_process_group(group, Signal::KILL);
}

/// Runs a command to its end.
///
/// # Errors
/// It cannot be started, or we were stopped meanwhile.
pub fn output(command: &Command, doing: &str) -> Result<Output> {
    let mut command = dies_with_us(command);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    Guard::start(&mut command)?.output(doing)
}

/// `setpriv --pdeathsig`, where there is one: the program dies with us even if we are killed with -9. Its input and outputs have
/// to be set afterwards.
#[must_use]
pub fn dies_with_us(command: &Command) -> Command {
    let setpriv = ["/usr/bin/setpriv", "/bin/setpriv"]
        .into_iter()
        .find(|path| Path::new(path).exists());
    let mut wrapped = match setpriv {
        Some(setpriv) => {
            let mut wrapped = Command::new(setpriv);
            wrapped
                .args(["--pdeathsig", "KILL"])
                .arg(command.get_program());
            wrapped
        }
        None => Command::new(command.get_program()),
    };
    wrapped.args(command.get_args());
    for (key, value) in command.get_envs() {
        match value {
            Some(value) => wrapped.env(key, value),
            None => wrapped.env_remove(key),
        };
    }
    if let Some(directory) = command.get_current_dir() {
        wrapped.current_dir(directory);
    }
    wrapped
}

/// A command for a program that cannot make a file longer than `bytes`, whatever it is sent. The limit is set by a shell, which
/// then becomes the program: between fork and exec nothing else is safe.
#[must_use]
pub fn bounded(program: &str, bytes: u64) -> Command {
    const BLOCK: u64 = 512; // of POSIX's `ulimit -f`
    let mut command = Command::new("/bin/sh");
    command.args([
        "-c",
        "ulimit -f \"$0\" 2>/dev/null; exec \"$@\"",
        &bytes.div_ceil(BLOCK).to_string(),
        program,
    ]);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_waited_for_and_what_it_printed_is_kept() {
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", "echo $WORD; echo wrong >&2; sleep 600 & exit 3"])
            .env("WORD", "right");
        let start = Instant::now();
        let ended = output(&command, "trying").expect("it runs");
        assert!(
            start.elapsed() < Duration::from_secs(60),
            "a child that it left behind is not waited for"
        );
        assert_eq!(
            (ended.status.code(), &ended.stdout[..], &ended.stderr[..]),
            (Some(3), &b"right\n"[..], &b"wrong\n"[..])
        );
    }

    #[test]
    fn a_bounded_program_makes_no_longer_file() {
        let directory = tempfile::tempdir().expect("a directory");
        let file = directory.path().join("file");
        for (bytes, whole) in [(1_000_000, true), (2_000_000, false)] {
            let mut command = bounded("/usr/bin/head", 1_000_448);
            command.args(["-c", &bytes.to_string(), "/dev/zero"]);
            command
                .stdout(std::fs::File::create(&file).expect("a file"))
                .stderr(Stdio::null());
            assert_eq!(command.status().expect("it runs").success(), whole);
            assert!(file.metadata().expect("a file").len() <= 1_000_448);
        }
    }
}
