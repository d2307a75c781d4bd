//! The programs that the lab starts: they end with the lab, and at ^C.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result};
use rustix::process::{Pid, Signal, kill_process_group};

/// Set by ^C: every running program is stopped, and none is started.
static STOP: AtomicBool = AtomicBool::new(false);

/// The process groups of the programs that run.
static GROUPS: Mutex<Vec<Pid>> = Mutex::new(Vec::new());

/// Stops everything at ^C or a termination signal.
///
/// # Errors
/// The handler cannot be installed.
pub fn stop_at_signals() -> Result<()> {
    ctrlc::set_handler(|| {
        if STOP.swap(true, Ordering::SeqCst) {
            // Asked twice: what is being fetched or built goes on from where it was. The lock is kept, so that none starts now.
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

/// A program with a process group of its own, since it may be a script whose child does the work. The whole group is killed
/// when this goes out of scope.
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
        let child = started.with_context(|| format!("cannot start {}", command.get_program().display()))?;
        let group = Pid::from_child(&child);
        groups.push(group);
        Ok(Self { child, group })
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        kill(self.group);
        GROUPS.lock().unwrap_or_else(PoisonError::into_inner).retain(|group| *group != self.group);
        let _ = self.child.wait();
    }
}

/// A group whose leader is gone keeps its number for as long as somebody is in it; without anybody there is nothing to kill.
fn kill(group: Pid) {
    let _ = kill_process_group(group, Signal::KILL);
}

/// `setpriv --pdeathsig`, where there is one: the program dies with us even if we are killed with -9.
#[must_use]
pub fn dies_with_us(command: &Command) -> Command {
    let setpriv = ["/usr/bin/setpriv", "/bin/setpriv"].into_iter().find(|path| Path::new(path).exists());
    let mut wrapped = match setpriv {
        Some(setpriv) => {
            let mut wrapped = Command::new(setpriv);
            wrapped.args(["--pdeathsig", "KILL"]).arg(command.get_program());
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
    wrapped
}
