//! The console, on which one numbered line a message is written.

use std::sync::atomic::{AtomicU64, Ordering};

use eoi_lab_protocol::{Line, Message};
use rustix::fd::OwnedFd;
use rustix::fs::{Mode, OFlags, open};
use rustix::io::{Result, write};
use rustix::termios::tcdrain;

/// /dev/console.
pub struct Console {
    file: OwnedFd,
    next: AtomicU64,
}

impl Console {
    /// Opens it.
    ///
    /// # Errors
    /// There is none.
    pub fn open() -> Result<Self> {
        let file = open(
            "/dev/console",
            OFlags::WRONLY | OFlags::NOCTTY | OFlags::CLOEXEC,
            Mode::empty(),
        )?;
        Ok(Self {
            file,
            next: AtomicU64::new(0),
        })
    }

    /// Writes one line. Where the console takes nothing, the other end notices that a line is missing.
    pub fn say(&self, message: &Message) {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let text = format!("{}\n", Line::new(number, message));
        let mut rest = text.as_bytes();
        while let Ok(written @ 1..) = write(&self.file, rest) {
            rest = &rest[written..];
        }
    }

    /// Says why nothing more will come.
    pub fn fatal(&self, why: &str) {
        self.say(&Message::Fatal(why.into()));
        self.drain();
    }

    /// Waits until everything was sent.
    pub fn drain(&self) {
        let _ = tcdrain(&self.file); // a console that is no terminal sends at once
    }
}
