//! An emulator: started, listened to, and never left behind.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use eoi_lab_protocol::{Reader, Said};

use super::process::{Guard, dies_with_us, unless_stopped};
use super::protocol::Session;

/// Bytes of console output after which an emulator is stopped: far more than the longest run prints.
const MOST_OUTPUT: u64 = 64 << 20;
/// How long an emulator may take to end after its console is closed.
const LAST: Duration = Duration::from_secs(20);
/// How a kernel that panics begins to say so (`panic` of kernel/panic.c, Linux 6.12).
const PANIC: &str = "Kernel panic - not syncing";
/// Lines of other output that are kept for an error message.
const LAST_WORDS: usize = 12;

/// An emulator that is to be run, with its kernel.
pub struct Boot<'a> {
    /// The emulator, with its arguments so far.
    pub command: Command,
    /// The kernel.
    pub kernel: &'a Path,
    /// The initial RAM disk.
    pub initrd: &'a Path,
    /// The kernel's command line.
    pub append: String,
    /// Where everything that the console says is kept.
    pub log: PathBuf,
    /// How long the console may say nothing.
    pub silence: Duration,
    /// How long all of it may take.
    pub total: Duration,
}

/// Runs a machine until it powers off. `session` then has everything that was heard, also if the run failed.
///
/// # Errors
/// An emulator that cannot be started, hangs, dies, or prints what the protocol does not have; with its own last words, all of
/// which are in a file beside the log.
pub fn run(boot: &Boot<'_>, session: &mut Session) -> Result<()> {
    let errors = boot.log.with_extension("stderr");
    listen(boot, &errors, session).map_err(|error| match last_line(&errors) {
        Some(line) => error.context(format!("the emulator says '{line}'")),
        None => error,
    })
}

/// The last line of a file that says something, or of its first bytes: a file may have no lines.
fn last_line(file: &Path) -> Option<String> {
    let mut bytes = Vec::new();
    File::open(file)
        .ok()?
        .take(1 << 16)
        .read_to_end(&mut bytes)
        .ok()?;
    let text = String::from_utf8_lossy(&bytes);
    text.lines()
        .rev()
        .map(str::trim)
        .find(|line| !line.is_empty())
        .map(|line| line.chars().take(200).collect())
}

fn listen(boot: &Boot<'_>, errors: &Path, session: &mut Session) -> Result<()> {
    let mut log = File::create(&boot.log).context("cannot write the log")?;
    let mut emulator = start(boot, errors, &mut log)?;
    let output = emulator.child.stdout.take().context("no console")?;
    let (lines, heard) = mpsc::sync_channel(1024);
    std::thread::spawn(move || read_lines(output, &lines));
    hear(boot, errors, &heard, &mut log, session)?;
    let status = emulator
        .wait(LAST, "the emulator ended")?
        .context("the emulator closed its console and stayed")?;
    if let Some(fatal) = &session.fatal {
        bail!("the guest's program gave up: {fatal}");
    }
    if !session.bye {
        bail!(
            "the machine ended before it was done ({status}); {}",
            words(session)
        );
    }
    Ok(())
}

/// Starts the emulator, whose complaints go to the file `errors`.
fn start(boot: &Boot<'_>, errors: &Path, log: &mut File) -> Result<Guard> {
    let mut command = dies_with_us(&boot.command);
    command.args([
        "-display",
        "none",
        "-serial",
        "stdio",
        "-monitor",
        "none",
        "-no-reboot",
    ]);
    command
        .arg("-kernel")
        .arg(boot.kernel)
        .arg("-initrd")
        .arg(boot.initrd)
        .args(["-append", &boot.append]);
    writeln!(log, "{command:?}")?;
    let said =
        File::create(errors).with_context(|| format!("cannot write {}", errors.display()))?;
    Guard::start(
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(said),
    )
}

/// Takes in the lines of the console until it is closed.
fn hear(
    boot: &Boot<'_>,
    errors: &Path,
    heard: &Receiver<String>,
    log: &mut File,
    session: &mut Session,
) -> Result<()> {
    let mut reader = Reader::default();
    let (start, mut last, mut bytes) = (Instant::now(), Instant::now(), 0u64);
    loop {
        unless_stopped("a machine ran")?;
        match heard.recv_timeout(Duration::from_millis(100)) {
            Ok(line) => {
                last = Instant::now();
                bytes += line.len() as u64 + 1;
                writeln!(log, "{line}").context("cannot write the log; is the disk full?")?;
                if bytes > MOST_OUTPUT {
                    bail!("the console printed more than {} MiB", MOST_OUTPUT >> 20);
                }
                match reader.read(&line) {
                    Said::Message(message) => session.hear(message)?,
                    Said::Broken(why) => bail!("a line of the protocol is broken, {why}: {line:?}"),
                    Said::Other => remember(session, line),
                }
            }
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
            Err(RecvTimeoutError::Timeout)
                if fs::metadata(errors).is_ok_and(|file| file.len() > MOST_OUTPUT) =>
            {
                bail!(
                    "the emulator complained for more than {} MiB",
                    MOST_OUTPUT >> 20
                );
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
        let case = session
            .cases
            .last()
            .filter(|case| case.end.is_none())
            .map_or("no case", |case| &case.name);
        if last.elapsed() > boot.silence {
            bail!(
                "the machine said nothing for {} s, in {case}; {}",
                boot.silence.as_secs(),
                words(session)
            );
        }
        if start.elapsed() > boot.total {
            bail!(
                "the machine was not done after {} s, in {case}; {}",
                boot.total.as_secs(),
                words(session)
            );
        }
    }
}

fn read_lines(output: impl Read, lines: &mpsc::SyncSender<String>) {
    let mut output = BufReader::new(output);
    let mut line = Vec::new();
    // A console may print anything, and need not end its lines.
    while matches!(output.by_ref().take(1 << 16).read_until(b'\n', &mut line), Ok(read) if read > 0)
    {
        let text = String::from_utf8_lossy(&line)
            .trim_end_matches(['\r', '\n'])
            .to_string();
        line.clear();
        if lines.send(text).is_err() {
            return;
        }
    }
}

/// Takes in a line that is none of the protocol.
fn remember(session: &mut Session, line: String) {
    if let Some(at) = line.find(PANIC).filter(|_| session.panic.is_none()) {
        session.panic = Some(line[at..].trim_end().to_string());
    }
    if !line.trim().is_empty() {
        session.last_words.push(line);
        if session.last_words.len() > LAST_WORDS {
            session.last_words.remove(0);
        }
    }
}

/// Why the machine ended or hung, as far as its console tells. A kernel that panics says more after it: registers, a stack.
fn words(session: &Session) -> String {
    match (&session.panic, session.last_words.last()) {
        (Some(panic), _) => format!("its console says '{panic}'"),
        (None, Some(line)) => format!("the last words of its console: {}", line.trim()),
        (None, None) => "its console never said anything".to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs a script in place of an emulator; what it is said to have done wrong, and the directory that it ran in.
    fn error_of(script: &str) -> (String, tempfile::TempDir) {
        let directory = tempfile::tempdir().expect("a directory");
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", script, "emulator"])
            .env("DIRECTORY", directory.path());
        let boot = Boot {
            command,
            kernel: Path::new("kernel"),
            initrd: Path::new("initrd"),
            append: String::new(),
            log: directory.path().join("console.log"),
            silence: Duration::from_secs(1),
            total: Duration::from_secs(8),
        };
        let error = run(&boot, &mut Session::default()).expect_err("it is no emulator");
        (format!("{error:#}"), directory)
    }

    #[test]
    fn the_child_of_a_script_does_not_outlive_it() {
        let (error, directory) = error_of("sleep 600 & echo $! > $DIRECTORY/pid; wait");
        assert!(error.contains("said nothing for 1 s"), "{error}");
        let pid = fs::read_to_string(directory.path().join("pid")).expect("it was started");
        let stat = format!("/proc/{}/stat", pid.trim());
        let alive = || fs::read_to_string(&stat).is_ok_and(|stat| !stat.contains(") Z "));
        let start = Instant::now();
        while alive() && start.elapsed() < Duration::from_secs(10) {
            std::thread::sleep(Duration::from_millis(20));
        }
        assert!(!alive(), "the child of the script lives on");
    }

    #[test]
    fn what_an_emulator_complains_of_is_kept_and_said_however_it_ends() {
        let complaint = "echo 'no such device: edu' >&2";
        for (script, what) in [
            (
                format!("{complaint}; exec sleep 600"),
                "said nothing for 1 s",
            ),
            (format!("{complaint}; exit 1"), "ended before it was done"),
            (
                format!("{complaint}; echo 'eoi-lab 0 0000 bye'; exec sleep 600"),
                "checksum is wrong",
            ),
        ] {
            let (error, directory) = error_of(&script);
            assert!(
                error.contains(what) && error.contains("'no such device: edu'"),
                "{error}"
            );
            let kept = fs::read_to_string(directory.path().join("console.stderr")).expect("a file");
            assert_eq!(kept, "no such device: edu\n");
        }
        let (error, _) = error_of("yes 'no such device' >&2; exit");
        assert!(error.contains("complained for more than 64 MiB"), "{error}");
    }
}
