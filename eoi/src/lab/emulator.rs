//! An emulator: started, listened to, and never left behind.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::protocol::{Reader, Said, Session};

/// Bytes of console output after which an emulator is stopped: far more than the longest run prints.
const MOST_OUTPUT: u64 = 64 << 20;
/// How long an emulator may take to end after its console is closed.
const LAST: Duration = Duration::from_secs(20);
/// Lines of other output that are kept for an error message.
const LAST_WORDS: usize = 12;

/// Set by ^C: every emulator is stopped, and none is started.
static STOP: AtomicBool = AtomicBool::new(false);

/// Stops everything at ^C or a termination signal.
///
/// # Errors
/// The handler cannot be installed.
pub fn stop_at_signals() -> Result<()> {
    ctrlc::set_handler(|| {
        if STOP.swap(true, Ordering::SeqCst) {
            std::process::exit(130); // asked twice: what is being fetched or built goes on from where it was
        }
    })
    .context("cannot catch ^C")
}

/// Whether to stop.
#[must_use]
pub fn stopped() -> bool {
    STOP.load(Ordering::SeqCst)
}

/// What to run.
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

/// Kills the emulator when it goes out of scope, however that comes about.
struct Guard(Child);

impl Drop for Guard {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// `setpriv --pdeathsig`, where there is one: the emulator dies with us even if we are killed with -9.
fn dies_with_us(command: &Command) -> Command {
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

/// Runs a machine until it powers off. What was heard is in `session`, also if it did not come to an end.
///
/// # Errors
/// An emulator that cannot be started, hangs, dies, or prints what the protocol does not have; the log is named.
pub fn run(boot: &Boot<'_>, session: &mut Session) -> Result<()> {
    listen(boot, session).with_context(|| format!("the console's output is in {}", boot.log.display()))
}

fn listen(boot: &Boot<'_>, session: &mut Session) -> Result<()> {
    let mut command = dies_with_us(&boot.command);
    command.args(["-display", "none", "-serial", "stdio", "-monitor", "none", "-no-reboot"]);
    command.arg("-kernel").arg(boot.kernel).arg("-initrd").arg(boot.initrd).args(["-append", &boot.append]);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut log = std::fs::File::create(&boot.log).context("cannot write the log")?;
    writeln!(log, "{command:?}")?;
    let program = command.get_program().to_string_lossy().into_owned();
    let mut child = Guard(command.spawn().with_context(|| format!("cannot start {program}"))?);
    let output = child.0.stdout.take().context("no console")?;
    let errors = child.0.stderr.take().context("no error output")?;
    let errors = std::thread::spawn(move || {
        let mut text = String::new();
        let _ = BufReader::new(errors).take(1 << 16).read_to_string(&mut text);
        text
    });
    let (lines, heard) = mpsc::sync_channel(1024);
    std::thread::spawn(move || read_lines(output, &lines));

    let mut reader = Reader::default();
    let (start, mut last, mut bytes) = (Instant::now(), Instant::now(), 0u64);
    loop {
        if stopped() {
            bail!("stopped");
        }
        match heard.recv_timeout(Duration::from_millis(100)) {
            Ok(line) => {
                last = Instant::now();
                bytes += line.len() as u64 + 1;
                writeln!(log, "{line}").context("cannot write the log; is the disk full?")?;
                if bytes > MOST_OUTPUT {
                    bail!("the console printed more than {} MiB", MOST_OUTPUT >> 20);
                }
                match reader.read(&line) {
                    Said::Line(payload) => session.hear(payload)?,
                    Said::Broken(why) => bail!("a line of the protocol is broken, {why}: {line:?}"),
                    Said::Other => remember(&mut session.last_words, line),
                }
            }
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {}
        }
        let case = session.cases.last().filter(|case| case.end.is_none()).map_or("no case", |case| &case.name);
        if last.elapsed() > boot.silence {
            bail!("the machine said nothing for {} s, in {case}; {}", boot.silence.as_secs(), words(session));
        }
        if start.elapsed() > boot.total {
            bail!("the machine was not done after {} s, in {case}", boot.total.as_secs());
        }
    }
    let status = ends(&mut child.0)?;
    let errors = errors.join().unwrap_or_default();
    if let Some(fatal) = &session.fatal {
        bail!("the guest's program gave up: {fatal}");
    }
    if !session.bye {
        bail!("the machine ended before it was done ({status}); {}{}", words(session), errors.trim_end());
    }
    Ok(())
}

/// Its status, once its console is closed: an emulator that closes its console and stays is killed by its guard.
fn ends(child: &mut Child) -> Result<ExitStatus> {
    let start = Instant::now();
    while start.elapsed() < LAST && !stopped() {
        if let Some(status) = child.try_wait().context("cannot wait for the emulator")? {
            return Ok(status);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    bail!("the emulator closed its console and stayed")
}

fn read_lines(output: impl Read, lines: &mpsc::SyncSender<String>) {
    let mut output = BufReader::new(output);
    let mut line = Vec::new();
    // A console may print anything, and need not end its lines.
    while matches!(output.by_ref().take(1 << 16).read_until(b'\n', &mut line), Ok(read) if read > 0) {
        let text = String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_string();
        line.clear();
        if lines.send(text).is_err() {
            return;
        }
    }
}

fn remember(words: &mut Vec<String>, line: String) {
    if !line.trim().is_empty() {
        words.push(line);
        if words.len() > LAST_WORDS {
            words.remove(0);
        }
    }
}

fn words(session: &Session) -> String {
    match session.last_words.last() {
        Some(line) => format!("the last words of its console: {}; ", line.trim()),
        None => "its console never said anything; ".to_string(),
    }
}
