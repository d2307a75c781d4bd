//! A program on a pseudo-terminal of its own.
#![allow(dead_code, reason = "no test uses all of it")]

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

/// The longest that a program may be silent.
const SILENCE: Duration = Duration::from_secs(60);

/// A program that runs on a pseudo-terminal.
pub struct Terminal {
    keyboard: File,
    screen: Receiver<Vec<u8>>,
    child: Child,
}

impl Terminal {
    /// Starts a program on a terminal of so many columns.
    pub fn start(mut command: Command, columns: u16) -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a pseudo-terminal");
        grantpt(&master)
            .and_then(|()| unlockpt(&master))
            .expect("its other end");
        let size = Winsize {
            ws_row: 50,
            ws_col: columns,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        tcsetwinsize(&master, size).expect("its size");
        let name = ptsname(&master, Vec::new())
            .expect("its name")
            .into_string()
            .expect("text");
        let slave = OpenOptions::new()
            .read(true)
            .write(true)
            .open(name)
            .expect("its other end");
        let end = || Stdio::from(slave.try_clone().expect("one more"));
        let child = command
            .stdin(end())
            .stdout(end())
            .stderr(end())
            .spawn()
            .expect("it runs");
        let keyboard = File::from(master);
        let mut screen = keyboard.try_clone().expect("one more");
        let (sender, receiver) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            // Its end is an error where nobody holds the other end any more.
            while let Ok(count @ 1..) = screen.read(&mut buffer) {
                if sender.send(buffer[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        drop((slave, command)); // the program alone holds its end
        Self {
            keyboard,
            screen: receiver,
            child,
        }
    }

    /// Types something.
    pub fn types(&mut self, keys: &str) {
        self.keyboard
            .write_all(keys.as_bytes())
            .expect("a keyboard");
    }

    /// All that is written from now on, until this is among it.
    pub fn until(&mut self, end: &str) -> String {
        let (mut written, began) = (String::new(), Instant::now());
        while !written.contains(end) {
            let left = SILENCE.saturating_sub(began.elapsed());
            match self.screen.recv_timeout(left) {
                Ok(more) => written += &String::from_utf8_lossy(&more),
                Err(_) => panic!("no {end:?} in {written:?}"),
            }
        }
        written
    }

    /// All that it writes until it ends by itself.
    pub fn read_to_end(mut self) -> String {
        let written: Vec<u8> = self.screen.iter().flatten().collect();
        self.child.wait().expect("it ends");
        String::from_utf8(written)
            .expect("text")
            .replace("\r\n", "\n")
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
