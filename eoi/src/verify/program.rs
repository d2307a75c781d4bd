//! The program that has the kernel's C in it, and the pipe to it.
//!
//! It may be dead or mean harm: every answer has a time limit and a bound on its size, and a program that does not keep to
//! them is an error. A request is shorter than a pipe takes and waits for its answer, so that writing never blocks.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use super::answer::{Expansion, State, Told};
use crate::error::{CannotTell, cannot_tell};
use crate::lab::process::{Guard, dies_with_us};
use crate::terminal::shown;

/// The version of the protocol that is spoken here.
const GREETING: &str = "kernel-c 1";
/// How long an answer may take.
const LIMIT: Duration = Duration::from_secs(20);
/// Bytes that a line may have.
const LINE: u64 = 1 << 16;
/// Lines that an answer may have.
const LINES: usize = 1 << 16;
/// Bytes that a request may have; a pipe takes 64 KiB.
const REQUEST: usize = 1 << 12;
/// Lines that are read ahead.
const AHEAD: usize = 1024;

/// A running program.
pub struct Program {
    _guard: Guard,
    stdin: ChildStdin,
    lines: Receiver<std::io::Result<String>>,
    limit: Duration,
}

/// The program's own words about itself.
#[derive(Clone, Debug, Default)]
pub struct Greeting {
    /// The controller whose driver it has.
    pub chip: String,
    /// The events that it knows, by the model's names.
    pub events: Vec<String>,
}

impl Program {
    /// Starts the program in this file.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn start(file: &Path) -> Result<Self> {
        Self::of(&Command::new(file), LIMIT)
    }

    pub(super) fn of(command: &Command, limit: Duration) -> Result<Self> {
        let mut command = dies_with_us(command);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut guard = Guard::start(&mut command)?;
        let stdin = guard.child.stdin.take().context("it has no input")?;
        let stdout = guard.child.stdout.take().context("it has no output")?;
        let (sender, lines) = sync_channel(AHEAD);
        thread::spawn(move || {
            let mut reader = BufReader::new(stdout);
            while let Some(line) = line(&mut reader) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Ok(Self {
            _guard: guard,
            stdin,
            lines,
            limit,
        })
    }

    /// Asks, and returns the lines of the answer.
    ///
    /// # Errors
    /// ([`CannotTell`]) It refuses, is dead, takes too long or says too much.
    pub fn ask(&mut self, request: &str) -> Result<Vec<String>> {
        self.answer(request).map_err(|error| {
            let asked = request.get(..40).unwrap_or(request);
            cannot_tell(&error.context(format!("the kernel's C, asked '{asked}'")))
        })
    }

    fn answer(&mut self, request: &str) -> Result<Vec<String>> {
        ensure!(
            request.len() < REQUEST && !request.contains('\n'),
            "the request is too long"
        );
        writeln!(self.stdin, "{request}").context("it is dead")?;
        let deadline = Instant::now() + self.limit;
        let mut answer = Vec::new();
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let line = match self.lines.recv_timeout(left) {
                Ok(line) => line.context("its answer cannot be read")?,
                Err(RecvTimeoutError::Timeout) => {
                    bail!("no answer within {} s", self.limit.as_secs())
                }
                Err(RecvTimeoutError::Disconnected) => bail!("it ended without an answer"),
            };
            if line == "." {
                return Ok(answer);
            }
            if let Some(why) = line.strip_prefix("error ") {
                bail!("{}", shown(why));
            }
            ensure!(answer.len() < LINES, "its answer has no end");
            answer.push(line);
        }
    }

    /// The program's own words about itself.
    ///
    /// # Errors
    /// It speaks another protocol.
    pub fn greet(&mut self) -> Result<Greeting> {
        let mut greeting = Greeting::default();
        let lines = self.ask("hello")?;
        if lines.first().map(String::as_str) != Some(GREETING) {
            return Err(CannotTell(format!("the program does not say '{GREETING}'")).into());
        }
        for line in &lines[1..] {
            match line.split_once(' ') {
                Some(("chip", chip)) => greeting.chip = chip.to_string(),
                Some(("event", event)) => greeting.events.push(event.to_string()),
                _ => {}
            }
        }
        Ok(greeting)
    }

    /// Sets up what was described, and returns the first state.
    ///
    /// # Errors
    /// It cannot.
    pub fn begin(&mut self) -> Result<State> {
        State::parse(&self.ask("begin")?).map_err(|error| cannot_tell(&error))
    }

    /// Every step from a state.
    ///
    /// # Errors
    /// It cannot tell, or answers nonsense.
    pub fn expand(&mut self, state: usize) -> Result<Expansion> {
        Expansion::parse(&self.ask(&format!("expand {state}"))?)
            .map_err(|error| cannot_tell(&error))
    }

    /// One step from a state, with every function that ran.
    ///
    /// # Errors
    /// Those of [`Program::expand`].
    pub fn tell(&mut self, state: usize, event: &str) -> Result<Told> {
        Ok(Told::parse(&self.ask(&format!("tell {state} {event}"))?))
    }
}

/// The next line, without its end; nothing at the end of the input.
fn line(reader: &mut impl BufRead) -> Option<std::io::Result<String>> {
    let mut line = String::new();
    match reader.by_ref().take(LINE).read_line(&mut line) {
        Ok(0) => None,
        Ok(_) if line.ends_with('\n') => {
            line.pop();
            Some(Ok(line))
        }
        Ok(_) => Some(Err(std::io::Error::other("a line has no end"))),
        Err(error) => Some(Err(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(script: &str) -> Program {
        let mut shell = Command::new("sh");
        shell.args(["-c", script]);
        Program::of(&shell, Duration::from_millis(500)).expect("a shell")
    }

    fn refused(script: &str) -> String {
        let error = program(script).ask("hello").expect_err("an error");
        assert!(error.is::<CannotTell>(), "{error:#}");
        format!("{error:#}")
    }

    #[test]
    fn an_answer_ends_with_a_dot() {
        let mut program = program("while read line; do echo \"<$line>\"; echo .; done");
        assert_eq!(program.ask("one").expect("an answer"), ["<one>"]);
        assert_eq!(program.ask("two").expect("an answer"), ["<two>"]);
    }

    #[test]
    fn a_program_that_is_dead_or_means_harm_is_an_error_and_no_hang() {
        assert!(refused("read line; exit 1").contains("it ended without an answer"));
        assert!(refused("read line; echo one; exec sleep 60").contains("no answer within"));
        assert!(refused("read line; exec yes").contains("no end"));
        assert!(refused("read line; exec tr '\\0' x < /dev/zero").contains("a line has no end"));
        assert!(refused("read line; printf '\\377\\n.\\n'").contains("cannot be read"));
        let escape = refused("read line; printf 'error a\\033[2Jb\\n.\\n'");
        assert!(!escape.contains('\u{1b}'), "{escape:?}");
    }
}
