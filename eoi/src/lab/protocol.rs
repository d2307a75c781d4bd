//! What the guest's program says: numbered lines with a checksum, among whatever else comes out of a console.

use std::collections::BTreeMap;
use std::fmt;

use anyhow::{Context, Result, bail};

/// What a console line is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said<'a> {
    /// The next line of the protocol.
    Line(&'a str),
    /// A line of the protocol that is broken, or not the next one; why.
    Broken(String),
    /// Something else: firmware, kernel.
    Other,
}

/// Reads a console, line by line.
#[derive(Default)]
pub struct Reader {
    next: u64,
}

/// What every line of the protocol begins with.
const MARK: &str = "eoi-lab ";

/// CRC-16/CCITT-FALSE.
#[must_use]
pub fn crc(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0xffff, |crc, &byte| {
        (0..8).fold(crc ^ u16::from(byte) << 8, |crc, _| if crc & 0x8000 == 0 { crc << 1 } else { crc << 1 ^ 0x1021 })
    })
}

impl Reader {
    /// One console line, without its line end. What stands before the mark on the line is somebody else's.
    pub fn read<'a>(&mut self, line: &'a str) -> Said<'a> {
        let Some(at) = line.find(MARK) else { return Said::Other };
        let mut words = line[at + MARK.len()..].splitn(3, ' ');
        let (Some(number), Some(sum), Some(text)) = (words.next(), words.next(), words.next()) else {
            return Said::Broken("it is cut".into());
        };
        let (number, sum) = (number.parse::<u64>(), u16::from_str_radix(sum, 16));
        match (number, sum) {
            (Ok(number), _) if number != self.next => Said::Broken(format!("it is line {number}, not {}", self.next)),
            (Ok(_), Ok(sum)) if sum == crc(text.as_bytes()) => {
                self.next += 1;
                Said::Line(text)
            }
            _ => Said::Broken("its checksum is wrong".into()),
        }
    }
}

/// A value of `key=value` in a payload.
#[must_use]
pub fn value<'a>(payload: &'a str, key: &str) -> Option<&'a str> {
    payload.split_whitespace().find_map(|word| word.strip_prefix(key)?.strip_prefix('='))
}

/// How a case ended, in the guest's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Every step was run.
    Ok,
    /// A wait found nothing.
    Stall,
    /// It could not be run.
    Error,
}

/// What the guest said of one case.
#[derive(Clone, Debug, Default)]
pub struct Heard {
    /// The case's name.
    pub name: String,
    /// What each `wait` and `idle` found.
    pub found: Vec<bool>,
    /// What a race, or the chain with a guest, counted: `key=value` as it was said.
    pub counts: BTreeMap<String, String>,
    /// The controller's name in `/proc/interrupts`.
    pub chip: Option<String>,
    /// What the program says of the device where a wait found nothing.
    pub state: Vec<String>,
    /// Signals that the program read.
    pub signals: u64,
    /// The case's count in `/proc/interrupts`.
    pub proc: u64,
    /// What `eoi doctor` found, in its Prometheus form.
    pub findings: String,
    /// What `eoi doctor` captured.
    pub capture: Vec<u8>,
    /// The recording, as ftrace's text.
    pub trace: String,
    /// Entries that the recording lost.
    pub lost: u64,
    /// Errors.
    pub errors: Vec<String>,
    /// How it ended; `None` if the machine ended first.
    pub end: Option<End>,
}

/// What a machine said in all.
#[derive(Clone, Debug, Default)]
pub struct Session {
    /// The kernel's release, from `hello`.
    pub release: Option<String>,
    /// CPUs, from `hello`.
    pub cpus: Option<u8>,
    /// Each case.
    pub cases: Vec<Heard>,
    /// The program gave up; why.
    pub fatal: Option<String>,
    /// It said good-bye.
    pub bye: bool,
    /// Lines of the console that are neither protocol nor empty, the last few.
    pub last_words: Vec<String>,
}

/// A line that does not fit.
#[derive(Debug)]
pub struct Garbage(pub String);

impl fmt::Display for Garbage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the console says what the protocol does not: {}", self.0)
    }
}

impl std::error::Error for Garbage {}

impl Session {
    /// One payload.
    ///
    /// # Errors
    /// [`Garbage`] for what the protocol does not have.
    pub fn hear(&mut self, payload: &str) -> std::result::Result<(), Garbage> {
        let (word, rest) = payload.split_once(' ').unwrap_or((payload, ""));
        let garbage = || Garbage(payload.chars().take(80).collect());
        match word {
            "hello" => {
                self.release = value(rest, "linux").map(str::to_string);
                self.cpus = value(rest, "cpus").and_then(|cpus| cpus.parse().ok());
            }
            "fatal" => self.fatal = Some(rest.to_string()),
            "bye" => self.bye = true,
            "device" | "functions" | "progress" => {}
            "begin" => {
                let name = rest.split(' ').next().unwrap_or_default().to_string();
                self.cases.push(Heard { name, ..Heard::default() });
            }
            _ => self.cases.last_mut().ok_or_else(garbage)?.hear(word, rest).ok_or_else(garbage)?,
        }
        Ok(())
    }
}

impl Heard {
    /// What a race or the chain counted. What was not said is not zero.
    ///
    /// # Errors
    /// It was not said, or is no number.
    pub fn count(&self, key: &str) -> Result<u64> {
        let Some(value) = self.counts.get(key) else { bail!("the guest's program did not say '{key}='") };
        value.parse().ok().with_context(|| format!("the guest's program said '{key}={value}', which is no number"))
    }

    fn keep_counts(&mut self, rest: &str) {
        let words = rest.split(' ').filter_map(|word| word.split_once('='));
        self.counts.extend(words.map(|(key, value)| (key.to_string(), value.to_string())));
    }

    fn hear(&mut self, word: &str, rest: &str) -> Option<()> {
        match word {
            "step" => self.step(rest)?,
            "irq" => self.chip = value(rest, "chip").map(|chip| chip.replace('_', " ")),
            "state" | "debug" => self.state.push(rest.to_string()),
            "count" => {
                self.signals = value(rest, "signals")?.parse().ok()?;
                self.proc = value(rest, "proc")?.parse().ok()?;
            }
            "chain" => self.keep_counts(rest),
            "doctor" => self.findings += &format!("{rest}\n"),
            "capture" => self.capture.extend(bytes(rest)?),
            "trace" => self.trace += &format!("{rest}\n"),
            "lost" => self.lost = rest.parse().ok()?,
            "error" => self.errors.push(rest.to_string()),
            "end" => {
                self.end = Some(match rest.rsplit(' ').next()? {
                    "ok" => End::Ok,
                    "stall" => End::Stall,
                    "error" => End::Error,
                    _ => return None,
                });
            }
            _ => return None,
        }
        Some(())
    }

    fn step(&mut self, rest: &str) -> Option<()> {
        let mut words = rest.split(' ');
        let (_, step, result) = (words.next()?, words.next()?, words.next()?);
        let kind = step.split(':').next()?;
        match (kind, result) {
            (_, "error") => self.errors.push(rest.to_string()),
            ("wait" | "idle" | "doctor", "got") => self.found.push(true),
            ("wait" | "idle" | "doctor", "none") => self.found.push(false),
            ("race" | "kvm" | "soak", "ok" | "none") => {
                self.found.push(result == "ok");
                self.keep_counts(rest);
            }
            (_, "ok") => self.keep_counts(rest),
            (_, "none") => self.state.push(rest.to_string()),
            _ => return None,
        }
        Some(())
    }
}

/// The bytes that these hexadecimal digits stand for.
fn bytes(digits: &str) -> Option<Vec<u8>> {
    let pairs = digits.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_published_one() {
        assert_eq!(crc(b"123456789"), 0x29b1); // the check value of CRC-16/CCITT-FALSE
    }

    #[test]
    fn a_broken_line_is_not_taken_for_a_whole_one() {
        let mut reader = Reader::default();
        let line = |number: u64, text: &str| format!("eoi-lab {number} {:04x} {text}", crc(text.as_bytes()));
        assert_eq!(reader.read(&line(0, "hello linux=6.12")), Said::Line("hello linux=6.12"));
        assert!(matches!(reader.read("eoi-lab 1 0000 end x ok"), Said::Broken(_)));
        assert!(matches!(reader.read(&line(3, "bye")), Said::Broken(_)), "a line is missing");
        assert!(matches!(reader.read("eoi-lab 1"), Said::Broken(_)));
        assert_eq!(reader.read("[    0.0] Linux version"), Said::Other);
        assert_eq!(reader.read(&format!("\r{}", line(1, "bye"))), Said::Line("bye"));
    }

    #[test]
    fn words_outside_the_protocol_are_refused() {
        let mut session = Session::default();
        assert!(session.hear("step 0 enable ok us=1").is_err(), "no case has begun");
        session.hear("begin clear-unmask/no-disintx/ioctl device=no-disintx how=ioctl").expect("a case");
        session.hear("step 0 wait got us=5 n=1").expect("a step");
        session.hear("step 1 wait none us=5").expect("a step");
        assert!(session.hear("step 1 wait perhaps").is_err());
        assert!(session.hear("count signals=x proc=1").is_err());
        assert_eq!(session.cases[0].found, [true, false]);
    }
}
