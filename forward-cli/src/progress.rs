//! A line on the terminal that says once a second how far the work is. In a pipe there is none.

use std::io::{IsTerminal, Write, stderr};
use std::time::{Duration, Instant};

/// How far the work is.
pub struct Progress {
    rounds: u32,
    /// The time of the last word, on a terminal.
    said: Option<Instant>,
    begun: bool,
}

impl Progress {
    /// Nothing of so many rounds is done.
    pub fn new(rounds: u32) -> Self {
        Self {
            rounds,
            said: stderr().is_terminal().then(Instant::now),
            begun: false,
        }
    }

    /// So many rounds are done.
    pub fn tell(&mut self, round: u32) {
        if self
            .said
            .is_some_and(|said| said.elapsed() >= Duration::from_secs(1))
        {
            (self.said, self.begun) = (Some(Instant::now()), true);
            let _ = write!(stderr(), "\r{round} of {} interrupts", self.rounds);
        }
    }

    /// The work is over.
    pub fn end(&self) {
        if self.begun {
            let _ = writeln!(stderr());
        }
    }
}
